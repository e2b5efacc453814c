//! The facts of a person's consent, of the grant Secret and of what was handed over.

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

/// How long revoking is tried.
const REVOKE_FOR: SignedDuration = SignedDuration::from_mins(1);

/// What stands under the grant Secret's name.
pub struct FoundGrantSecret {
    secret: Option<SecretSummary>,
    /// What it remembers; nothing, where it is not there.
    pub record: GrantRecord,
}

impl FoundGrantSecret {
    /// Looks the grant Secret up.
    #[must_use]
    pub fn of(subject: &ObservedConnection, secrets: SecretLookup<'_>) -> Self {
        let secret = secrets(&grant_secret(&subject.name));
        let record = secret
            .as_ref()
            .and_then(|one| GrantRecord::from_annotation(&one.grant.as_ref()?.record));
        Self { secret, record: record.unwrap_or_default() }
    }

    fn is_foreign(&self, subject: &ObservedConnection) -> bool {
        let ours = |one: &SecretSummary| {
            one.grant.as_ref().is_some_and(|grant| *grant.connection == *subject.name)
        };
        self.secret.as_ref().is_some_and(|one| !ours(one))
    }

    fn owner(&self) -> Option<&str> {
        self.secret.as_ref()?.grant.as_ref()?.owner.as_deref()
    }

    /// The digest of what the outcome of a step depends on; a claim is no part of it.
    #[must_use]
    pub fn basis(
        &self,
        desired: Option<&Desired>,
        secrets: SecretLookup<'_>,
        known: &PriorState,
    ) -> Digest {
        let GrantRecord { serial, invalidated_at, imported, consent, .. } = &self.record;
        let authorization = desired.and_then(|one| one.authorization.as_ref());
        let handoff: Vec<_> = known.handoff.iter().map(|(name, _)| name).collect();
        let import = authorization.and_then(|one| import_version(one, secrets));
        Digest::from_json(&(
            (serial, invalidated_at, imported, consent),
            authorization,
            (handoff, import, self.secret.is_some()),
        ))
    }

    /// The facts, in the flow that has them.
    #[must_use]
    pub fn facts(
        &self,
        subject: &ObservedConnection,
        desired: Option<&Desired>,
        published: Option<&TokenRecord>,
        (secrets, known): (SecretLookup<'_>, &PriorState),
        now: Timestamp,
    ) -> Option<GrantFacts> {
        let desired = desired?;
        let authorization = desired.authorization.as_ref()?;
        let grant = if self.is_foreign(subject) {
            GrantState::NotOwned
        } else {
            state(&self.record, desired, &known.holder, now)
        };
        let owned = self.owner() == Some(subject.uid.as_str());
        let owner_matches = self.secret.is_none()
            || grant == GrantState::NotOwned
            || owned == authorization.on_delete.owns_grant() && (owned || self.owner().is_none());
        let imported = self.record.imported.as_ref();
        let import = match (&authorization.import, import_version(authorization, secrets)) {
            (None, _) => false,
            (Some(_), Some(version)) => imported != Some(&version),
            (Some(_), None) => imported.is_none(),
        };
        Some(GrantFacts {
            secret_name: grant_secret(&subject.name),
            state: grant,
            unpublished: self.unpublished(grant, desired, published, now),
            owner_matches,
            handoff: known.handoff.first().map(|(_, kind)| *kind),
            import,
            endpoint_known: known.endpoint_known || authorization.issuer.is_none(),
            exceeds_consent: self.exceeds_consent(authorization),
            started_at: self.record.pending_authorization.as_ref().map(|one| one.begun_at),
            consented_at: self.record.consent.as_ref().map(|one| one.at),
            invalidated_at: self.record.invalidated_at,
            outcome: self.record.outcome.clone(),
            expires_at: self.record.expires_at,
            expiry_announced_at: self.record.expiry_announced_at,
        })
    }

    /// Whether the token that is here is good and is not the one in the token Secret.
    fn unpublished(
        &self,
        grant: GrantState,
        desired: &Desired,
        published: Option<&TokenRecord>,
        now: Timestamp,
    ) -> bool {
        let usable = matches!(
            grant,
            GrantState::Active
                | GrantState::Claimed(_)
                | GrantState::Invalidated
                | GrantState::NoRefreshToken
        );
        let newer = published.and_then(|one| one.grant_serial) != Some(self.record.serial);
        let good = |token: &TokenRecord| {
            now < token.expires_at && token.request == Digest::from_json(&desired.request)
        };
        usable && newer && self.record.token.as_deref().is_some_and(good)
    }

    fn exceeds_consent(&self, desired: &DesiredAuthorization) -> bool {
        let asked = self.record.consent.as_ref().and_then(|one| one.scopes.as_ref());
        asked.is_some_and(|asked| desired.scopes.iter().any(|one| !asked.contains(one)))
    }
}

/// What a grant is worth for `holder`.
#[must_use]
pub fn state(record: &GrantRecord, desired: &Desired, holder: &str, now: Timestamp) -> GrantState {
    let Some(binding) = &record.binding else { return GrantState::Absent };
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
    secrets(&desired.import.as_ref()?.secret).map(|one| one.version())
}

/// The fact that the Connection's finalizer is.
#[must_use]
pub fn finalizer(subject: &ObservedConnection, desired: Option<&Desired>) -> FinalizerState {
    let metadata = &subject.connection.metadata;
    let there = metadata
        .finalizers
        .as_ref()
        .is_some_and(|all| all.iter().any(|one| one == REVOKE_FINALIZER));
    if let (Activity::Deleting, Some(since)) = (subject.activity(), &metadata.deletion_timestamp) {
        let until = since.0.checked_add(REVOKE_FOR).unwrap_or(since.0);
        return if there {
            FinalizerState::RevocationPending(until)
        } else {
            FinalizerState::UpToDate
        };
    }
    let Some(desired) = desired else { return FinalizerState::UpToDate };
    let wanted =
        desired.authorization.as_ref().is_some_and(|one| one.on_delete == OnDelete::Revoke);
    if there == wanted { FinalizerState::UpToDate } else { FinalizerState::NeedsUpdate }
}
