//! The table of what is rejected, put to the API server.

use std::collections::BTreeSet;

use super::case::spec;
use super::rejected::{ALL, Rejected};
use super::rules;
use super::server::Judge;

/// Messages that a table of specs cannot bring about: they are about names and changes.
const ELSEWHERE: [&str; 2] =
    ["metadata.name must have at most 240 characters", "spec.secret.name cannot be changed"];

async fn said(judge: &Judge, (sentence, base, changes, _): &Rejected) -> String {
    match judge.spec(&spec(base, changes)).await {
        Ok(_) => format!("nothing: {sentence} is accepted"),
        Err(message) => message,
    }
}

#[tokio::test]
async fn a_mistake_is_rejected_with_its_remedy() {
    let judge = Judge::new("rejected").await;
    let mut wrong = Vec::new();
    for case in ALL.iter().copied().flatten() {
        let message = said(&judge, case).await;
        if !message.contains(case.3) {
            wrong.push(format!("{}\n  expected: {}\n  said: {message}", case.0, case.3));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_rule_rejects_something_in_the_tables() {
    let judge = Judge::new("every-rule").await;
    let mut silent: BTreeSet<String> = rules::messages();
    silent.retain(|message| !ELSEWHERE.iter().any(|other| message.starts_with(other)));
    for case in ALL.iter().copied().flatten() {
        let said = said(&judge, case).await;
        silent.retain(|message| !said.contains(message.as_str()));
    }
    assert!(silent.is_empty(), "no case of tests/it/api/rejected.rs is about: {silent:#?}");
}
