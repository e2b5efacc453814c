//! Decides the next step from facts alone.

use jiff::Timestamp;

use crate::connection::facts::{
    Activity, Facts, FinalizerState, InputState, RenewalState, SpecState, TokenMatch,
    TokenSecretState,
};
use crate::connection::grant_state::{GrantFacts, GrantState, HandoffKind};

/// A single action. After it the facts are observed again, and the plan returns the next step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// Request a token without a grant, and write it.
    RequestToken,
    /// Refresh the grant by the rotation protocol: claim it, send the refresh token once, save the
    /// response.
    RefreshGrant,
    /// Find the authorization endpoint in the issuer's metadata.
    DiscoverAuthorizationEndpoint,
    /// Apply labels, annotations and owner to the token Secret.
    ApplySecretMetadata,
    /// Add or remove the Connection's finalizer.
    UpdateFinalizer,
    /// Create a grant from the refresh token that the spec names.
    ImportRefreshToken,
    /// Set or remove the owner of the grant Secret.
    UpdateGrantOwner,
    /// Copy the token from the grant Secret into the token Secret.
    PublishToken,
    /// Push the authorization request of a handoff (RFC 9126).
    PushAuthorizationRequest,
    /// Read the input Secrets, and compare them with those that the token was issued for.
    CompareInputs,
    /// Exchange the authorization code of a handoff for a grant.
    ExchangeCode,
    /// Remove the finalizer although the grant was not revoked.
    RemoveFinalizer,
    /// Do nothing until then.
    Wait(Requeue),
    /// Revoke the grant at the provider, and remove the finalizer.
    RevokeGrant,
    /// Save a received token response in the grant Secret.
    SaveGrant,
    /// Write a received token into the token Secret.
    WriteToken,
}

impl Step {
    /// Returns true if the step does not lead to a token: while it backs off, tokens are renewed.
    pub fn is_side_step(self) -> bool {
        matches!(
            self,
            Self::DiscoverAuthorizationEndpoint
                | Self::UpdateFinalizer
                | Self::UpdateGrantOwner
                | Self::PublishToken
                | Self::PushAuthorizationRequest
                | Self::ExchangeCode
        )
    }

    /// Returns true if the step sends a token request of its own accord, not for a handoff.
    pub fn requests_token(self) -> bool {
        matches!(self, Self::RequestToken | Self::RefreshGrant)
    }
}

/// When the connection is reconciled again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Requeue {
    /// At this time, or at an earlier change.
    At(Timestamp),
    OnChange,
}

/// Returns the next step.
pub fn next(facts: &Facts, now: Timestamp) -> Step {
    match facts.activity {
        // A received refresh token may be the only valid one: it is saved first, even if the
        // Connection is being deleted.
        _ if facts.unsaved => after_backoff(facts, now, Step::SaveGrant),
        // A received token is written before another one is requested.
        Activity::Active | Activity::Suspended if facts.unwritten => {
            after_backoff(facts, now, Step::WriteToken)
        }
        Activity::Active => active(facts, now),
        // A suspended Connection may be deleted, which needs the right finalizer.
        Activity::Suspended if facts.finalizer == FinalizerState::NeedsUpdate => {
            after_backoff(facts, now, Step::UpdateFinalizer)
        }
        Activity::Suspended => wait_for_change(facts, now),
        Activity::Deleting => match (facts.finalizer, &facts.grant) {
            (FinalizerState::RevocationPending(until), Some(_)) if now < until => {
                revoke(facts, now, until)
            }
            // Out of time, or no facts of a grant, as with an invalid spec: the deletion must not
            // hang.
            (FinalizerState::RevocationPending(_), _) => Step::RemoveFinalizer,
            // Kubernetes deletes the Secrets that the Connection owns.
            _ => Step::Wait(Requeue::OnChange),
        },
    }
}

/// Revokes the grant, and waits at most until `until`: a deletion must not hang.
fn revoke(facts: &Facts, now: Timestamp, until: Timestamp) -> Step {
    match after_backoff(facts, now, Step::RevokeGrant) {
        Step::Wait(Requeue::At(time)) => Step::Wait(Requeue::At(time.min(until))),
        Step::Wait(Requeue::OnChange) => Step::Wait(Requeue::At(until)),
        step => step,
    }
}

/// Returns the first step that is due, otherwise the earliest time at which one is.
fn active(facts: &Facts, now: Timestamp) -> Step {
    let before = side_step(facts).map(|step| after_backoff(facts, now, step));
    // Discovery comes last, because it must not delay a renewal.
    let after = discovery_step(facts).map(|step| after_backoff(facts, now, step));
    let deadline = authorization_deadline(facts, now);
    let idle = Step::Wait(deadline.map_or(Requeue::OnChange, Requeue::At));
    let all = before.into_iter().chain([renewal(facts, now)]).chain(after);
    all.fold(idle, |first, next| match first {
        Step::Wait(requeue) => earliest(next, requeue),
        step => step,
    })
}

fn is_actionable(facts: &Facts) -> bool {
    // If the token Secret is not owned, a token could not be written, so none is requested.
    let inaccessible = matches!(facts.inputs, InputState::Inaccessible(_));
    !inaccessible
        && facts.spec == SpecState::Valid
        && facts.token_secret != TokenSecretState::NotOwned
}

