//! How wide a window is and whether its person likes it dark, for pictures.

use serde_json::{Value, json};

/// `prefers-color-scheme` (Media Queries Level 5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What a page is shown in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Look {
    /// Width of the window in CSS pixels.
    pub width: u32,
    /// The colours that the person prefers.
    pub scheme: Scheme,
}

/// A telephone.
const NARROW: u32 = 360;
/// A notebook.
const WIDE: u32 = 1280;
/// The least height of a picture; a longer page is in it whole.
pub(super) const HEIGHT: u32 = 800;

impl Look {
    /// A telephone, light.
    pub const NARROW_LIGHT: Self = Self { width: NARROW, scheme: Scheme::Light };
    /// A telephone, dark.
    pub const NARROW_DARK: Self = Self { width: NARROW, scheme: Scheme::Dark };
    /// A notebook, light.
    pub const WIDE_LIGHT: Self = Self { width: WIDE, scheme: Scheme::Light };
    /// A notebook, dark.
    pub const WIDE_DARK: Self = Self { width: WIDE, scheme: Scheme::Dark };
    /// Each of the four.
    pub const ALL: [Self; 4] =
        [Self::NARROW_LIGHT, Self::NARROW_DARK, Self::WIDE_LIGHT, Self::WIDE_DARK];

    /// A name for files: `narrow-light`, `wide-dark`, `500-light`.
    #[must_use]
    pub fn name(self) -> String {
        let width = match self.width {
            NARROW => "narrow".to_owned(),
            WIDE => "wide".to_owned(),
            other => other.to_string(),
        };
        format!("{width}-{}", self.scheme.word())
    }

    /// `Emulation.setDeviceMetricsOverride` of the `DevTools` protocol; a window of the headless
    /// browser itself has a least width.
    pub(super) fn metrics(self) -> Value {
        json!({"width": self.width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false})
    }

    /// `Emulation.setEmulatedMedia` of the `DevTools` protocol.
    pub(super) fn media(self) -> Value {
        json!({"features": [{"name": "prefers-color-scheme", "value": self.scheme.word()}]})
    }
}

impl Scheme {
    fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}
