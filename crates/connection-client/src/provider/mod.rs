//! Provider presets: data files that are compiled into the binary.
//!
//! [`connection_core::connection::preset`] defines their format. A new provider needs only a file.
//! Uses nothing of Kubernetes and sends no requests.

mod table;

use std::sync::LazyLock;

use connection_core::connection::preset::definition::PresetDefinition;

pub use table::table;

// In alphabetical order, which `names` and the table keep.
const FILES: [&str; 9] = [
    include_str!("presets/box.toml"),
    include_str!("presets/docusign.toml"),
    include_str!("presets/generic-private-key-jwt.toml"),
    include_str!("presets/google.toml"),
    include_str!("presets/microsoft-graph.toml"),
    include_str!("presets/netsuite.toml"),
    include_str!("presets/salesforce.toml"),
    include_str!("presets/servicenow.toml"),
    include_str!("presets/zoom-server-to-server.toml"),
];

#[expect(clippy::expect_used, reason = "a test parses each file")]
static PRESETS: LazyLock<Vec<PresetDefinition>> = LazyLock::new(|| {
    FILES.iter().map(|file| toml::from_str(file).expect("a preset is valid")).collect()
});

/// Returns the preset for `spec.provider.name`.
pub fn find(name: &str) -> Option<&'static PresetDefinition> {
    all().find(|preset| preset.name == name)
}

/// Returns the names of all presets, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(|preset| preset.name.as_str())
}

fn all() -> impl Iterator<Item = &'static PresetDefinition> {
    PRESETS.iter()
}

#[cfg(test)]
mod tests;
