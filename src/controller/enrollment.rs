//! Enrolled namespaces: a `RoleBinding` in a namespace permits the operator to use its Secrets, which
//! are watched from the first Connection of the namespace to the last.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kube::ResourceExt;
use tokio_util::task::AbortOnDropHandle;

use connection_client::api::connection::Connection;
use connection_core::connection::error::ConnectionError;

/// The namespaces that have Connections, and the access to their Secrets.
pub struct Enrollment {
    role: String,
    account: String,
    namespaces: Mutex<Namespaces>,
}

#[derive(Default)]
struct Namespaces {
    by_name: HashMap<Box<str>, EnrolledNamespace>,
    /// The number of watches that were started.
    started: u64,
}

struct EnrolledNamespace {
    /// Uids.
    connections: HashSet<String>,
    access: SecretAccess,
    /// The number of the watch: what an earlier watch reports is ignored.
    number: u64,
    _watch: AbortOnDropHandle<()>,
}

/// The access to the Secrets of a namespace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecretAccess {
    /// The watch has listed all.
    Synced,
    /// The API server denied the watch.
    Forbidden,
    /// The watch has not listed them yet.
    Pending,
}

impl Enrollment {
    /// Creates the set of namespaces, which `RoleBinding`s of the `ClusterRole` enroll. The service
    /// account is `namespace:name`.
    #[must_use]
    pub fn new(role: String, account: String) -> Self {
        Self { role, account, namespaces: Mutex::default() }
    }

    pub fn access(&self, namespace: &str) -> SecretAccess {
        // The Connection watch may not have added the namespace yet: that is not a denial.
        let access = self.namespaces().by_name.get(namespace).map(|known| known.access);
        access.unwrap_or(SecretAccess::Pending)
    }

    /// Returns the error of a namespace that is not enrolled, which names the command that enrolls it.
    pub fn error(&self, namespace: &str) -> Option<ConnectionError> {
        let Self { role, account, .. } = self;
        (self.access(namespace) == SecretAccess::Forbidden).then(|| {
            ConnectionError::not_enrolled(&format!(
                "kubectl create rolebinding {role} -n {namespace} --clusterrole={role} --serviceaccount={account}"
            ))
        })
    }

    /// Records what the watch with this number reports. Returns true if that is a change.
    pub fn set_access(&self, namespace: &str, number: u64, access: SecretAccess) -> bool {
        let mut namespaces = self.namespaces();
        // A watch that was aborted may still report after its successor has started.
        let watched = namespaces.by_name.get_mut(namespace).filter(|known| known.number == number);
        watched.is_some_and(|known| std::mem::replace(&mut known.access, access) != access)
    }

    /// Adds a Connection; `watch` starts the watch of its namespace if there is none.
    pub fn add_connection(
        &self,
        connection: &Connection,
        watch: impl FnOnce(String, u64) -> AbortOnDropHandle<()>,
    ) {
        let (namespace, uid) = identity(connection);
        let mut namespaces = self.namespaces();
        if let Some(known) = namespaces.by_name.get_mut(namespace.as_str()) {
            known.connections.insert(uid);
            return;
        }
        namespaces.started += 1;
        let number = namespaces.started;
        let added = EnrolledNamespace {
            connections: HashSet::from([uid]),
            access: SecretAccess::Pending,
            number,
            // Started under the lock, so that the watch cannot report before its entry exists.
            _watch: watch(namespace.clone(), number),
        };
        namespaces.by_name.insert(namespace.into(), added);
    }

    /// Removes a Connection. Returns its namespace if that is no longer watched.
    pub fn remove_connection(&self, connection: &Connection) -> Option<Box<str>> {
        let (namespace, uid) = identity(connection);
        let mut namespaces = self.namespaces();
        let known = namespaces.by_name.get_mut(namespace.as_str())?;
        known.connections.remove(&uid);
        if !known.connections.is_empty() {
            return None;
        }
        // Dropping the entry aborts the watch.
        namespaces.by_name.remove_entry(namespace.as_str()).map(|(name, _)| name)
    }

    /// Removes the Connections whose uids are not in `alive`. Returns the namespaces that are no longer
    /// watched.
    pub fn retain(&self, alive: &HashSet<String>) -> Vec<Box<str>> {
        let mut removed = Vec::new();
        self.namespaces().by_name.retain(|name, known| {
            known.connections.retain(|uid| alive.contains(uid));
            if known.connections.is_empty() {
                removed.push(name.clone());
            }
            !known.connections.is_empty()
        });
        removed
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

    fn enrollment() -> Enrollment {
        Enrollment::new("secrets".to_owned(), "operators:operator".to_owned())
    }

    /// A watch that reports nothing.
    fn watch(_: String, _: u64) -> AbortOnDropHandle<()> {
        AbortOnDropHandle::new(tokio::spawn(std::future::pending()))
    }

    #[tokio::test]
    async fn a_namespace_is_watched_from_its_first_connection_to_its_last() {
        let enrollment = enrollment();
        let (first, second) = (connection("a", "1"), connection("a", "2"));
        enrollment.add_connection(&first, watch);
        enrollment.add_connection(&second, |_, _| panic!("the namespace is watched already"));
        assert_eq!(enrollment.remove_connection(&first), None);
        assert_eq!(enrollment.remove_connection(&second).as_deref(), Some("a"));
        enrollment.add_connection(&first, watch);
        enrollment.add_connection(&connection("b", "3"), watch);
        assert_eq!(enrollment.retain(&HashSet::from(["3".to_owned()])), ["a".into()]);
    }

    #[tokio::test]
    async fn reports_of_an_ended_watch_are_ignored() {
        let enrollment = enrollment();
        let first = connection("a", "1");
        enrollment.add_connection(&first, watch);
        enrollment.remove_connection(&first);
        enrollment.add_connection(&first, watch);
        assert!(!enrollment.set_access("a", 1, SecretAccess::Synced));
        assert_eq!(enrollment.access("a"), SecretAccess::Pending);
        assert!(enrollment.set_access("a", 2, SecretAccess::Forbidden));
        assert!(!enrollment.set_access("a", 2, SecretAccess::Forbidden), "nothing changed");
    }

    #[tokio::test]
    async fn the_error_names_the_command_that_enrolls() {
        let enrollment = enrollment();
        enrollment.add_connection(&connection("a", "1"), watch);
        assert_eq!(enrollment.error("a"), None);
        enrollment.set_access("a", 1, SecretAccess::Forbidden);
        let command = "`kubectl create rolebinding secrets -n a --clusterrole=secrets --serviceaccount=operators:operator`";
        let message = enrollment.error("a").unwrap().message;
        assert!(message.contains(command), "{message}");
    }
}