/// Returns a step that precedes the renewal of the token.
fn side_step(facts: &Facts) -> Option<Step> {
    // Even without access to the Secrets: a deletion may come at any time.
    if facts.finalizer == FinalizerState::NeedsUpdate {
        return Some(Step::UpdateFinalizer);
    }
    facts.grant.as_ref().filter(|_| is_actionable(facts)).and_then(grant_step)
}

/// A user may authorize again at any time, so the endpoint is discovered even if a grant exists.
fn discovery_step(facts: &Facts) -> Option<Step> {
    // Discovery needs the proxy and the truststore, which are inputs.
    let ready = is_actionable(facts) && !matches!(facts.inputs, InputState::Unusable(_));
    let unknown = facts
        .grant
        .as_ref()
        .is_some_and(|grant| !grant.endpoint_known && grant.state != GrantState::NotOwned);
    (ready && unknown).then_some(Step::DiscoverAuthorizationEndpoint)
}

fn renewal(facts: &Facts, now: Timestamp) -> Step {
    if !is_actionable(facts) {
        return wait_for_change(facts, now);
    }
    let token = match &facts.token_secret {
        TokenSecretState::Present(token) => Some(token),
        TokenSecretState::NotOwned | TokenSecretState::Absent => None,
    };
    let requested = facts.renewal == RenewalState::Requested;
    let due = token.is_none_or(|token| token.matches == TokenMatch::Outdated || token.due <= now);
    match &facts.inputs {
        // Even if the token is due: a request without its inputs cannot be composed.
        InputState::Unusable(_) | InputState::Inaccessible(_) => wait_for_change(facts, now),
        // A new version with the same content needs no token, but only reading it shows that.
        InputState::VersionChanged if !(requested || due) => {
            after_backoff(facts, now, Step::CompareInputs)
        }
        InputState::Changed => request(facts, now),
        _ if requested || due => request(facts, now),
        _ => match token {
            Some(token) if token.matches == TokenMatch::MetadataOutdated => {
                after_backoff(facts, now, Step::ApplySecretMetadata)
            }
            Some(token) => Step::Wait(Requeue::At(token.due)),
            // Not reached: without a token, one is due.
            None => wait_for_change(facts, now),
        },
    }
}

/// Returns a step of the grant that precedes the renewal of the token.
fn grant_step(grant: &GrantFacts) -> Option<Step> {
    match grant.handoff {
        // Handoffs come first, because a code expires soon (RFC 6749 section 4.1.2).
        Some(HandoffKind::AuthorizationResponse) => Some(Step::ExchangeCode),
        Some(HandoffKind::AuthorizationRequest) => Some(Step::PushAuthorizationRequest),
        None if grant.unpublished => Some(Step::PublishToken),
        None if !grant.owner_matches => Some(Step::UpdateGrantOwner),
        None => None,
    }
}

/// Requests a token, unless a user must authorize the connection first.
fn request(facts: &Facts, now: Timestamp) -> Step {
    let Some(grant) = &facts.grant else {
        return after_backoff(facts, now, Step::RequestToken);
    };
    match grant.state {
        GrantState::Active => after_backoff(facts, now, Step::RefreshGrant),
        // Another replica is sending the refresh token: sending it twice may cost the grant.
        GrantState::Claimed(until) => Step::Wait(Requeue::At(or_expiry(facts, now, until))),
        GrantState::NotOwned => wait_for_change(facts, now),
        _ if grant.import => after_backoff(facts, now, Step::ImportRefreshToken),
        _ => wait_for_change(facts, now),
    }
}

/// Returns the step, or a wait if its last failure has not been backed off from.
fn after_backoff(facts: &Facts, now: Timestamp, step: Step) -> Step {
    let failure = if step.is_side_step() { &facts.side_failure } else { &facts.failure };
    match failure {
        None => step,
        Some(failure) => match failure.retry_at {
            Some(time) if time <= now => step,
            Some(time) => Step::Wait(Requeue::At(or_expiry(facts, now, time))),
            None => wait_for_change(facts, now),
        },
    }
}

/// Waits for a change. The conditions also change when the token or a pending authorization expires.
fn wait_for_change(facts: &Facts, now: Timestamp) -> Step {
    let expiry = facts.valid_token(now).map(|token| token.lifetime.expires_at);
    let deadline = authorization_deadline(facts, now);
    Step::Wait(expiry.into_iter().chain(deadline).min().map_or(Requeue::OnChange, Requeue::At))
}

fn authorization_deadline(facts: &Facts, now: Timestamp) -> Option<Timestamp> {
    facts.grant.as_ref().and_then(|grant| grant.authorization_deadline(now))
}

/// Returns the step; a wait ends at the earlier of the two times.
fn earliest(step: Step, requeue: Requeue) -> Step {
    match (step, requeue) {
        (Step::Wait(Requeue::At(time)), Requeue::At(other)) => {
            Step::Wait(Requeue::At(time.min(other)))
        }
        (Step::Wait(Requeue::OnChange), requeue) => Step::Wait(requeue),
        (step, _) => step,
    }
}

/// Returns `time`, or the expiry of the valid token if that is earlier.
fn or_expiry(facts: &Facts, now: Timestamp, time: Timestamp) -> Timestamp {
    // At the expiry the conditions change, even if the step still waits.
    facts.valid_token(now).map_or(time, |token| token.lifetime.expires_at.min(time))
}

#[cfg(test)]
mod consent_tests;
#[cfg(test)]
mod tests;
