//! The facts of the grant Secret, of handoff Secrets and of the finalizer.

use jiff::{SignedDuration, Timestamp};

use crate::api::names::{REVOKE_FINALIZER, grant_secret};
use crate::observation::inputs::SecretLookup;
use crate::observation::observed_connection::ObservedConnection;
use crate::observation::prior_state::PriorState;
use crate::store::secret_summary::SecretSummary;
use connection_core::connection::authorization::{DesiredAuthorization, OnDelete};
use connection_core::connection::desired::Desired;
use connection_core::connection::digest::Digest;
use connection_core::connection::facts::{Activity, FinalizerState};
use connection_core::connection::grant::GrantRecord;
use connection_core::connection::grant_state::{GrantFacts, GrantState};
use connection_core::connection::token_record::TokenRecord;

/// Revocation at the deletion of a Connection is retried for this long.
const REVOKE_TIMEOUT: SignedDuration = SignedDuration::from_mins(1);

/// The Secret with the name of the grant Secret.
pub struct FoundGrantSecret {
    secret: Option<SecretSummary>,
    /// Empty if there is no such Secret.
    pub record: GrantRecord,
}

impl FoundGrantSecret {
    pub fn look_up(observed: &ObservedConnection, secrets: SecretLookup<'_>) -> Self {
        let secret = secrets(&grant_secret(&observed.name));
        let record = secret
            .as_ref()
            .and_then(|secret| GrantRecord::from_annotation(&secret.grant.as_ref()?.record));
        Self { secret, record: record.unwrap_or_default() }
    }

    fn is_foreign(&self, observed: &ObservedConnection) -> bool {
        let is_ours = |secret: &SecretSummary| {
            secret.grant.as_ref().is_some_and(|grant| *grant.connection == *observed.name)
        };
        self.secret.as_ref().is_some_and(|secret| !is_ours(secret))
    }

    fn owner(&self) -> Option<&str> {
        self.secret.as_ref()?.grant.as_ref()?.owner.as_deref()
    }

    /// Returns the digest of all values on which the result of a step depends. Refresh claims are
    /// not among them.
    pub fn basis(
        &self,
        desired: Option<&Desired>,
        secrets: SecretLookup<'_>,
        prior: &PriorState,
    ) -> Digest {
        let GrantRecord { serial, invalidated_at, imported, consent, .. } = &self.record;
        let authorization = desired.and_then(|desired| desired.authorization.as_ref());
        // Names only: a new handoff Secret makes an earlier failure obsolete.
        let handoff: Vec<_> = prior.handoff.iter().map(|(name, _)| name).collect();
        let import = authorization.and_then(|authorization| import_version(authorization, secrets));
        Digest::from_json(&(
            (serial, invalidated_at, imported, consent),
            authorization,
            (handoff, import, self.secret.is_some()),
        ))
    }

