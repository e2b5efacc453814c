use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::{FILES, all, find, names, table};
use crate::connection::preset::assertion::PresetAudience;
use crate::connection::preset::template::Template;
use crate::connection::preset::{Preset, PresetFlow};

const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/providers/README.md"));

fn examples(preset: &Preset) -> BTreeMap<String, String> {
    preset.values.iter().map(|(name, value)| (name.clone(), value.example.clone())).collect()
}

#[test]
fn every_file_can_be_read() {
    for file in FILES {
        if let Err(error) = toml::from_str::<Preset>(file) {
            panic!("{error}\n{file}");
        }
    }
}

#[test]
fn every_preset_resolves_with_its_examples_into_https_urls() {
    for preset in all() {
        let resolved = preset.resolve(&examples(preset)).unwrap();
        let endpoints = resolved.endpoints;
        for url in
            [Some(endpoints.token), endpoints.authorization, endpoints.issuer, endpoints.revocation]
                .into_iter()
                .flatten()
        {
            assert_eq!(Url::parse(&url).unwrap().scheme(), "https", "{}: {url}", preset.name);
        }
    }
}

#[test]
fn every_default_fits_its_own_pattern() {
    for preset in all() {
        let mut values = examples(preset);
        values.retain(|name, _| preset.values[name].default.is_none());
        preset.resolve(&values).unwrap();
    }
}

#[test]
fn every_preset_names_its_sources_flows_and_algorithms() {
    for preset in all() {
        assert!(!preset.sources.is_empty(), "{}", preset.name);
        for source in &preset.sources {
            assert_eq!(Url::parse(source).unwrap().scheme(), "https", "{source}");
        }
        assert!(preset.supports(PresetFlow::Jwt), "{}", preset.name);
        assert!(!preset.assertion.algorithms.is_empty(), "{}", preset.name);
    }
}

#[test]
fn every_value_is_used_in_a_template() {
    for preset in all() {
        let endpoints = &preset.endpoints;
        let audience = match &preset.assertion.audience {
            PresetAudience::Text(template) => Some(template),
            PresetAudience::TokenEndpoint | PresetAudience::ClientId => None,
        };
        let used: BTreeSet<&str> = [Some(&endpoints.token), audience]
            .into_iter()
            .chain(
                [&endpoints.authorization, &endpoints.issuer, &endpoints.revocation]
                    .map(Option::as_ref),
            )
            .flatten()
            .chain(preset.assertion.claims.values())
            .chain(preset.parameters.values())
            .flat_map(Template::names)
            .collect();
        let declared: BTreeSet<&str> = preset.values.keys().map(String::as_str).collect();
        assert_eq!(used, declared, "{}", preset.name);
    }
}

#[test]
fn no_assertion_lives_longer_than_its_provider_accepts() {
    for preset in all() {
        let assertion = &preset.assertion;
        assert!(assertion.lifetime_seconds > 0, "{}", preset.name);
        assert!(
            assertion.maximum_lifetime_seconds.is_none_or(|max| assertion.lifetime_seconds <= max),
            "{}",
            preset.name
        );
    }
}

#[test]
fn a_preset_is_found_by_its_name_alone() {
    let names: Vec<_> = names().collect();
    assert_eq!(names, ["box", "docusign", "google", "salesforce", "servicenow"]);
    for name in names {
        assert_eq!(find(name).map(|preset| preset.name.as_str()), Some(name));
    }
    for name in ["", "Salesforce", "salesforce ", "acme"] {
        assert!(find(name).is_none(), "{name:?}");
    }
}

#[test]
fn the_table_in_the_documentation_is_the_data() {
    let (begin, end) = ("<!-- presets: begin -->\n", "<!-- presets: end -->");
    let (_, rest) = README.split_once(begin).expect("the table begins");
    let (documented, _) = rest.split_once(end).expect("the table ends");
    assert_eq!(documented, table(), "copy the right side into docs/providers/README.md");
}

#[test]
fn every_preset_has_a_page_with_its_name_and_every_value_on_it() {
    for preset in all() {
        let path = format!("{}/docs/providers/{}.md", env!("CARGO_MANIFEST_DIR"), preset.name);
        let page = std::fs::read_to_string(&path).expect(&path);
        assert!(page.contains(&format!("name: {}", preset.name)), "{path}");
        for value in preset.values.keys() {
            assert!(page.contains(&format!("`{value}`")), "{path} does not name `{value}`");
        }
    }
}
