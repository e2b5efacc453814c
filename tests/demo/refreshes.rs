//! One line for each thing that happens to a Connection.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use connection_client::api::connection::Connection;
use connection_core::clock;
use futures::StreamExt as _;
use jiff::Timestamp;
use kube::api::Api;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Client, ResourceExt as _};

use crate::example::Example;
use crate::failure::Failure;
use crate::show;
use crate::stage::{Stage, TOKEN_LIFETIME};

/// A renewal comes after two thirds of the lifetime.
const RENEWED_WITHIN: Duration = Duration::from_secs(3 * TOKEN_LIFETIME as u64);

/// What was last seen of a Connection.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    issued_at: Option<Timestamp>,
    ready: (String, String),
}

/// Prints what happens; with `once` until each example was renewed.
pub async fn watch(
    stage: &Stage,
    client: &Client,
    examples: &[Example],
    once: bool,
) -> Result<(), Failure> {
    let mut waiting: BTreeSet<String> =
        examples.iter().map(|example| example.name.to_owned()).collect();
    if !once {
        println!(
            "\nRenewals as they happen, times in UTC; Ctrl-C ends the demo and removes everything:"
        );
        return lines(client, |_| false).await;
    }
    println!("\nRenewals as they happen, times in UTC; after the first of each the demo ends:");
    let renewed = lines(client, |name| {
        waiting.remove(name);
        waiting.is_empty()
    });
    let done = tokio::time::timeout(RENEWED_WITHIN, renewed).await;
    done.map_err(|_| stage.timed_out("a renewal of each token", RENEWED_WITHIN))??;
    println!("\nEach token was renewed.");
    Ok(())
}

/// Prints lines until `enough` returns true for the name of a Connection that was renewed.
async fn lines(client: &Client, mut enough: impl FnMut(&str) -> bool) -> Result<(), Failure> {
    let api = Api::<Connection>::default_namespaced(client.clone());
    // Without this a pause after an error would be none.
    let mut events = pin!(kube::runtime::WatchStreamExt::default_backoff(watcher(
        api,
        watcher::Config::default()
    )));
    let mut known = BTreeMap::<String, Seen>::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Apply(connection) | Event::InitApply(connection)) => {
                let (name, now) = (connection.name_any(), snapshot(&connection));
                let before = known.get(&name);
                let renewed = before.is_some_and(|item| item.issued_at != now.issued_at);
                if let Some(text) = before.and_then(|item| describe(item, &now, &connection)) {
                    line(&name, &text);
                }
                known.insert(name.clone(), now);
                if renewed && enough(&name) {
                    return Ok(());
                }
            }
            Ok(Event::Delete(connection)) => {
                line(&connection.name_any(), "deleted");
                known.remove(&connection.name_any());
            }
            Ok(Event::Init | Event::InitDone) => {}
            // The watch starts again by itself.
            Err(error) => println!("          the API server does not answer: {error}"),
        }
    }
    Ok(())
}

fn snapshot(connection: &Connection) -> Seen {
    let group = connection.status.as_ref().and_then(|status| status.connection_group.as_ref());
    let (status, reason, _) = show::ready(connection);
    Seen {
        issued_at: group.and_then(|group| group.issued_at),
        ready: (status.to_owned(), reason.to_owned()),
    }
}

/// Describes a change.
fn describe(before: &Seen, now: &Seen, connection: &Connection) -> Option<String> {
    let group = connection.status.as_ref()?.connection_group.as_ref();
    if before.issued_at != now.issued_at {
        let time = |time: Option<Timestamp>| time.map_or_else(|| "?".to_owned(), clock_time);
        let (expires, next) = (group?.expires_at, group?.next_refresh_at);
        return Some(format!(
            "renewed, expires {}, next renewal about {}",
            time(expires),
            time(next)
        ));
    }
    if before.ready == now.ready {
        return None;
    }
    let (status, reason, message) = show::ready(connection);
    Some(format!("Ready={status}, {reason}: {message}"))
}

fn line(name: &str, text: &str) {
    println!("{}  {name:4} {text}", clock_time(clock::now()));
}

fn clock_time(time: Timestamp) -> String {
    time.strftime("%H:%M:%S").to_string()
}
