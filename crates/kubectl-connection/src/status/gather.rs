//! From what was read to what is shown.

use jiff::Timestamp;

use crate::conditions::ConditionsView;
use crate::snapshot::{SecretAccess, Snapshot};
use crate::status::view::{
    Event, Grant, Input, InputKey, Next, SecretState, Token, TokenSecret, View,
};
use connection_client::api::status::ConnectionStatus;
use connection_client::observation::desired;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::facts::{Facts, TokenSecretState};
use connection_core::connection::next_action::{NextAction, next_action};
use connection_core::connection::secret_data::DEFAULT_HEADER_PREFIX;
use connection_core::connection::secret_ref::{SecretRef, SecretRefs};

/// What is shown of a Connection at `now`.
pub(super) fn view(look: &Snapshot, events: Option<Vec<Event>>, now: Timestamp) -> View {
    let connection = &look.subject.connection;
    let status = connection.status.clone().unwrap_or_default();
    let observation = look.observation.as_ref();
    let desired = desired::desired_state(connection).ok();
    let generation = connection.metadata.generation;
    let endpoint = desired.as_ref().map(|one| match &one.request.endpoint {
        Endpoint::Url(url) => url.to_string(),
        Endpoint::FromMetadata(issuer) => issuer.clone(),
    });
    View {
        namespace: look.subject.namespace.clone(),
        name: look.subject.name.clone(),
        flow: connection.spec.flow.as_str().to_owned(),
        endpoint,
        up_to_date: status.observed_generation == generation,
        saying: ConditionsView::of(connection, observation, now),
        token: token(look, &status),
        secret: token_secret(look),
        grant: grant(look, &status),
        inputs: desired.map(|desired| inputs(look, &desired.secret_refs)).unwrap_or_default(),
        next: observation
            .map_or_else(|| unknown(&status), |observation| next(&observation.facts, now)),
        events,
    }
}

/// The token, from its own record, else from what the status says of it.
fn token(look: &Snapshot, status: &ConnectionStatus) -> Option<Token> {
    let usual = || DEFAULT_HEADER_PREFIX.to_owned();
    let group = status.connection_group.as_ref();
    let Some(observation) = &look.observation else {
        let group = group.filter(|group| group.expires_at.is_some())?;
        return Some(Token {
            kind: group.token_type.clone().unwrap_or_else(usual),
            scopes: group.scopes.clone(),
            issued_at: group.issued_at,
            expires_at: group.expires_at,
            expiry_source: group.expiry_source.clone(),
        });
    };
    let record = observation.record.as_ref()?;
    let asked = || observation.desired.as_ref().map(|one| one.request.scopes.clone());
    Some(Token {
        kind: record.token_type.clone().unwrap_or_else(usual),
        scopes: record.scopes.clone().or_else(asked).unwrap_or_default(),
        issued_at: Some(record.issued_at),
        expires_at: Some(record.expires_at),
        expiry_source: Some(format!("{:?}", record.expiry_source)),
    })
}

fn state(seen: Option<&SecretAccess>) -> SecretState {
    match seen {
        Some(SecretAccess::Hidden) => SecretState::Forbidden,
        Some(SecretAccess::SecretView(_)) => SecretState::Present,
        Some(SecretAccess::Missing) | None => SecretState::Missing,
    }
}

fn token_secret(look: &Snapshot) -> TokenSecret {
    let seen = look.secrets.get(&look.token_secret);
    let foreign = look
        .observation
        .as_ref()
        .is_some_and(|one| one.facts.token_secret == TokenSecretState::NotOwned);
    let there = seen.and_then(SecretAccess::there).filter(|_| !foreign);
    TokenSecret {
        name: look.token_secret.clone(),
        state: if foreign { SecretState::NotOwned } else { state(seen) },
        // The names of another's data are not ours to tell.
        keys: there.map(|one| one.keys.iter().cloned().collect()).unwrap_or_default(),
    }
}

fn grant(look: &Snapshot, status: &ConnectionStatus) -> Option<Grant> {
    let state = state(look.secrets.get(&look.grant_secret));
    let known = status.authorization.clone();
    if known.is_none() && state != SecretState::Present {
        return None;
    }
    let known = known.unwrap_or_default();
    Some(Grant {
        secret: look.grant_secret.clone(),
        state,
        account: known.account,
        authorized_at: known.authorized_at,
        expires_at: known.grant_expires_at,
        redirect_uri: known.redirect_uri,
    })
}

/// The Secrets that are read, each once, with the keys that are looked for.
fn inputs(look: &Snapshot, refs: &SecretRefs) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    for reference in refs.iter().filter(|reference| !reference.role.is_output()) {
        let seen = look.secrets.get(&reference.name);
        let key = key(reference, seen);
        match inputs.iter_mut().find(|known| known.secret == reference.name) {
            Some(known) => known.keys.push(key),
            None => inputs.push(Input {
                secret: reference.name.clone(),
                state: state(seen),
                keys: vec![key],
            }),
        }
    }
    inputs
}

fn key(reference: &SecretRef, seen: Option<&SecretAccess>) -> InputKey {
    let there = seen.and_then(SecretAccess::there);
    let found = there.and_then(|one| reference.keys.iter().find(|key| one.keys.contains(*key)));
    let known = !matches!(seen, Some(SecretAccess::Hidden));
    InputKey {
        field: reference.field,
        name: found.cloned().unwrap_or_else(|| reference.keys.join(" or ")),
        there: known.then_some(found.is_some()),
    }
}

fn next(facts: &Facts, now: Timestamp) -> Next {
    let NextAction { action, time, message } = next_action(facts, now);
    Next { action: Some(action), time, message }
}

fn unknown(status: &ConnectionStatus) -> Next {
    Next {
        action: None,
        time: status.connection_group.as_ref().and_then(|group| group.next_refresh_at),
        message: "from status (not verified)".to_owned(),
    }
}
