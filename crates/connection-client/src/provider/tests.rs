use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::{FILES, all, find, names, table};
use connection_core::connection::flow::Flow;
use connection_core::connection::preset::Preset;
use connection_core::connection::preset::assertion::PresetAudience;
use connection_core::connection::preset::definition::PresetDefinition;

use connection_core::connection::preset::value::ValuePattern;
use connection_core::keys::algorithm::Algorithm;

const README: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/providers/README.md"));

fn examples(preset: &PresetDefinition) -> BTreeMap<String, String> {
    preset.values.iter().map(|(name, value)| (name.clone(), value.example.clone())).collect()
}

/// The example values, once for each option of each choice.
fn every_choice(preset: &PresetDefinition) -> Vec<BTreeMap<String, String>> {
    let mut all = vec![examples(preset)];
    for (name, value) in &preset.values {
        if let ValuePattern::Choices(choices) = &value.pattern {
            all.extend(choices.keys().map(|option| {
                let mut values = examples(preset);
                values.insert(name.clone(), option.clone());
                values
            }));
        }
    }
    all
}

/// Every preset with its example values.
fn with_examples() -> impl Iterator<Item = (&'static PresetDefinition, Preset)> {
    all().map(|definition| (definition, definition.resolve(&examples(definition)).unwrap()))
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn every_file_is_valid() {
    for file in FILES {
        if let Err(error) = toml::from_str::<PresetDefinition>(file) {
            panic!("{error}\n{file}");
        }
    }
}

#[test]
fn every_preset_resolves_with_its_examples_and_choices_into_https_urls() {
    for (preset, values) in
        all().flat_map(|preset| every_choice(preset).into_iter().map(move |v| (preset, v)))
    {
        let endpoints = preset.resolve(&values).unwrap().endpoints;
        for url in
            [endpoints.token, endpoints.authorization, endpoints.issuer, endpoints.revocation]
                .into_iter()
                .flatten()
        {
            assert_eq!(Url::parse(&url).unwrap().scheme(), "https", "{}: {url}", preset.name);
        }
    }
}

#[test]
fn every_default_matches_its_pattern() {
    for preset in all() {
        let mut values = examples(preset);
        values.retain(|name, _| preset.values[name].default.is_none());
        preset.resolve(&values).unwrap();
    }
}

#[test]
fn every_preset_has_sources_flows_and_algorithms() {
    for (definition, preset) in with_examples() {
        assert!(!definition.sources.is_empty(), "{}", preset.name);
        for source in &definition.sources {
            assert_eq!(Url::parse(source).unwrap().scheme(), "https", "{source}");
        }
        assert!(!preset.flows.is_empty(), "{}", preset.name);
        let is_one_provider = preset.endpoints.token.is_some();
        let has_algorithms = !preset.assertion.algorithms.is_empty();
        assert_eq!(has_algorithms, is_one_provider && preset.sends_assertion(), "{}", preset.name);
    }
}

#[test]
fn a_preset_with_another_grant_type_is_for_client_credentials() {
    for (_, preset) in with_examples().filter(|(_, preset)| preset.grant_type.is_some()) {
        assert_eq!(preset.flows, [Flow::ClientCredentials], "{}", preset.name);
    }
}

#[test]
fn thumbprints_that_depend_on_the_algorithm_go_with_one_kind_of_key() {
    for (_, preset) in with_examples() {
        let assertion = &preset.assertion;
        if assertion.header.thumbprints.is_empty() {
            continue;
        }
        let is_rsa = |algorithm: &Algorithm| algorithm.as_str().starts_with(['R', 'P']);
        assert!(assertion.algorithms.iter().all(is_rsa), "{}", preset.name);
        for algorithm in assertion.header.thumbprints.keys() {
            assert!(assertion.algorithms.contains(algorithm), "{} {algorithm}", preset.name);
        }
    }
}

#[test]
fn every_option_of_a_choice_defines_the_same_names_and_each_name_has_one_value() {
    for preset in all() {
        let mut defined = BTreeSet::new();
        for (name, value) in &preset.values {
            let names = value.pattern.names(name);
            if let ValuePattern::Choices(choices) = &value.pattern {
                for option in choices.keys() {
                    let texts = value.pattern.read(name, option).unwrap();
                    assert!(texts.keys().map(String::as_str).eq(names.iter().copied()), "{option}");
                }
            }
            for name in names {
                assert!(defined.insert(name), "{}: two values for `{name}`", preset.name);
            }
        }
    }
}

#[test]
fn each_microsoft_cloud_has_its_endpoints() {
    let preset = find("microsoft-graph").unwrap();
    for (cloud, login, graph) in [
        (None, "login.microsoftonline.com", "graph.microsoft.com"),
        (Some("global"), "login.microsoftonline.com", "graph.microsoft.com"),
        (Some("us-government"), "login.microsoftonline.us", "graph.microsoft.us"),
        (Some("us-government-dod"), "login.microsoftonline.us", "dod-graph.microsoft.us"),
        (Some("china"), "login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn"),
    ] {
        let mut values = values(&[("tenant", "contoso.example")]);
        values.extend(cloud.map(|cloud| ("cloud".to_owned(), cloud.to_owned())));
        let resolved = preset.resolve(&values).unwrap();
        let token = format!("https://{login}/contoso.example/oauth2/v2.0/token");
        assert_eq!(resolved.endpoints.token, Some(token));
        assert_eq!(resolved.scopes.default, [format!("https://{graph}/.default")]);
        assert_eq!(resolved.assertion.audience, PresetAudience::TokenEndpoint);
    }
}

#[test]
fn the_account_of_zoom_is_a_parameter_and_that_of_netsuite_a_host() {
    let zoom = find("zoom-server-to-server").unwrap();
    let resolved = zoom.resolve(&values(&[("accountId", "a_B-9")])).unwrap();
    assert_eq!(resolved.parameters, values(&[("account_id", "a_B-9")]));
    assert_eq!(resolved.grant_type.as_deref(), Some("account_credentials"));
    let netsuite = find("netsuite").unwrap();
    let resolved = netsuite.resolve(&values(&[("account", "1234567-sb1")])).unwrap();
    let token = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token";
    assert_eq!(resolved.endpoints.token.as_deref(), Some(token));
    let error = netsuite.resolve(&values(&[("account", "1234567_SB1")])).unwrap_err().to_string();
    assert!(error.ends_with("such as `1234567-sb1`"), "{error}");
}

#[test]
fn every_value_is_used() {
    for preset in all() {
        let settings = serde_json::to_string(&preset.settings).unwrap();
        for name in preset.values.iter().flat_map(|(name, value)| value.pattern.names(name)) {
            assert!(settings.contains(&format!("{{{name}}}")), "{}: `{name}`", preset.name);
        }
    }
}

#[test]
fn no_assertion_lifetime_exceeds_the_maximum_of_the_provider() {
    for (_, preset) in with_examples() {
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
fn a_preset_is_found_only_by_its_exact_name() {
    let names: Vec<_> = names().collect();
    assert_eq!(
        names,
        [
            "box",
            "docusign",
            "generic-private-key-jwt",
            "google",
            "microsoft-graph",
            "netsuite",
            "salesforce",
            "servicenow",
            "zoom-server-to-server",
        ]
    );
    for name in names {
        assert_eq!(find(name).map(|preset| preset.name.as_str()), Some(name));
    }
    for name in ["", "Salesforce", "salesforce ", "acme"] {
        assert!(find(name).is_none(), "{name:?}");
    }
}

#[test]
fn the_table_in_the_documentation_is_current() {
    let (begin, end) = ("<!-- presets: begin -->\n", "<!-- presets: end -->");
    let (_, rest) = README.split_once(begin).expect("the table begins");
    let (documented, _) = rest.split_once(end).expect("the table ends");
    assert_eq!(documented, table(), "copy the right value into docs/providers/README.md");
}

#[test]
fn every_preset_has_a_page_with_its_name_and_every_value_on_it() {
    for preset in all() {
        let path =
            format!("{}/../../docs/providers/{}.md", env!("CARGO_MANIFEST_DIR"), preset.name);
        let page = std::fs::read_to_string(&path).expect(&path);
        assert!(page.contains(&format!("name: {}", preset.name)), "{path}");
        for value in preset.values.keys() {
            assert!(page.contains(&format!("`{value}`")), "{path} does not name `{value}`");
        }
    }
}
