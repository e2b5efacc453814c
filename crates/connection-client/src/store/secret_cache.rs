//! The metadata of all watched Secrets, from the watch and from the operator's own writes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock};

use tokio::sync::Notify;

use crate::store::handoff_secret::HandoffKind;
use crate::store::secret_summary::SecretSummary;

/// Caches the metadata of all watched Secrets. The higher resource version wins, so the response to
/// an own write counts at once, and a watch that lags behind does not undo it.
#[derive(Default)]
pub struct SecretCache {
    state: RwLock<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    namespaces: HashMap<Box<str>, CachedNamespace>,
    /// Number of lists that were started.
    lists: u32,
}

#[derive(Default)]
struct CachedNamespace {
    /// By name.
    secrets: HashMap<Box<str>, CachedSecret>,
    /// By name of the Connection: its handoff Secrets, in order of their names.
    handoffs: HashMap<Box<str>, BTreeMap<Box<str>, HandoffKind>>,
}

struct CachedSecret {
    summary: SecretSummary,
    /// The list during or after which the Secret was last seen.
    list: u32,
}

impl CachedNamespace {
    fn insert(&mut self, name: &str, entry: CachedSecret) -> Option<SecretSummary> {
        // Also from the index of handoffs: the new version may no longer be one.
        let old = self.remove(name);
        if let Some(handoff) = &entry.summary.handoff {
            let handoffs = self.handoffs.entry(handoff.connection.clone()).or_default();
            handoffs.insert(name.into(), handoff.kind);
        }
        self.secrets.insert(name.into(), entry);
        old
    }

    fn remove(&mut self, name: &str) -> Option<SecretSummary> {
        let summary = self.secrets.remove(name)?.summary;
        if let Some(handoff) = &summary.handoff
            && let Some(handoffs) = self.handoffs.get_mut(&handoff.connection)
        {
            handoffs.remove(name);
            if handoffs.is_empty() {
                self.handoffs.remove(&handoff.connection);
            }
        }
        Some(summary)
    }
}

impl SecretCache {
    /// Returns the metadata of a Secret.
    pub fn get(&self, namespace: &str, name: &str) -> Option<SecretSummary> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let entry = state.namespaces.get(namespace)?.secrets.get(name)?;
        Some(entry.summary.clone())
    }

    /// Returns the names and kinds of a Connection's handoff Secrets, in order of their names.
    pub fn handoffs(&self, namespace: &str, connection: &str) -> Vec<(Box<str>, HandoffKind)> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let namespace = state.namespaces.get(namespace);
        let handoffs = namespace.and_then(|namespace| namespace.handoffs.get(connection));
        handoffs.into_iter().flatten().map(|(name, kind)| (name.clone(), *kind)).collect()
    }

    /// Waits until `find` returns a value, now or after a change.
    pub async fn until<T>(&self, find: impl Fn(&Self) -> Option<T>) -> T {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Enabled before `find`, so that no change in between is missed.
            changed.as_mut().enable();
            if let Some(found) = find(self) {
                return found;
            }
            changed.await;
        }
    }

    /// Caches a Secret, unless the same or a newer version is cached.
    pub fn put(&self, namespace: &str, name: &str, summary: SecretSummary) -> CacheUpdate {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let list = state.lists;
        let namespace = state.namespaces.entry(namespace.into()).or_default();
        match namespace.secrets.get_mut(name) {
            Some(cached) if cached.summary.resource_version >= summary.resource_version => {
                // Seen in this list, even if the cached version is newer.
                cached.list = list;
                CacheUpdate::Stale
            }
            _ => {
                let old = namespace.insert(name, CachedSecret { summary, list });
                self.changed.notify_waiters();
                CacheUpdate::Changed(old)
            }
        }
    }

    /// Removes a deleted Secret, unless a Secret with another uid has its name now.
    pub fn remove(&self, namespace: &str, name: &str, uid: &str) -> Option<SecretSummary> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let namespace = state.namespaces.get_mut(namespace)?;
        // The event of a deletion may arrive after the Secret was created again.
        if namespace.secrets.get(name)?.summary.uid.as_ref() != uid {
            return None;
        }
        let removed = namespace.remove(name);
        self.changed.notify_waiters();
        removed
    }

    /// Starts a list. Lists of several namespaces may run at the same time.
    pub fn start_relist(&self) -> Relist {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.lists += 1;
        Relist(state.lists)
    }

    /// Removes the Secrets of the listed namespace, or of all if `listed` is none, that were neither
    /// in the list nor written since it started. Returns their namespaces and names.
    pub fn finish_relist(
        &self,
        Relist(started): Relist,
        listed: Option<&str>,
    ) -> Vec<(Box<str>, Box<str>)> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut removed = Vec::new();
        for (namespace_name, namespace) in &mut state.namespaces {
            // Each watched namespace has a list of its own.
            if listed.is_some_and(|listed| listed != &**namespace_name) {
                continue;
            }
            let unseen = namespace.secrets.iter().filter(|(_, entry)| entry.list < started);
            let unseen: Vec<_> = unseen.map(|(name, _)| name.clone()).collect();
            for name in unseen {
                namespace.remove(&name);
                removed.push((namespace_name.clone(), name));
            }
        }
        removed
    }

    /// Removes all Secrets of a namespace that is no longer watched.
    pub fn forget_namespace(&self, namespace: &str) {
        self.state.write().unwrap_or_else(PoisonError::into_inner).namespaces.remove(namespace);
    }
}

