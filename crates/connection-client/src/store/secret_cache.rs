//! What is known of all watched Secrets: the watch tells, and our own writes tell before it does.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use tokio::sync::Notify;

use crate::store::handoff_secret::HandoffKind;
use crate::store::secret_summary::SecretSummary;

/// What is known of all watched Secrets. Newer knowledge replaces older, whoever brings it: so the
/// answer to our own write counts at once, and a watch that lags behind does not undo it.
#[derive(Default)]
pub struct SecretCache {
    known: RwLock<Known>,
    changed: Notify,
}

#[derive(Default)]
struct Known {
    /// Namespace, then name.
    secrets: HashMap<Box<str>, HashMap<Box<str>, Entry>>,
    /// How many lists have been begun.
    lists: u32,
}

struct Entry {
    facts: SecretSummary,
    /// The list during or after which it was last told.
    list: u32,
}

impl SecretCache {
    /// What is known of a Secret.
    #[must_use]
    pub fn get(&self, namespace: &str, name: &str) -> Option<SecretSummary> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.secrets.get(namespace)?.get(name).map(|entry| entry.facts.clone())
    }

    /// The names of the Secrets that hand something over to a Connection, in order.
    #[must_use]
    pub fn handoffs(&self, namespace: &str, connection: &str) -> Vec<(Box<str>, HandoffKind)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let secrets = known.secrets.get(namespace).into_iter().flatten();
        let mut found: Vec<_> = secrets
            .filter_map(|(name, entry)| {
                let facts = entry.facts.hand_over.as_ref()?;
                (&*facts.connection == connection).then(|| (name.clone(), facts.kind))
            })
            .collect();
        found.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        found
    }

    /// Waits until `look` finds what it looks for, now or after a change.
    pub async fn until<T>(&self, look: impl Fn(&Self) -> Option<T>) -> T {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if let Some(found) = look(self) {
                return found;
            }
            changed.await;
        }
    }

    /// Takes note of a Secret. Returns what was known before, unless that is as new.
    pub fn put(&self, namespace: &str, name: &str, facts: SecretSummary) -> CacheUpdate {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let list = known.lists;
        let secrets = known.secrets.entry(namespace.into()).or_default();
        match secrets.get_mut(name) {
            Some(old) if old.facts.resource_version >= facts.resource_version => {
                old.list = list;
                CacheUpdate::Stale
            }
            _ => {
                let old = secrets.insert(name.into(), Entry { facts, list });
                self.changed.notify_waiters();
                CacheUpdate::Changed(old.map(|entry| entry.facts))
            }
        }
    }

    /// Forgets a Secret that is gone: the one of this uid, not one that took its name since.
    pub fn remove(&self, namespace: &str, name: &str, uid: &str) -> Option<SecretSummary> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let secrets = known.secrets.get_mut(namespace)?;
        if secrets.get(name)?.facts.uid.as_ref() != uid {
            return None;
        }
        let gone = secrets.remove(name).map(|entry| entry.facts);
        self.changed.notify_waiters();
        gone
    }

    /// A list begins. Lists of several namespaces may be made at the same time.
    pub fn start_relist(&self) -> Relist {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.lists += 1;
        Relist(known.lists)
    }

    /// The list of a namespace, or of all where none is given, is complete: forgets every Secret in
    /// it that was not told of since it began, by the list or by those who wrote meanwhile. Returns
    /// namespace and name of the forgotten.
    pub fn finish_relist(
        &self,
        Relist(begun): Relist,
        of: Option<&str>,
    ) -> Vec<(Box<str>, Box<str>)> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut gone = Vec::new();
        for (namespace, secrets) in &mut known.secrets {
            if of.is_some_and(|of| of != &**namespace) {
                continue;
            }
            secrets.retain(|name, entry| {
                let kept = entry.list >= begun;
                if !kept {
                    gone.push((namespace.clone(), name.clone()));
                }
                kept
            });
        }
        gone
    }

    /// Forgets all Secrets of a namespace that is not watched any more.
    pub fn forget_namespace(&self, namespace: &str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).secrets.remove(namespace);
    }
}

/// A list that was begun.
#[derive(Clone, Copy, Debug)]
pub struct Relist(u32);

/// What came of taking note.
#[derive(Debug, Eq, PartialEq)]
pub enum CacheUpdate {
    /// It was known already, or something newer is.
    Stale,
    /// It is new; this was known before.
    Changed(Option<SecretSummary>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(uid: &str, resource_version: u64) -> SecretSummary {
        SecretSummary {
            uid: uid.into(),
            resource_version,
            token: None,
            grant: None,
            hand_over: None,
        }
    }

    #[test]
    fn a_watch_that_lags_behind_does_not_undo_our_own_write() {
        let index = SecretCache::default();
        index.put("ns", "s", facts("u", 5));
        assert_eq!(index.put("ns", "s", facts("u", 4)), CacheUpdate::Stale);
        assert_eq!(index.get("ns", "s"), Some(facts("u", 5)));
    }

    #[tokio::test]
    async fn who_waits_for_a_secret_is_told_at_once_and_misses_nothing() {
        let index = SecretCache::default();
        let there = |version| {
            move |index: &SecretCache| {
                index.get("ns", "s").filter(|one| one.resource_version == version)
            }
        };
        index.put("ns", "s", facts("u", 5));
        assert_eq!(index.until(there(5)).await, facts("u", 5), "what is there already");
        let write = async {
            for version in 6..9 {
                tokio::task::yield_now().await;
                index.put("ns", "s", facts("u", version));
            }
        };
        let (found, ()) = tokio::join!(index.until(there(8)), write);
        assert_eq!(found, facts("u", 8));
    }

    #[test]
    fn a_deletion_told_late_does_not_forget_the_secret_that_took_the_name() {
        let index = SecretCache::default();
        index.put("ns", "s", facts("new", 9));
        assert_eq!(index.remove("ns", "s", "old"), None);
        assert_eq!(index.remove("ns", "s", "new"), Some(facts("new", 9)));
    }

    #[test]
    fn a_new_list_forgets_what_is_gone_and_keeps_what_was_written_meanwhile() {
        let index = SecretCache::default();
        for name in ["kept", "gone"] {
            index.put("ns", name, facts("u", 3));
        }
        let list = index.start_relist();
        index.put("ns", "written", facts("u", 8));
        index.put("ns", "kept", facts("u", 3));
        assert_eq!(index.finish_relist(list, None), vec![("ns".into(), "gone".into())]);
        assert!(index.get("ns", "kept").is_some() && index.get("ns", "written").is_some());
    }

    #[test]
    fn lists_of_two_namespaces_at_once_do_not_disturb_each_other() {
        let index = SecretCache::default();
        for (namespace, name) in [("a", "kept"), ("a", "gone"), ("b", "kept"), ("b", "gone")] {
            index.put(namespace, name, facts("u", 3));
        }
        let of_a = index.start_relist();
        index.put("a", "kept", facts("u", 3));
        let of_b = index.start_relist();
        assert_eq!(index.finish_relist(of_a, Some("a")), vec![("a".into(), "gone".into())]);
        index.put("b", "kept", facts("u", 3));
        assert_eq!(index.finish_relist(of_b, Some("b")), vec![("b".into(), "gone".into())]);
        index.forget_namespace("a");
        assert!(index.get("a", "kept").is_none() && index.get("b", "kept").is_some());
    }
}
