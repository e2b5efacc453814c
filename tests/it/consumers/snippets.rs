//! Snippets of other programs' configuration, read by those programs where they are at hand.

use std::fs;

use serde_json::Value;

use crate::docs::blocks;
use crate::observability::promtool::{promtool, try_promtool};

/// Every path that the pages name lies where the pages mount a token Secret, and is one of its keys.
fn assert_path(path: &str) {
    let rest = path.strip_prefix("/var/run/secrets/").expect("the usual place");
    let key = rest.split_once('/').expect("a folder and a key").1;
    assert!(["access_token", "authorization"].contains(&key), "{path}");
}

#[test]
fn prometheus_accepts_its_snippets() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = folder.path().join("access_token");
    let blocks = blocks::in_language("docs/consumers/prometheus.md", "yaml");
    let configurations: Vec<_> =
        blocks.iter().filter(|block| !block.starts_with("apiVersion")).collect();
    assert_eq!(configurations.len(), 2);
    for block in configurations {
        let path = "/var/run/secrets/partner/access_token";
        assert!(block.contains(path), "{block}");
        let file = folder.path().join("prometheus.yaml");
        fs::write(&file, block.replace(path, &token.display().to_string())).expect("it is written");
        let args = ["check", "config", &file.display().to_string()];
        let _ = fs::remove_file(&token);
        // It looks at files of scrapes alone.
        assert_eq!(try_promtool(&args, "").0, !block.contains("scrape_configs"), "{block}");
        fs::write(&token, "a-token").expect("it is written");
        promtool(&args, "");
    }
}

#[test]
fn the_collector_s_snippet_names_what_it_defines() {
    let blocks = blocks::in_language("docs/consumers/opentelemetry-collector.md", "yaml");
    let snippet: Value = serde_saphyr::from_str(&blocks[0]).expect("YAML");
    let name = snippet.pointer("/exporters/otlphttp~1partner/auth/authenticator");
    let name = name.and_then(Value::as_str).expect("an authenticator");
    assert_path(snippet["extensions"][name]["filename"].as_str().expect("a file"));
    let used = snippet["service"]["extensions"].as_array().expect("extensions");
    assert!(used.contains(&name.into()));
    let pipeline = &snippet["service"]["pipelines"]["traces"];
    for (kind, defined) in
        [("receivers", &snippet["receivers"]), ("exporters", &snippet["exporters"])]
    {
        for used in pipeline[kind].as_array().expect("a list") {
            assert!(defined.get(used.as_str().expect("a name")).is_some(), "{used}");
        }
    }
}

#[test]
fn kafka_s_properties_allow_the_file_that_they_name() {
    let blocks = blocks::in_language("docs/consumers/kafka.md", "properties");
    let [client, system] = [&blocks[0], &blocks[1]].map(|block| {
        let lines = block.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split_once('=').expect("key=value")).collect::<Vec<_>>()
    });
    let value = |of: &[(&str, &str)], key: &str| {
        let found = of.iter().find(|(name, _)| *name == key);
        found.unwrap_or_else(|| panic!("no {key}")).1.to_owned()
    };
    let url = value(&client, "sasl.oauthbearer.token.endpoint.url");
    assert_path(url.strip_prefix("file://").expect("a file"));
    assert_eq!(value(&system, "org.apache.kafka.sasl.oauthbearer.allowed.urls"), url);
    let file = value(&system, "org.apache.kafka.sasl.oauthbearer.allowed.files");
    assert_eq!(url, format!("file://{file}"));
    assert!(value(&client, "sasl.jaas.config").ends_with(';'), "JAAS wants a semicolon");
}
