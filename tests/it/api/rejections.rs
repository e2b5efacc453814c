//! Sends the tables of rejected specs to the API server.

use std::collections::BTreeSet;

use super::case::spec;
use super::rejected::{ALL, Rejected};
use super::rules;
use super::server::DryRun;

/// Messages about names and updates, which other tests cover.
const TESTED_ELSEWHERE: [&str; 2] =
    ["metadata.name must have at most 240 characters", "spec.secret.name cannot be changed"];

async fn rejection(server: &DryRun, (description, base, changes, _): &Rejected) -> String {
    match server.spec(&spec(base, changes)).await {
        Ok(_) => format!("accepted: {description}"),
        Err(message) => message,
    }
}

#[tokio::test]
async fn mistakes_are_rejected_with_a_remedy() {
    let server = DryRun::new("rejected").await;
    let mut wrong = Vec::new();
    for case in ALL.iter().copied().flatten() {
        let message = rejection(&server, case).await;
        if !message.contains(case.3) {
            wrong.push(format!("{}\n  expected: {}\n  actual: {message}", case.0, case.3));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_tables_cover_every_rule() {
    let server = DryRun::new("every-rule").await;
    let mut untested: BTreeSet<String> = rules::messages();
    untested.retain(|message| !TESTED_ELSEWHERE.iter().any(|other| message.starts_with(other)));
    for case in ALL.iter().copied().flatten() {
        let error = rejection(&server, case).await;
        untested.retain(|message| !error.contains(message.as_str()));
    }
    assert!(untested.is_empty(), "no case in tests/it/api/rejected triggers: {untested:#?}");
}
