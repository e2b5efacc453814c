//! The dependencies of each crate: the plugin and the core must not link what only the operator needs.

use std::io;
use std::process::Command;

/// A package, and crates that it must not depend on, not even indirectly.
const FORBIDDEN: [(&str, &[&str]); 3] = [
    ("connection-core", &["axum", "hyper", "k8s-openapi", "kube", "reqwest", "rustls", "tokio"]),
    ("connection-client", &["askama", "axum", "clap", "opentelemetry", "prometheus-client"]),
    ("kubectl-connection", &["askama", "axum", "opentelemetry", "prometheus-client"]),
];

/// Every forbidden dependency that Cargo resolves.
pub fn forbidden() -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for (package, crates) in FORBIDDEN {
        let tree = tree(package)?;
        let used = crates.iter().filter(|name| tree.contains(&format!("\n{name} v")));
        found.extend(used.map(|name| {
            format!("{package} depends on {name}: move what needs it to the operator")
        }));
    }
    Ok(found)
}

/// One line `name vVersion` for each dependency, without those of tests.
fn tree(package: &str) -> io::Result<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["tree", "--locked", "--edges", "normal,build", "--prefix", "none"];
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--package", package])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tree_lists_direct_and_indirect_dependencies() {
        let tree = super::tree("kubectl-connection").unwrap();
        for name in ["kube", "connection-core", "aws-lc-rs"] {
            assert!(tree.contains(&format!("\n{name} v")), "{name} is missing in {tree}");
        }
    }
}
