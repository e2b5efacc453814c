//! `docs/reasons.md` is generated from the table of reasons and from `docs/reasons/causes.md`.

use std::collections::BTreeMap;
use std::fmt::Write;

use connection_core::connection::reason::{Actor, Reason};

use super::{assert_generated, read};

const CAUSES: &str = "docs/reasons/causes.md";

/// The sections of `causes.md` by the names of their reasons, without their headings.
fn causes() -> BTreeMap<String, String> {
    let text = read(CAUSES);
    let sections = text.split("\n## ").skip(1).map(|section| {
        let (name, body) = section.split_once('\n').unwrap_or((section, ""));
        // The generated page is one folder higher.
        (name.trim().to_owned(), body.trim().replace("](../", "]("))
    });
    sections.collect()
}

fn row(reason: Reason) -> String {
    let anchor = reason.as_str().to_lowercase();
    let severity = reason.severity().as_str();
    let (actor, retried) = (reason.actor().as_str(), reason.retry_class().as_str());
    let meaning = reason.meaning();
    format!("| [{reason}](#{anchor}) | {severity} | {actor} | {retried} | {meaning} |\n")
}

fn section(reason: Reason, causes: Option<&String>) -> String {
    let mut section = format!("\n## {reason}\n\n{}\n\n{}\n", reason.meaning(), reason.remedy());
    if let Some(causes) = causes {
        write!(section, "\n{causes}\n").expect("strings are writable");
    }
    section
}

#[test]
fn the_page_of_reasons_is_generated() {
    let causes = causes();
    let mut page =
        "| Reason | Severity | Who acts | Retried | Meaning |\n|---|---|---|---|---|\n".to_owned();
    page.extend(Reason::ALL.iter().map(|reason| row(*reason)));
    page.extend(Reason::ALL.iter().map(|reason| section(*reason, causes.get(reason.as_str()))));
    assert_generated("docs/reasons.md", &page);
}

#[test]
fn every_section_of_causes_names_a_reason() {
    for name in causes().keys() {
        assert!(Reason::from_name(name).is_some(), "{CAUSES}: no reason is named `{name}`");
    }
}

#[test]
fn every_section_of_causes_has_symptom_cause_and_resolution_in_this_order() {
    for (name, section) in causes() {
        let headings: Vec<_> =
            section.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        let resolved = Reason::from_name(&name).is_some_and(|reason| reason.actor() == Actor::None);
        let expected: &[_] =
            if resolved { &["Symptom", "Cause"] } else { &["Symptom", "Cause", "Resolution"] };
        assert_eq!(headings, expected, "{CAUSES}: {name}");
    }
}
