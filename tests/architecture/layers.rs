//! The layers inside each crate. Between crates, the compiler enforces them.

use std::collections::BTreeSet;

use crate::imports::imports;

/// The top-level modules of a crate, lowest layer first. A module uses only modules of lower layers;
/// modules of the same layer do not use each other.
type Layers = &'static [&'static [&'static str]];

/// The source folder of each crate with layers.
const CRATES: [(&str, Layers); 3] = [
    (
        "crates/connection-core/src/",
        &[&["clock", "random"], &["keys"], &["oauth"], &["flow"], &["connection"]],
    ),
    ("crates/connection-client/src/", &[&["api", "net", "provider"], &["store"], &["observation"]]),
    (
        "src/",
        &[
            &["config", "leadership", "metrics", "readiness", "telemetry"],
            &["controller", "lease", "web"],
            &["operator"],
        ],
    ),
];

fn crate_of(path: &str) -> Option<(Layers, &str)> {
    CRATES.iter().find_map(|(folder, layers)| Some((*layers, path.strip_prefix(folder)?)))
}

/// The top-level module of a file, given its path inside the crate; none for the crate's root.
fn module_of(inside: &str) -> Option<&str> {
    let module = inside.split('/').next()?.trim_end_matches(".rs");
    (!matches!(module, "lib" | "main")).then_some(module)
}

fn layer_of(layers: Layers, module: &str) -> Option<usize> {
    layers.iter().position(|modules| modules.contains(&module))
}

/// Modules that `CRATES` does not list.
pub fn unplaced<'a>(paths: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    paths
        .filter_map(|path| {
            let (layers, inside) = crate_of(path)?;
            let module = module_of(inside)?;
            layer_of(layers, module).is_none().then(|| {
                format!("{module}: has no layer: add it to CRATES in tests/architecture/layers.rs")
            })
        })
        .collect()
}

/// Modules that a file uses although their layer is not lower.
pub fn layer_violations(path: &str, text: &str) -> Vec<String> {
    let Some((layers, inside)) = crate_of(path) else { return Vec::new() };
    let Some(module) = module_of(inside) else { return Vec::new() };
    let layer = layer_of(layers, module);
    imports(text, "crate")
        .into_iter()
        .filter_map(|import| {
            let used = *import.segments.first()?;
            if used == module || layer_of(layers, used) < layer {
                return None;
            }
            Some(format!(
                "{path}:{}: `{module}` must not use `{used}`: move shared code to a lower layer",
                import.line
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_must_not_use_its_own_layer_or_a_higher_one() {
        for (path, text) in [
            ("crates/connection-core/src/keys/jks.rs", "use crate::oauth::signer;"),
            ("crates/connection-core/src/clock.rs", "use crate::random;"),
            ("crates/connection-client/src/net/client.rs", "use crate::api::names::GROUP;"),
            ("src/controller/watch.rs", "fn f() { crate::web::serve() }"),
        ] {
            assert_eq!(layer_violations(path, text).len(), 1, "{path}: {text}");
        }
        for (path, text) in [
            ("crates/connection-core/src/oauth/mod.rs", "use crate::keys::pem;"),
            ("src/controller/watch.rs", "use crate::controller::context;"),
            ("src/lib.rs", "pub mod web;"),
            ("tests/it/main.rs", "use crate::stage;"),
        ] {
            assert_eq!(layer_violations(path, text), [""; 0], "{path}: {text}");
        }
    }

    #[test]
    fn a_new_module_needs_a_layer() {
        assert!(unplaced(["src/lib.rs", "src/config.rs"].into_iter()).is_empty());
        assert_eq!(unplaced(["src/cache/mod.rs"].into_iter()).len(), 1);
    }
}
