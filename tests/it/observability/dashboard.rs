//! The dashboard asks for what exists, in expressions that Prometheus understands.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::metrics::{named, names};
use super::promtool::promtool;
use crate::docs::read;

fn dashboard() -> Value {
    let file = read("charts/connection-operator/files/dashboard.json");
    serde_json::from_str(&file).expect("JSON")
}

fn panels(dashboard: &Value) -> Vec<&Value> {
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    panels.filter(|panel| panel["type"] != "row").collect()
}

/// The expressions of a panel, with values in the place of the variables that Grafana fills in.
fn expressions(panel: &Value) -> Vec<String> {
    let targets = panel["targets"].as_array().expect("targets").iter();
    targets
        .map(|target| target["expr"].as_str().expect("an expression"))
        .map(|expression| expression.replace("$__rate_interval", "5m"))
        .map(|expression| expression.replace("$namespace", ".*").replace("$name", ".*"))
        .collect()
}

#[test]
fn the_dashboard_uses_only_existing_metrics_and_most_of_them() {
    let dashboard = dashboard();
    let known = names();
    let mut asked = BTreeSet::new();
    for panel in panels(&dashboard) {
        for expression in expressions(panel) {
            for name in named(&expression) {
                assert!(known.iter().any(|item| item == name), "{}: no {name}", panel["title"]);
                asked.insert(name.to_owned());
            }
        }
    }
    assert!(asked.len() >= 15, "{asked:?}");
    for variable in dashboard["templating"]["list"].as_array().expect("variables") {
        for name in named(variable["definition"].as_str().unwrap_or_default()) {
            assert!(known.iter().any(|item| item == name), "{}: no {name}", variable["name"]);
        }
    }
}

#[test]
fn prometheus_parses_each_expression_of_the_dashboard() {
    let dashboard = dashboard();
    let expressions = panels(&dashboard).into_iter().flat_map(expressions);
    let rules: Vec<_> = expressions
        .enumerate()
        .map(|(number, expression)| json!({ "record": format!("n{number}"), "expr": expression }))
        .collect();
    assert!(rules.len() > 20);
    let file = tempfile::NamedTempFile::new().expect("a file");
    // JSON is YAML.
    let rules = json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    fs::write(file.path(), rules.to_string()).expect("it is written");
    promtool(&["check", "rules", &file.path().display().to_string()], "");
}

#[test]
fn each_panel_has_a_description_and_a_distinct_position() {
    let dashboard = dashboard();
    let mut taken = BTreeSet::new();
    for panel in panels(&dashboard) {
        let title = panel["title"].as_str().expect("a title");
        assert!(panel["description"].as_str().is_some_and(|item| item.len() > 10), "{title}");
        let place = |side: &str| panel["gridPos"][side].as_u64().expect("a number");
        for x in place("x")..place("x") + place("w") {
            assert!(x < 24, "{title} is wider than the page");
            for y in place("y")..place("y") + place("h") {
                assert!(taken.insert((x, y)), "{title} lies over another panel at {x}, {y}");
            }
        }
    }
}