/// A list that was started.
#[derive(Clone, Copy, Debug)]
pub struct Relist(u32);

#[derive(Debug, Eq, PartialEq)]
pub enum CacheUpdate {
    /// The same or a newer version was cached already.
    Stale,
    /// The version is cached now; holds the version before.
    Changed(Option<SecretSummary>),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::secret_summary::HandoffSummary;

    fn summary(uid: &str, resource_version: u64) -> SecretSummary {
        SecretSummary { uid: uid.into(), resource_version, token: None, grant: None, handoff: None }
    }

    #[test]
    fn a_late_watch_event_does_not_undo_an_own_write() {
        let cache = SecretCache::default();
        cache.put("ns", "s", summary("u", 5));
        assert_eq!(cache.put("ns", "s", summary("u", 4)), CacheUpdate::Stale);
        assert_eq!(cache.get("ns", "s"), Some(summary("u", 5)));
    }

    #[tokio::test]
    async fn until_returns_at_once_and_misses_no_change() {
        let cache = SecretCache::default();
        let cached = |version| {
            move |cache: &SecretCache| {
                cache.get("ns", "s").filter(|it| it.resource_version == version)
            }
        };
        cache.put("ns", "s", summary("u", 5));
        assert_eq!(cache.until(cached(5)).await, summary("u", 5), "what is cached already");
        let write = async {
            for version in 6..9 {
                tokio::task::yield_now().await;
                cache.put("ns", "s", summary("u", version));
            }
        };
        let (found, ()) = tokio::join!(cache.until(cached(8)), write);
        assert_eq!(found, summary("u", 8));
    }

    #[test]
    fn a_late_deletion_keeps_the_secret_that_has_the_name_now() {
        let cache = SecretCache::default();
        cache.put("ns", "s", summary("new", 9));
        assert_eq!(cache.remove("ns", "s", "old"), None);
        assert_eq!(cache.remove("ns", "s", "new"), Some(summary("new", 9)));
    }

    #[test]
    fn a_relist_removes_deleted_secrets_and_keeps_those_written_since() {
        let cache = SecretCache::default();
        for name in ["kept", "gone"] {
            cache.put("ns", name, summary("u", 3));
        }
        let list = cache.start_relist();
        cache.put("ns", "written", summary("u", 8));
        cache.put("ns", "kept", summary("u", 3));
        assert_eq!(cache.finish_relist(list, None), vec![("ns".into(), "gone".into())]);
        assert!(cache.get("ns", "kept").is_some() && cache.get("ns", "written").is_some());
    }

    #[test]
    fn concurrent_lists_of_two_namespaces_are_independent() {
        let cache = SecretCache::default();
        for (namespace, name) in [("a", "kept"), ("a", "gone"), ("b", "kept"), ("b", "gone")] {
            cache.put(namespace, name, summary("u", 3));
        }
        let of_a = cache.start_relist();
        cache.put("a", "kept", summary("u", 3));
        let of_b = cache.start_relist();
        assert_eq!(cache.finish_relist(of_a, Some("a")), vec![("a".into(), "gone".into())]);
        cache.put("b", "kept", summary("u", 3));
        assert_eq!(cache.finish_relist(of_b, Some("b")), vec![("b".into(), "gone".into())]);
        cache.forget_namespace("a");
        assert!(cache.get("a", "kept").is_none() && cache.get("b", "kept").is_some());
    }

    proptest! {
        /// The index of handoff Secrets equals a scan of all Secrets, and holds none that is gone.
        #[test]
        fn handoffs_are_those_of_the_cached_secrets(
            steps in prop::collection::vec((0..2usize, 0..4usize, 0..3usize, 0..5u8), 0..40)
        ) {
            let (cache, names) = (SecretCache::default(), ["a", "b", "c", "d"]);
            for (version, (namespace, name, connection, action)) in steps.into_iter().enumerate() {
                let (namespace, name) = (names[namespace], names[name]);
                match action {
                    0 => drop(cache.remove(namespace, name, "u")),
                    1 => drop(cache.finish_relist(cache.start_relist(), Some(namespace))),
                    _ => {
                        // The last value makes a Secret that is not a handoff Secret.
                        let handoff = (connection < 2).then(|| HandoffSummary {
                            connection: names[connection].into(),
                            kind: HandoffKind::AuthorizationResponse,
                        });
                        let summary = SecretSummary {
                            handoff: handoff.map(Box::new),
                            ..summary("u", version as u64 + 1)
                        };
                        cache.put(namespace, name, summary);
                    }
                }
                for namespace in &names[..2] {
                    for connection in &names[..2] {
                        let of_connection = |name: &&&str| {
                            let handoff = cache.get(namespace, name).and_then(|it| it.handoff);
                            handoff.is_some_and(|handoff| *handoff.connection == **connection)
                        };
                        let expected: Vec<_> = names.iter().filter(of_connection).collect();
                        let handoffs = cache.handoffs(namespace, connection);
                        let handoffs: Vec<_> = handoffs.iter().map(|(name, _)| &**name).collect();
                        prop_assert_eq!(handoffs, expected.into_iter().copied().collect::<Vec<_>>());
                    }
                }
                let state = cache.state.read().unwrap();
                for namespace in state.namespaces.values() {
                    prop_assert!(namespace.handoffs.values().all(|handoffs| !handoffs.is_empty()));
                }
            }
        }
    }
}
