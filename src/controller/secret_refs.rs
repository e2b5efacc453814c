//! An index from Secrets to the Connections that refer to them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::mem;
use std::sync::{PoisonError, RwLock};

use kube::ResourceExt;
use kube::runtime::watcher::Event;

use connection_client::api::connection::Connection;
use connection_client::observation::desired;

/// Maps Secrets to Connections. Updated by the Connection watch, so that a Secret event does not
/// scan all Connections.
#[derive(Default)]
pub(super) struct SecretRefIndex(RwLock<Index>);

#[derive(Default)]
struct Index {
    namespaces: HashMap<Box<str>, IndexedNamespace>,
    /// The Connections of a list that is not complete yet.
    listed: HashSet<(Box<str>, Box<str>)>,
}

#[derive(Default)]
struct IndexedNamespace {
    /// By name of the Connection.
    connections: HashMap<Box<str>, IndexedConnection>,
    /// By name of the Secret: the names of the Connections that refer to it.
    secrets: HashMap<Box<str>, BTreeSet<Box<str>>>,
}

struct IndexedConnection {
    /// The uid and generation of the spec that has these references.
    version: (Option<String>, Option<i64>),
    secrets: BTreeSet<Box<str>>,
}

impl SecretRefIndex {
    /// Returns the names of the Connections that refer to a Secret.
    pub(super) fn connections(&self, namespace: &str, secret: &str) -> Vec<Box<str>> {
        let index = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let namespace = index.namespaces.get(namespace);
        namespace
            .and_then(|namespace| namespace.secrets.get(secret))
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Updates the index from an event of the Connection watch.
    pub(super) fn on_event(&self, event: &Event<Connection>) {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Apply(connection) => index.apply(connection),
            Event::Delete(connection) => {
                let (namespace, name) = key(connection);
                index.remove(&namespace, &name);
            }
            // A list that failed midway leaves its names here.
            Event::Init => index.listed.clear(),
            Event::InitApply(connection) => {
                index.listed.insert(key(connection));
                // Applied at once: an outdated entry only requeues too much until the list is
                // complete.
                index.apply(connection);
            }
            Event::InitDone => index.remove_unlisted(),
        }
    }
}

impl Index {
    fn apply(&mut self, connection: &Connection) {
        let (namespace, name) = key(connection);
        // With the uid, because a Connection that is created again has generation 1 again.
        let version = (connection.uid(), connection.metadata.generation);
        let indexed = self.namespaces.get(&namespace).and_then(|it| it.connections.get(&name));
        // Most events are changes of the status.
        // Without a generation a changed spec would go unnoticed, so the entry is replaced.
        if version.1.is_some() && indexed.is_some_and(|entry| entry.version == version) {
            return;
        }
        // The old references go first, because the new spec may lack some of them.
        self.remove(&namespace, &name);
        let refs = desired::secret_refs(connection);
        let secrets: BTreeSet<Box<str>> =
            refs.iter().map(|reference| reference.name.as_str().into()).collect();
        let namespace = self.namespaces.entry(namespace).or_default();
        for secret in &secrets {
            namespace.secrets.entry(secret.clone()).or_default().insert(name.clone());
        }
        namespace.connections.insert(name, IndexedConnection { version, secrets });
    }

    fn remove(&mut self, namespace_name: &str, name: &str) {
        let Some(namespace) = self.namespaces.get_mut(namespace_name) else { return };
        let Some(entry) = namespace.connections.remove(name) else { return };
        for secret in entry.secrets {
            if let Some(connections) = namespace.secrets.get_mut(&secret) {
                connections.remove(name);
                // Without empty entries the index does not grow with every name that was ever used.
                if connections.is_empty() {
                    namespace.secrets.remove(&secret);
                }
            }
        }
        if namespace.connections.is_empty() {
            self.namespaces.remove(namespace_name);
        }
    }

    /// Removes the Connections that a complete list does not have: their deletion was missed.
    fn remove_unlisted(&mut self) {
        let listed = mem::take(&mut self.listed);
        let indexed = self.namespaces.iter().flat_map(|(namespace, entries)| {
            entries.connections.keys().map(|name| (namespace.clone(), name.clone()))
        });
        let unlisted: Vec<_> = indexed.filter(|key| !listed.contains(key)).collect();
        for (namespace, name) in unlisted {
            self.remove(&namespace, &name);
        }
    }
}

