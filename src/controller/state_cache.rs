//! What the operator remembers of a Connection between two looks at it: never what it could read
//! from the cluster, always what a restart can do without.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use connection_client::api::status::ConnectionStatus;
use connection_client::net::transport::Transport;
use connection_client::store::allowed_hosts::AllowedHosts;
use connection_core::connection::digest::Digest;
use connection_core::connection::failure_record::FailureRecord;
use connection_core::connection::grant::{AuthorizationOutcome, Binding, Consent, GrantRecord};
use connection_core::connection::material::Material;
use connection_core::connection::plan::Step;
use connection_core::connection::token::Token;

/// What is remembered, by the Connections' uids.
#[derive(Default)]
pub(super) struct StateCache(Mutex<HashMap<Box<str>, ConnectionState>>);

/// What is remembered of one Connection.
#[derive(Default)]
pub(super) struct ConnectionState {
    /// The term of leadership in which it was made.
    term: u64,
    /// The last failure of a token step, until a token step succeeds.
    pub failure: Option<Box<FailureRecord>>,
    /// The last failure of a side step, until a side step succeeds.
    pub side_failure: Option<Box<FailureRecord>>,
    /// A token that was received and is not written down yet.
    pub unwritten_token: Option<Arc<Token>>,
    /// An answer that was received and is not in the grant Secret yet.
    pub pending_grant: Option<Arc<PendingGrant>>,
    /// Where to send a person to, and what it was found out for.
    pub authorization_endpoint: Option<Box<ResolvedAuthorizationEndpoint>>,
    /// The status that was written last, until the watch has told of it.
    pub written_status: Option<Box<WrittenStatus>>,
    /// The secrets that were opened last.
    pub inputs: Option<Arc<LoadedInputs>>,
}

impl ConnectionState {
    /// The last failure among the steps that a step belongs to.
    pub(super) fn last_failure(&mut self, step: Step) -> &mut Option<Box<FailureRecord>> {
        if step.is_side_step() { &mut self.side_failure } else { &mut self.failure }
    }
}

/// An answer that brought a grant or kept one alive.
pub(super) struct PendingGrant {
    /// The access token.
    pub token: Arc<Token>,
    /// The refresh token, where the answer has one; else the old one stays.
    pub refresh_token: Option<SecretString>,
    /// When the refresh token expires, where the answer says so.
    pub expires_at: Option<Timestamp>,
    /// What the grant is bound to.
    pub binding: Binding,
    /// The consent, where it is a new one.
    pub consent: Option<Consent>,
    /// What the authorization came to, where it is a new one.
    pub outcome: Option<AuthorizationOutcome>,
    /// What it follows on.
    pub follows: GrantVersion,
    /// Whether the grant Secret belongs to its Connection.
    pub owned: bool,
}

/// The grant that an answer follows on: who finds another is late.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct GrantVersion {
    /// Its serial.
    pub serial: u64,
    /// When consent was given to it.
    pub consented_at: Option<Timestamp>,
}

impl GrantVersion {
    /// That which stands there now.
    #[must_use]
    pub(super) fn of(record: &GrantRecord) -> Self {
        let consented_at = record.consent.as_ref().map(|one| one.at);
        Self { serial: record.serial, consented_at }
    }
}

/// Where to send a person to.
pub(super) struct ResolvedAuthorizationEndpoint {
    /// The generation of the spec that it was found out for.
    pub generation: Option<i64>,
    /// The authorization endpoint.
    pub endpoint: Option<Url>,
    /// Whether the request must be pushed.
    pub pushed: bool,
}

/// A status that was written.
#[derive(Clone, Debug)]
pub(super) struct WrittenStatus {
    /// The resource version of the Connection after the write.
    pub resource_version: u64,
    /// The status.
    pub status: ConnectionStatus,
}

/// Secrets that were read and opened.
pub(super) struct LoadedInputs {
    /// The digest of the request's part of the spec that they were read for.
    pub request_digest: Digest,
    /// The digest of the transport's part of the spec that they were read for.
    pub transport_digest: Digest,
    /// The digest of the versions of all of them.
    pub versions: Digest,
    /// The digest of the versions of those that decide which token comes.
    pub request_versions: Digest,
    /// What is in them.
    pub material: Material,
    /// How the request travels.
    pub transport: Transport,
    /// Where the Secrets may be sent to.
    pub allowed_hosts: Box<[AllowedHosts]>,
    /// Whether they say what the held token was made from, where that was compared.
    pub matches_token: Option<bool>,
}

impl StateCache {
    /// Looks at or changes what is remembered of a Connection.
    pub(super) fn with<T>(&self, uid: &str, look: impl FnOnce(&mut ConnectionState) -> T) -> T {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = memory.get_mut(uid) {
            return look(state);
        }
        look(memory.entry(uid.into()).or_default())
    }

    /// Forgets what another leader may have made untrue: what was remembered in an earlier term. The
    /// cluster says what is true, and that a token is due where the one in memory was not written. An
    /// answer that is not saved yet stays: it says itself what it follows on.
    pub(super) fn begin(&self, uid: &str, term: u64) {
        self.with(uid, |state| {
            if state.term != term {
                // A refresh token that was received is lost nowhere else than here.
                *state = ConnectionState {
                    term,
                    pending_grant: state.pending_grant.take(),
                    ..ConnectionState::default()
                };
            }
        });
    }

    /// Forgets a Connection.
    pub(super) fn forget(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }

    /// Forgets every Connection that is not among these.
    pub(super) fn retain(&self, alive: &HashSet<String>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|uid, _| alive.contains(uid.as_ref()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_term_begins_without_memories_and_the_same_one_goes_on_with_them() {
        let memory = StateCache::default();
        let reported = WrittenStatus { resource_version: 7, status: ConnectionStatus::default() };
        memory.with("uid", |state| state.written_status = Some(Box::new(reported)));
        for (term, kept) in [(0, true), (1, false)] {
            memory.begin("uid", term);
            assert_eq!(
                memory.with("uid", |state| state.written_status.is_some()),
                kept,
                "term {term}"
            );
        }
    }
}
