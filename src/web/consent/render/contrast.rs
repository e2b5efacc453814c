//! Tests the contrast of the colors (WCAG 2.2 success criterion 1.4.3, level AA).

use std::collections::HashMap;

use crate::web::consent::headers::STYLE;

/// Returns the luminance of each color of a block of the style sheet, by name.
fn colors(block: &str) -> HashMap<&str, f64> {
    let pairs = block.split(';').filter_map(|part| part.split_once("--")?.1.split_once(':'));
    pairs.map(|(name, value)| (name, luminance(value.trim().trim_start_matches('#')))).collect()
}

/// Returns the relative luminance (WCAG 2.2).
fn luminance(hex: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

#[test]
fn text_has_enough_contrast_in_light_and_dark_mode() {
    let blocks: Vec<_> = STYLE.split(":root {").skip(1).collect();
    assert_eq!(blocks.len(), 2, "light and dark");
    for block in blocks {
        let colors = colors(block.split_once('}').unwrap().0);
        for (text, ground) in [
            ("text", "card"),
            ("text", "ground"),
            ("text", "note"),
            ("faint", "card"),
            ("faint", "ground"),
            ("on-accent", "accent"),
            ("card", "good"),
            ("card", "bad"),
        ] {
            let (text_light, ground_light) = (colors[text] + 0.05, colors[ground] + 0.05);
            let ratio = text_light.max(ground_light) / text_light.min(ground_light);
            assert!(ratio >= 4.5, "{text} on {ground}: {ratio}");
        }
    }
}