fn key(connection: &Connection) -> (Box<str>, Box<str>) {
    (connection.namespace().unwrap_or_default().into(), connection.name_any().into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NAMES: [&str; 3] = ["a", "b", "c"];

    fn connection(namespace: usize, name: usize, secret: usize, generation: i64) -> Connection {
        // An invalid spec, one with a Secret, and one with a grant Secret as well.
        let spec = match secret {
            0 => json!({ "flow": "JWT" }),
            1 | 2 => json!({
                "flow": "ClientCredentials",
                "endpoints": { "token": "https://login.example.com/token" },
                "client": { "id": "crm", "secretRef": { "name": NAMES[secret], "key": "secret" } },
            }),
            _ => json!({
                "flow": "AuthorizationCode",
                "endpoints": {
                    "authorization": "https://login.example.com/authorize",
                    "token": "https://login.example.com/token",
                },
                "client": { "id": "crm", "secretRef": { "name": "a", "key": "secret" } },
            }),
        };
        serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": {
                "name": NAMES[name], "namespace": NAMES[namespace], "uid": "uid",
                "generation": generation,
            },
            "spec": spec,
        }))
        .unwrap()
    }

    /// What the reflector store has after the same events.
    #[derive(Default)]
    struct Model {
        connections: BTreeMap<(Box<str>, Box<str>), Connection>,
        listed: BTreeMap<(Box<str>, Box<str>), Connection>,
    }

    impl Model {
        fn on_event(&mut self, event: &Event<Connection>) {
            match event {
                Event::Apply(connection) => {
                    self.connections.insert(key(connection), connection.clone());
                }
                Event::Delete(connection) => {
                    self.connections.remove(&key(connection));
                }
                Event::Init => self.listed.clear(),
                Event::InitApply(connection) => {
                    self.listed.insert(key(connection), connection.clone());
                }
                Event::InitDone => self.connections = mem::take(&mut self.listed),
            }
        }

        fn scan(&self, namespace: &str, secret: &str) -> Vec<Box<str>> {
            let connections = self.connections.iter().filter(|((of, _), connection)| {
                &**of == namespace
                    && desired::secret_refs(connection).iter().any(|it| it.name == secret)
            });
            connections.map(|((_, name), _)| name.clone()).collect()
        }
    }

    /// One event, or a complete list.
    fn events() -> impl Strategy<Value = Vec<(usize, usize, usize, u8)>> {
        let connection = || (0..2usize, 0..3usize, 0..4usize);
        prop_oneof![
            (connection(), 0..2u8).prop_map(|((a, b, c), kind)| vec![(a, b, c, kind)]),
            prop::collection::vec(connection(), 0..4)
                .prop_map(|list| list.into_iter().map(|(a, b, c)| (a, b, c, 2)).collect()),
        ]
    }

    proptest! {
        #[test]
        fn the_index_equals_a_scan_of_all_connections(steps in prop::collection::vec(events(), 0..12)) {
            let (index, mut model) = (SecretRefIndex::default(), Model::default());
            let mut generation = 0;
            for step in steps {
                let is_list = !matches!(step.as_slice(), [(.., 0 | 1)]);
                let mut events: Vec<_> = step
                    .into_iter()
                    .map(|(namespace, name, secret, kind)| {
                        generation += 1;
                        let connection = connection(namespace, name, secret, generation);
                        match kind {
                            0 => Event::Apply(connection),
                            1 => Event::Delete(connection),
                            _ => Event::InitApply(connection),
                        }
                    })
                    .collect();
                if is_list {
                    events.insert(0, Event::Init);
                    events.push(Event::InitDone);
                }
                for event in events {
                    index.on_event(&event);
                    model.on_event(&event);
                }
                for namespace in NAMES {
                    for secret in ["a", "b", "c", "a-token", "b-token", "c-token", "a-grant", "b-grant"] {
                        prop_assert_eq!(
                            index.connections(namespace, secret),
                            model.scan(namespace, secret),
                            "Secret {} in {}", secret, namespace
                        );
                    }
                }
            }
            for connection in model.connections.into_values() {
                index.on_event(&Event::Delete(connection));
            }
            prop_assert!(index.0.read().unwrap().namespaces.is_empty(), "removed Connections leave it");
        }
    }

    #[test]
    fn a_change_of_the_status_alone_keeps_the_references() {
        let index = SecretRefIndex::default();
        index.on_event(&Event::Apply(connection(0, 0, 1, 1)));
        index.on_event(&Event::Apply(connection(0, 0, 1, 1)));
        assert_eq!(index.connections("a", "b"), [Box::from("a")]);
    }
}