    /// Returns the facts; none in flows without a grant Secret.
    pub fn facts(
        &self,
        observed: &ObservedConnection,
        desired: Option<&Desired>,
        published: Option<&TokenRecord>,
        (secrets, prior): (SecretLookup<'_>, &PriorState),
        now: Timestamp,
    ) -> Option<GrantFacts> {
        let desired = desired?;
        let authorization = desired.authorization.as_ref()?;
        let grant = if self.is_foreign(observed) {
            GrantState::NotOwned
        } else {
            state(&self.record, desired, &prior.holder, now)
        };
        let owned = self.owner() == Some(observed.uid.as_str());
        // A Secret without an owner survives the Connection; one of another owner needs the update
        // too.
        let owner_matches = self.secret.is_none()
            || grant == GrantState::NotOwned
            || owned == authorization.on_delete.owns_grant() && (owned || self.owner().is_none());
        let imported = self.record.imported.as_ref();
        // A version is imported once: afterwards the grant has a newer refresh token.
        let import = match (&authorization.import, import_version(authorization, secrets)) {
            (None, _) => false,
            (Some(_), Some(version)) => imported != Some(&version),
            (Some(_), None) => imported.is_none(),
        };
        Some(GrantFacts {
            secret_name: grant_secret(&observed.name),
            state: grant,
            unpublished: self.unpublished(grant, desired, published, now),
            owner_matches,
            handoff: prior.handoff.first().map(|(_, kind)| *kind),
            import,
            // Without an issuer there is no metadata to discover the endpoint from.
            endpoint_known: prior.endpoint_known || authorization.issuer.is_none(),
            exceeds_consent: self.exceeds_consent(authorization),
            started_at: self.record.pending_authorization.as_ref().map(|pending| pending.begun_at),
            consented_at: self.record.consent.as_ref().map(|consent| consent.at),
            invalidated_at: self.record.invalidated_at,
            outcome: self.record.outcome.clone(),
            expires_at: self.record.expires_at,
            expiry_announced_at: self.record.expiry_announced_at,
        })
    }

    /// Returns true if the grant Secret has a valid token that is not in the token Secret.
    fn unpublished(
        &self,
        grant: GrantState,
        desired: &Desired,
        published: Option<&TokenRecord>,
        now: Timestamp,
    ) -> bool {
        // An access token outlives an invalid or missing refresh token.
        let usable = matches!(
            grant,
            GrantState::Active
                | GrantState::Claimed(_)
                | GrantState::Invalidated
                | GrantState::NoRefreshToken
        );
        let newer = published.and_then(|record| record.grant_serial) != Some(self.record.serial);
        let is_valid = |token: &TokenRecord| {
            now < token.expires_at && token.request == Digest::from_json(&desired.request)
        };
        usable && newer && self.record.token.as_deref().is_some_and(is_valid)
    }

    fn exceeds_consent(&self, desired: &DesiredAuthorization) -> bool {
        let consent = self.record.consent.as_ref();
        let consented = consent.and_then(|consent| consent.scopes.as_ref());
        consented.is_some_and(|scopes| desired.scopes.iter().any(|scope| !scopes.contains(scope)))
    }
}

/// Returns the state of a grant as seen by `holder`, whose own claims do not count.
pub fn state(record: &GrantRecord, desired: &Desired, holder: &str, now: Timestamp) -> GrantState {
    let Some(binding) = &record.binding else { return GrantState::Absent };
    // First: for another client or endpoint, nothing else about the grant matters.
    if !binding.matches(&desired.request) {
        GrantState::BindingMismatch
    } else if record.invalidated_at.is_some() {
        GrantState::Invalidated
    } else if record.no_refresh_token {
        GrantState::NoRefreshToken
    } else {
        record.claimed_until(holder, now).map_or(GrantState::Active, GrantState::Claimed)
    }
}

fn import_version(desired: &DesiredAuthorization, secrets: SecretLookup<'_>) -> Option<String> {
    secrets(&desired.import.as_ref()?.secret).map(|secret| secret.version())
}

/// Returns the state of the Connection's finalizer.
pub fn finalizer(observed: &ObservedConnection, desired: Option<&Desired>) -> FinalizerState {
    let metadata = &observed.connection.metadata;
    let has_finalizer = metadata
        .finalizers
        .as_ref()
        .is_some_and(|all| all.iter().any(|name| name == REVOKE_FINALIZER));
    if let (Activity::Deleting, Some(since)) = (observed.activity(), &metadata.deletion_timestamp) {
        // Deletion must not wait for an unavailable provider.
        let until = since.0.checked_add(REVOKE_TIMEOUT).unwrap_or(since.0);
        return if has_finalizer {
            FinalizerState::RevocationPending(until)
        } else {
            FinalizerState::UpToDate
        };
    }
    let Some(desired) = desired else { return FinalizerState::UpToDate };
    let authorization = desired.authorization.as_ref();
    let needs_finalizer = authorization.is_some_and(|it| it.on_delete == OnDelete::Revoke);
    if has_finalizer == needs_finalizer {
        FinalizerState::UpToDate
    } else {
        FinalizerState::NeedsUpdate
    }
}
