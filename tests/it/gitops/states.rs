//! The states that a Connection can be in, and what is to become of each.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::docs::{assert_generated, read};

/// A state.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct State {
    pub name: String,
    #[serde(default = "one")]
    pub generation: i64,
    #[serde(default = "one")]
    pub observed_generation: i64,
    #[serde(default)]
    pub suspend: bool,
    /// Type, status and reason of each condition; none: no status at all.
    conditions: Option<Vec<String>>,
    /// Health in Argo CD.
    pub argo: String,
    /// Status in Flux, where the pipeline is to pass while consent is missing.
    pub flux: String,
    /// The same, where it is to wait.
    pub waiting: String,
}

fn one() -> i64 {
    1
}

pub fn states() -> Vec<State> {
    serde_saphyr::from_str(&read("tests/gitops/states.yaml")).expect("states")
}

impl State {
    /// The status, as of an object of this generation. No condition is said by no list, as the
    /// operator does.
    pub fn status(&self, generation: i64) -> Option<Value> {
        let observed = generation - self.generation + self.observed_generation;
        let conditions = self.conditions.as_ref()?.iter().map(|text| condition(text, observed));
        let conditions: Vec<_> = conditions.collect();
        Some(if conditions.is_empty() {
            json!({ "observedGeneration": observed })
        } else {
            json!({ "observedGeneration": observed, "conditions": conditions })
        })
    }

    /// The object, as a tool reads it.
    pub fn object(&self) -> Value {
        let mut object = json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "crm", "namespace": "integrations", "generation": self.generation },
            "spec": { "flow": "ClientCredentials" },
        });
        if self.suspend {
            object["spec"]["suspend"] = true.into();
        }
        if let Some(status) = self.status(self.generation) {
            object["status"] = status;
        }
        object
    }
}

fn condition(text: &str, observed: i64) -> Value {
    let words: Vec<_> = text.split(' ').collect();
    let [kind, status, reason] = words[..] else { panic!("not a condition: {text}") };
    json!({
        "type": kind, "status": status, "reason": reason, "observedGeneration": observed,
        "message": format!("what {reason} means"), "lastTransitionTime": "2026-05-04T09:00:00Z",
    })
}

#[test]
fn the_table_of_states_is_complete() {
    let row = |state: &State| {
        let State { name, argo, flux, waiting, .. } = state;
        format!("| {name} | {argo} | {flux} | {waiting} |\n")
    };
    let head =
        "| State | Argo CD | Flux, to pass | Flux, to wait |\n|---|---|---|---|\n".to_owned();
    let table = head + &states().iter().map(row).collect::<String>();
    assert_generated("docs/gitops/README.md", &table);
}

#[test]
fn waiting_for_consent_is_never_a_failure() {
    let waits = |state: &&State| {
        let conditions = state.conditions.iter().flatten();
        conditions.into_iter().any(|text| text.starts_with("Authorized False"))
    };
    let states = states();
    let waiting: Vec<_> = states.iter().filter(waits).collect();
    assert!(waiting.len() >= 5, "{waiting:?}");
    for state in waiting {
        assert!(state.argo != "Degraded" && state.flux == "Current", "{state:?}");
        assert_ne!(state.waiting, "Failed", "{state:?}");
    }
}
