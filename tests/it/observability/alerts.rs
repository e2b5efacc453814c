//! The alerts: each has a test of Prometheus' own, a runbook, and a text for the person on call.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::metrics::{named, names};
use super::promtool::{promtool, try_promtool};
use crate::docs::{assert_generated, path, read};

const ALERTS: &str = "charts/connection-operator/files/alerts.yaml";

fn alerts() -> Vec<Value> {
    let file: Value = serde_saphyr::from_str(&read(ALERTS)).expect("YAML");
    let groups = file["groups"].as_array().expect("groups").iter();
    groups.flat_map(|group| group["rules"].as_array().expect("rules").clone()).collect()
}

fn text<'a>(alert: &'a Value, pointer: &str) -> &'a str {
    alert.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The names of the files of a folder that have this ending.
fn files(folder: &str, ending: &str) -> BTreeSet<String> {
    fs::read_dir(path(folder))
        .expect("the folder is there")
        .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .filter(|name| name != "README")
        .collect()
}

#[test]
fn promtool_accepts_the_alerts() {
    promtool(&["check", "rules", ALERTS], "");
}

#[test]
fn the_alerts_pass_their_tests() {
    let tests: Vec<_> = files("tests/alerts", ".yaml")
        .into_iter()
        .map(|name| format!("tests/alerts/{name}.yaml"))
        .collect();
    let args = ["test", "rules"].into_iter().chain(tests.iter().map(String::as_str));
    promtool(&args.collect::<Vec<_>>(), "");
}

#[test]
fn a_test_detects_an_alert_that_does_not_fire() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = read(ALERTS).replace(") > 300", ") > 300000");
    let test = read("tests/alerts/ConnectionRefreshOverdue.yaml")
        .replace(&format!("../../{ALERTS}"), "rules.yaml");
    fs::write(folder.path().join("rules.yaml"), rules).expect("it is written");
    let file = folder.path().join("test.yaml");
    fs::write(&file, test).expect("it is written");
    let (accepted, said) = try_promtool(&["test", "rules", &file.display().to_string()], "");
    assert!(!accepted && said.contains("ConnectionRefreshOverdue"), "{said}");
}

#[test]
fn alerts_runbooks_and_tests_correspond() {
    let names: BTreeSet<_> =
        alerts().iter().map(|alert| text(alert, "/alert").to_owned()).collect();
    assert!(names.len() > 10 && !names.contains(""), "{names:?}");
    assert_eq!(files("docs/runbooks", ".md"), names, "pages");
    assert_eq!(files("tests/alerts", ".yaml"), names, "tests");
}

#[test]
fn each_test_covers_its_alert_firing_and_not_firing() {
    for name in files("tests/alerts", ".yaml") {
        let test = read(&format!("tests/alerts/{name}.yaml"));
        assert!(test.contains("exp_alerts: []"), "{name} is never silent");
        assert!(test.contains("exp_annotations:"), "{name} never fires");
        let others = test.lines().filter_map(|line| line.split_once("alertname: "));
        assert!(others.map(|(_, one)| one).all(|other| other == name), "{name}.yaml tests another");
    }
}

#[test]
fn each_alert_has_a_summary_and_a_runbook_link() {
    for alert in alerts() {
        let name = text(&alert, "/alert");
        let severity = text(&alert, "/labels/severity");
        assert!(["critical", "warning", "info"].contains(&severity), "{name}: severity {severity}");
        for annotation in ["summary", "description"] {
            let said = text(&alert, &format!("/annotations/{annotation}"));
            assert!(said.len() > 20, "{name} has no {annotation}");
        }
        let page = format!("docs/runbooks/{name}.md");
        assert_eq!(text(&alert, "/annotations/runbook_url"), page);
        let page = read(&page);
        assert!(page.starts_with(&format!("# {name}\n\n")), "the page of {name} bears its name");
        for section in ["Meaning", "Impact", "Diagnosis", "Mitigation"] {
            assert!(page.contains(&format!("\n## {section}\n\n")), "{name}: no `{section}`");
        }
    }
}

#[test]
fn alerts_and_pages_use_metrics_that_exist() {
    let known = names();
    let mut texts = vec![(ALERTS.to_owned(), read(ALERTS))];
    for folder in
        ["docs/runbooks", "docs/reasons", "docs/reference", "docs/consumers", "docs/gitops"]
    {
        for name in files(folder, ".md") {
            let file = format!("{folder}/{name}.md");
            texts.push((file.clone(), read(&file)));
        }
    }
    for (file, text) in texts {
        for name in named(&text) {
            let histogram = format!("{name}_bucket");
            let is_known = known.iter().any(|item| *item == name || *item == histogram);
            assert!(is_known, "{file} speaks of {name}, which does not exist");
        }
    }
}

#[test]
fn the_list_of_runbooks_is_complete() {
    let row = |alert: &Value| {
        let (name, severity) = (text(alert, "/alert"), text(alert, "/labels/severity"));
        format!("| [{name}]({name}.md) | {severity} | {} |\n", text(alert, "/annotations/summary"))
    };
    let head = "| Alert | Severity | Meaning |\n|---|---|---|\n".to_owned();
    let table = head + &alerts().iter().map(row).collect::<String>();
    assert_generated("docs/runbooks/README.md", &table);
}
