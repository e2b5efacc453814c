//! Namespaces that are watched each on its own, since the operator may use Secrets only where a
//! `RoleBinding` enrols it: the first Connection of a namespace begins the watch of its Secrets, the last
//! one ends it.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kube::ResourceExt;
use tokio_util::task::AbortOnDropHandle;

use connection_client::api::connection::Connection;
use connection_core::connection::error::ConnectionError;

/// The namespaces that have Connections, and what is known of each.
pub struct Enrollment {
    role: String,
    account: String,
    namespaces: Mutex<Namespaces>,
}

#[derive(Default)]
struct Namespaces {
    by_name: HashMap<Box<str>, Namespace>,
    /// How many watches were begun.
    begun: u64,
}

struct Namespace {
    /// The uids of its Connections.
    connections: HashSet<String>,
    knowledge: SecretAccess,
    /// Which watch it has; one that was ended has nothing to say any more.
    number: u64,
    _watch: AbortOnDropHandle<()>,
}

/// What is known of a namespace's Secrets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecretAccess {
    /// All of them.
    Synced,
    /// They may not be seen.
    Forbidden,
    /// Nothing yet.
    Pending,
}

impl Enrollment {
    /// Namespaces are enrolled with this `ClusterRole`, for this service account, written
    /// `namespace:name`.
    #[must_use]
    pub fn new(role: String, account: String) -> Self {
        Self { role, account, namespaces: Mutex::default() }
    }

    /// What is known of a namespace's Secrets.
    pub fn knowledge(&self, namespace: &str) -> SecretAccess {
        let known = self.namespaces().by_name.get(namespace).map(|one| one.knowledge);
        known.unwrap_or(SecretAccess::Pending)
    }

    /// The fault that a namespace is whose Secrets may not be seen; it names the command that
    /// enrols it.
    pub fn refusal(&self, namespace: &str) -> Option<ConnectionError> {
        let Self { role, account, .. } = self;
        (self.knowledge(namespace) == SecretAccess::Forbidden).then(|| {
            ConnectionError::not_enrolled(&format!(
                "kubectl create rolebinding {role} -n {namespace} --clusterrole={role} --serviceaccount={account}"
            ))
        })
    }

    /// The watch of this number tells what it knows now. Returns whether that is new.
    pub fn set_access(&self, namespace: &str, number: u64, knowledge: SecretAccess) -> bool {
        let mut namespaces = self.namespaces();
        let there = namespaces.by_name.get_mut(namespace).filter(|one| one.number == number);
        there.is_some_and(|one| std::mem::replace(&mut one.knowledge, knowledge) != knowledge)
    }

    /// A Connection is there; `watch` begins the watch of its namespace, under a number, where there is
    /// none.
    pub fn add_connection(
        &self,
        connection: &Connection,
        watch: impl FnOnce(String, u64) -> AbortOnDropHandle<()>,
    ) {
        let (namespace, uid) = identity(connection);
        let mut namespaces = self.namespaces();
        if let Some(there) = namespaces.by_name.get_mut(namespace.as_str()) {
            there.connections.insert(uid);
            return;
        }
        namespaces.begun += 1;
        let number = namespaces.begun;
        let begun = Namespace {
            connections: HashSet::from([uid]),
            knowledge: SecretAccess::Pending,
            number,
            _watch: watch(namespace.clone(), number),
        };
        namespaces.by_name.insert(namespace.into(), begun);
    }

    /// A Connection is gone. Returns its namespace where that is not watched any more.
    pub fn remove_connection(&self, connection: &Connection) -> Option<Box<str>> {
        let (namespace, uid) = identity(connection);
        let mut namespaces = self.namespaces();
        let there = namespaces.by_name.get_mut(namespace.as_str())?;
        there.connections.remove(&uid);
        if !there.connections.is_empty() {
            return None;
        }
        namespaces.by_name.remove_entry(namespace.as_str()).map(|(name, _)| name)
    }

    /// These are all Connections that there are, by uid. Returns the namespaces that are not watched
    /// any more.
    pub fn retain(&self, alive: &HashSet<String>) -> Vec<Box<str>> {
        let mut left = Vec::new();
        self.namespaces().by_name.retain(|name, one| {
            one.connections.retain(|uid| alive.contains(uid));
            if one.connections.is_empty() {
                left.push(name.clone());
            }
            !one.connections.is_empty()
        });
        left
    }

    fn namespaces(&self) -> MutexGuard<'_, Namespaces> {
        self.namespaces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn identity(connection: &Connection) -> (String, String) {
    (connection.namespace().unwrap_or_default(), connection.uid().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn connection(namespace: &str, uid: &str) -> Connection {
        serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": uid, "namespace": namespace, "uid": uid }, "spec": { "flow": "JWT" },
        }))
        .unwrap()
    }

    fn enrolment() -> Enrollment {
        Enrollment::new("secrets".to_owned(), "operators:operator".to_owned())
    }

    /// A watch that says nothing.
    fn watch(_: String, _: u64) -> AbortOnDropHandle<()> {
        AbortOnDropHandle::new(tokio::spawn(std::future::pending()))
    }

    #[tokio::test]
    async fn the_first_connection_of_a_namespace_begins_its_watch_and_the_last_one_ends_it() {
        let enrolment = enrolment();
        let (one, two) = (connection("a", "1"), connection("a", "2"));
        enrolment.add_connection(&one, watch);
        enrolment.add_connection(&two, |_, _| panic!("it is watched already"));
        assert_eq!(enrolment.remove_connection(&one), None);
        assert_eq!(enrolment.remove_connection(&two).as_deref(), Some("a"));
        enrolment.add_connection(&one, watch);
        enrolment.add_connection(&connection("b", "3"), watch);
        assert_eq!(enrolment.retain(&HashSet::from(["3".to_owned()])), ["a".into()]);
    }

    #[tokio::test]
    async fn a_watch_that_was_ended_has_nothing_to_say_any_more() {
        let enrolment = enrolment();
        let one = connection("a", "1");
        enrolment.add_connection(&one, watch);
        enrolment.remove_connection(&one);
        enrolment.add_connection(&one, watch);
        assert!(!enrolment.set_access("a", 1, SecretAccess::Synced));
        assert_eq!(enrolment.knowledge("a"), SecretAccess::Pending);
        assert!(enrolment.set_access("a", 2, SecretAccess::Forbidden));
        assert!(!enrolment.set_access("a", 2, SecretAccess::Forbidden), "it is known");
    }

    #[tokio::test]
    async fn a_refusal_names_the_command_that_enrols() {
        let enrolment = enrolment();
        enrolment.add_connection(&connection("a", "1"), watch);
        assert_eq!(enrolment.refusal("a"), None);
        enrolment.set_access("a", 1, SecretAccess::Forbidden);
        let command = "`kubectl create rolebinding secrets -n a --clusterrole=secrets --serviceaccount=operators:operator`";
        let message = enrolment.refusal("a").unwrap().message;
        assert!(message.contains(command), "{message}");
    }
}
