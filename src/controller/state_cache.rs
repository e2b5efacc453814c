//! The state of each Connection between two reconciliations. It contains nothing that the cluster
//! stores, and nothing that a restart may not lose.

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
use connection_core::connection::grant::{
    AuthorizationOutcome, Consent, GrantBinding, GrantRecord,
};
use connection_core::connection::material::Material;
use connection_core::connection::plan::Step;
use connection_core::connection::token::Token;

/// The states by uid.
#[derive(Default)]
pub(super) struct StateCache(Mutex<HashMap<Box<str>, ConnectionState>>);

#[derive(Default)]
pub(super) struct ConnectionState {
    /// The term of leadership in which the state was created.
    term: u64,
    /// The last failure of a token step, until a token step succeeds.
    pub failure: Option<Box<FailureRecord>>,
    /// The last failure of a side step, until a side step succeeds.
    pub side_failure: Option<Box<FailureRecord>>,
    /// A received token that is not in the token Secret yet.
    pub unwritten_token: Option<Arc<Token>>,
    /// A received token response that is not in the grant Secret yet.
    pub pending_grant: Option<Arc<PendingGrant>>,
    pub authorization_endpoint: Option<Box<ResolvedAuthorizationEndpoint>>,
    /// The status that was written last, until the watch reports it.
    pub written_status: Option<Box<WrittenStatus>>,
    /// The inputs that were loaded last.
    pub inputs: Option<Arc<LoadedInputs>>,
}

impl ConnectionState {
    /// Returns the last failure of the steps of the same kind: side steps, or all others.
    pub(super) fn last_failure(&mut self, step: Step) -> &mut Option<Box<FailureRecord>> {
        if step.is_side_step() { &mut self.side_failure } else { &mut self.failure }
    }
}

/// A token response that has to be saved in the grant Secret.
pub(super) struct PendingGrant {
    pub token: Arc<Token>,
    /// The refresh token of the response; none if the old one stays valid.
    pub refresh_token: Option<SecretString>,
    /// When the refresh token expires, if the response states it.
    pub expires_at: Option<Timestamp>,
    pub binding: GrantBinding,
    /// None if the response refreshed an existing grant.
    pub consent: Option<Consent>,
    /// None if the response refreshed an existing grant.
    pub outcome: Option<AuthorizationOutcome>,
    /// The grant that the request was made from.
    pub follows: GrantVersion,
    /// True if the grant Secret has the Connection as owner.
    pub owned: bool,
}

/// Identifies a grant, so that an older response does not replace a newer one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct GrantVersion {
    pub serial: u64,
    pub consented_at: Option<Timestamp>,
}

impl GrantVersion {
    pub(super) fn from_record(record: &GrantRecord) -> Self {
        let consented_at = record.consent.as_ref().map(|consent| consent.at);
        Self { serial: record.serial, consented_at }
    }
}

/// The authorization endpoint of a spec.
pub(super) struct ResolvedAuthorizationEndpoint {
    /// The generation of the spec.
    pub generation: Option<i64>,
    pub endpoint: Option<Url>,
    /// True if the authorization request must be pushed.
    pub pushed: bool,
}

#[derive(Clone, Debug)]
pub(super) struct WrittenStatus {
    /// The resource version of the Connection after the write.
    pub resource_version: u64,
    pub status: ConnectionStatus,
}

/// The content of the Secrets that a request uses.
pub(super) struct LoadedInputs {
    /// Digest of the desired request.
    pub request_digest: Digest,
    /// Digest of the desired transport.
    pub transport_digest: Digest,
    /// Digest of the versions of all Secrets.
    pub versions: Digest,
    /// Digest of the versions of the Secrets that decide which token is issued.
    pub request_versions: Digest,
    pub material: Material,
    pub transport: Transport,
    pub allowed_hosts: Box<[AllowedHosts]>,
    /// True if the stored token was requested with the same content; none if not compared.
    pub matches_token: Option<bool>,
}

impl StateCache {
    /// Reads or changes the state of a Connection, which is created if there is none.
    pub(super) fn with<T>(&self, uid: &str, apply: impl FnOnce(&mut ConnectionState) -> T) -> T {
        // A poisoned lock is used, because a panic of one reconciliation must not stop all others.
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked up first, because `entry` would copy the uid each time.
        if let Some(state) = states.get_mut(uid) {
            return apply(state);
        }
        apply(states.entry(uid.into()).or_default())
    }

    /// Drops the state of an earlier term, which another leader may have made outdated. A pending grant
    /// is kept, because [`GrantVersion`] shows whether it is outdated. An unwritten token is requested
    /// again.
    pub(super) fn begin(&self, uid: &str, term: u64) {
        self.with(uid, |state| {
            if state.term != term {
                // A refresh token that was received exists only here.
                *state = ConnectionState {
                    term,
                    pending_grant: state.pending_grant.take(),
                    ..ConnectionState::default()
                };
            }
        });
    }

    pub(super) fn forget(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }

    /// Drops the states of Connections that are not in `alive`.
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
    fn a_new_term_drops_the_state_of_the_earlier_one() {
        let states = StateCache::default();
        let written = WrittenStatus { resource_version: 7, status: ConnectionStatus::default() };
        states.with("uid", |state| state.written_status = Some(Box::new(written)));
        for (term, kept) in [(0, true), (1, false)] {
            states.begin("uid", term);
            assert_eq!(
                states.with("uid", |state| state.written_status.is_some()),
                kept,
                "term {term}"
            );
        }
    }
}
