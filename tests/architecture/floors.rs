//! Who may know whom. Each rule is tried on made-up breaches: one that nothing breaks proves
//! nothing.

use std::collections::BTreeSet;

use crate::lexer::{Token, tokens};

/// The top-level modules of `src`, floor by floor. A module may name only modules of lower floors;
/// those beside it on its own floor do not know each other.
const FLOORS: [&[&str]; 11] = [
    &["clock", "random"],
    &["keys"],
    &["oauth"],
    &["flow"],
    &["connection"],
    &["metrics"],
    &["api", "config", "leadership", "net", "provider", "readiness", "telemetry"],
    &["store"],
    &["observation"],
    &["cli", "controller", "lease", "web"],
    &["operator"],
];

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

/// The top-level module that a file of `src` belongs to; none for the roots of the crates.
fn module_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let module = inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |one| one.0);
    (!matches!(module, "lib" | "main" | "bin")).then_some(module)
}

/// Modules without a floor, and floors without their module.
pub fn unplaced<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let found: BTreeSet<_> = paths.filter_map(module_of).collect();
    let missing = |module: &&&str| floor_of(module).is_none();
    found
        .iter()
        .filter(missing)
        .map(|module| {
            format!("src/{module}: has no floor: place it in FLOORS of tests/architecture.rs")
        })
        .collect()
}

/// What a file names that it must not know.
pub fn floor_breaches(path: &str, text: &str) -> Vec<String> {
    let Some(module) = module_of(path) else { return Vec::new() };
    // `super` leads to the crate's root from the file of a top-level module.
    let in_root_file =
        matches!(path.matches('/').count(), 1) || path.ends_with(&format!("src/{module}/mod.rs"));
    let tokens = tokens(text);
    let nested = inline_modules(&tokens);
    let mut breaches = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let next = |ahead: usize| tokens.get(index + ahead).map_or("", |one| one.text);
        let breach = match (token.text, next(1), next(2)) {
            ("crate", "::", "{") => Some(
                "opens a group at the crate's root: write one `use` for each module".to_owned(),
            ),
            ("crate", "::", target) => unknowable(module, target),
            ("crate", "as", _) => Some("renames the crate's root: name the module".to_owned()),
            ("connection_operator", "::", _) => {
                Some("names its own crate from outside: write `crate::`".to_owned())
            }
            ("super", "::", "super") => {
                Some("climbs two modules: write the path from `crate::`".to_owned())
            }
            ("super", "::", _) if in_root_file && !nested[index] => Some(
                "reaches the crate's root by `super`: write the path from `crate::`".to_owned(),
            ),
            _ => None,
        };
        breaches.extend(breach.map(|what| format!("{path}:{}: {what}", token.line)));
    }
    breaches
}

/// Why `module` must not name `crate::target`, if it must not.
fn unknowable(module: &str, target: &str) -> Option<String> {
    let from = floor_of(module)?;
    match floor_of(target) {
        _ if target == module => None,
        Some(to) if to < from => None,
        Some(to) if to == from => Some(format!(
            "`{module}` names its sibling `{target}`: move what both need to a lower floor, or let a higher floor hand it over"
        )),
        Some(to) => Some(format!(
            "`{module}` (floor {from}) names `{target}` (floor {to}): move what it needs down, or decide above"
        )),
        None => Some(format!(
            "`crate::{target}` is no module with a floor: name the module that has it"
        )),
    }
}

/// For each token, whether it is inside a `mod name { … }`.
fn inline_modules(tokens: &[Token<'_>]) -> Vec<bool> {
    let (mut depth, mut begun) = (0_usize, Vec::new());
    let mut nested = Vec::with_capacity(tokens.len());
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "{" => {
                if index >= 2 && tokens[index - 2].text == "mod" {
                    begun.push(depth);
                }
                depth += 1;
            }
            "}" => {
                depth = depth.saturating_sub(1);
                begun.pop_if(|outer| *outer == depth);
            }
            _ => {}
        }
        nested.push(!begun.is_empty());
    }
    nested
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_names_what_it_must_not_know_is_caught() {
        let cases = [
            ("src/keys/jks.rs", "use crate::oauth::signer;", "floor 1"),
            ("src/oauth/mod.rs", "fn f() { crate::connection::plan::next() }", "floor 2"),
            ("src/net/client.rs", "use crate::api::names::GROUP;", "sibling `api`"),
            ("src/controller/watch.rs", "use crate::web::Health;", "sibling `web`"),
            ("src/clock.rs", "use crate :: random;", "sibling `random`"),
            ("src/store/call.rs", "use crate::Error;", "no module with a floor"),
            ("src/store/call.rs", "use crate::*;", "no module with a floor"),
            ("src/store/call.rs", "use crate::{clock, api};", "group"),
            ("src/store/call.rs", "use crate as root;", "renames"),
            ("src/store/call.rs", "use connection_operator::api;", "from outside"),
            ("src/oauth/answer/body.rs", "use super::super::expiry;", "climbs"),
            ("src/clock.rs", "use super::random;", "by `super`"),
            ("src/keys/mod.rs", "use super::random;", "by `super`"),
            ("src/keys/mod.rs", "mod tests { use super::*; } use super::clock;", "by `super`"),
        ];
        for (path, text, expected) in cases {
            let breaches = floor_breaches(path, text);
            assert!(
                breaches.iter().any(|one| one.contains(expected)),
                "{path}: {text}: {breaches:?}"
            );
        }
    }

    #[test]
    fn what_a_module_may_know_is_not_complained_of() {
        let cases = [
            ("src/lib.rs", "pub mod keys;"),
            ("src/operator.rs", "use crate::controller::{self, Scope}; use crate::web;"),
            ("src/keys/jks.rs", "use crate::keys::der; use super::pem; pub(crate) fn f() {}"),
            ("src/clock.rs", "#[cfg(test)] mod tests { use super::*; fn f() { super::now(); } }"),
            (
                "src/keys/der.rs",
                "// crate::store\n/* crate::store /* super::super */ crate::web */",
            ),
            (
                "src/keys/der.rs",
                "//! [`crate::store`]\nconst A: &str = \"crate::store\\\" crate::web\";",
            ),
            (
                "src/keys/der.rs",
                "const A: &str = r#\"\"crate::store\"#; const B: &[u8] = b\"crate::web\";",
            ),
            ("src/keys/der.rs", "const A: char = '\"'; const B: char = '\\''; use crate::clock;"),
            ("src/keys/der.rs", "fn f<'a>(a: &'a str) -> &'static str { a } use crate::clock;"),
        ];
        for (path, text) in cases {
            assert_eq!(floor_breaches(path, text), [""; 0], "{path}: {text}");
        }
    }

    #[test]
    fn a_breach_behind_text_is_found_in_its_line() {
        let text =
            "// a quote: '\"'\nconst A: &str = r\"\\\";\nconst B: char = '\\'';\nuse crate::web;\n";
        assert_eq!(floor_breaches("src/keys/der.rs", text).len(), 1);
        assert!(floor_breaches("src/keys/der.rs", text)[0].starts_with("src/keys/der.rs:4: "));
    }

    #[test]
    fn a_new_module_fails_until_it_is_placed() {
        assert_eq!(unplaced(["src/lib.rs", "src/main.rs", "src/clock.rs"].into_iter()), [""; 0]);
        let breaches = unplaced(["src/cache/mod.rs", "src/clock.rs"].into_iter());
        assert!(breaches.len() == 1 && breaches[0].contains("place it in FLOORS"), "{breaches:?}");
    }
}
