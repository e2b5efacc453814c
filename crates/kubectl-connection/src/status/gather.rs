//! Builds the view of a Connection from its snapshot.

use jiff::Timestamp;

use crate::conditions::ConditionsView;
use crate::status::snapshot::{SecretVisibility, Snapshot};
use crate::status::view::{
    Event, GrantView, Input, InputKey, SecretState, TokenSecretView, TokenView, View,
};
use connection_client::api::status::ConnectionStatus;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::secret_data::DEFAULT_HEADER_PREFIX;
use connection_core::connection::secret_ref::SecretRef;

/// Returns the view of a Connection at `now`.
pub(super) fn view(snapshot: &Snapshot, events: Option<Vec<Event>>, now: Timestamp) -> View {
    let connection = &snapshot.connection.connection;
    let status = connection.status.clone().unwrap_or_default();
    let desired = snapshot.desired.as_ref();
    let endpoint = desired.map(|desired| match &desired.request.endpoint {
        Endpoint::Url(url) => url.to_string(),
        Endpoint::FromMetadata(issuer) => issuer.clone(),
    });
    View {
        namespace: snapshot.connection.namespace.clone(),
        name: snapshot.connection.name.clone(),
        generation: connection.metadata.generation,
        flow: connection.spec.flow.as_str().to_owned(),
        endpoint,
        conditions: ConditionsView::from_status(connection, now),
        token: token(&status),
        secret: token_secret(snapshot),
        grant: grant(snapshot, &status),
        inputs: inputs(snapshot),
        next: status.next,
        events,
    }
}

fn token(status: &ConnectionStatus) -> Option<TokenView> {
    let group = status.connection_group.as_ref().filter(|group| group.expires_at.is_some())?;
    Some(TokenView {
        kind: group.token_type.clone().unwrap_or_else(|| DEFAULT_HEADER_PREFIX.to_owned()),
        scopes: group.scopes.clone(),
        issued_at: group.issued_at,
        expires_at: group.expires_at,
        expiry_source: group.expiry_source.clone(),
    })
}

fn state(secret: Option<&SecretVisibility>) -> SecretState {
    match secret {
        Some(SecretVisibility::Forbidden) => SecretState::Forbidden,
        Some(SecretVisibility::Present(_)) => SecretState::Present,
        Some(SecretVisibility::Missing) | None => SecretState::Missing,
    }
}

fn token_secret(snapshot: &Snapshot) -> TokenSecretView {
    let name = snapshot.token_secret.clone();
    if snapshot.has_conflict() {
        // The keys of a Secret of another owner are not shown.
        return TokenSecretView { name, state: SecretState::NotOwned, keys: Vec::new() };
    }
    let secret = snapshot.secrets.get(&name);
    let keys = secret.and_then(SecretVisibility::present).map(|secret| &secret.keys);
    TokenSecretView {
        name,
        state: state(secret),
        keys: keys.into_iter().flatten().cloned().collect(),
    }
}

fn grant(snapshot: &Snapshot, status: &ConnectionStatus) -> Option<GrantView> {
    let state = state(snapshot.secrets.get(&snapshot.grant_secret));
    let authorization = status.authorization.clone();
    // Other flows have no grant, but the Secret can remain from an earlier flow.
    if authorization.is_none() && state != SecretState::Present {
        return None;
    }
    let authorization = authorization.unwrap_or_default();
    Some(GrantView {
        secret: snapshot.grant_secret.clone(),
        state,
        account: authorization.account,
        authorized_at: authorization.authorized_at,
        expires_at: authorization.grant_expires_at,
        redirect_uri: authorization.redirect_uri,
    })
}

/// Groups the keys that the operator reads by Secret.
fn inputs(snapshot: &Snapshot) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    // The Secrets that the operator writes have their own lines.
    for reference in snapshot.refs.iter().filter(|reference| !reference.role.is_output()) {
        let secret = snapshot.secrets.get(&reference.name);
        let key = key(reference, secret);
        match inputs.iter_mut().find(|input| input.secret == reference.name) {
            Some(input) => input.keys.push(key),
            None => inputs.push(Input {
                secret: reference.name.clone(),
                state: state(secret),
                keys: vec![key],
            }),
        }
    }
    inputs
}

fn key(reference: &SecretRef, access: Option<&SecretVisibility>) -> InputKey {
    let secret = access.and_then(SecretVisibility::present);
    let found =
        secret.and_then(|secret| reference.keys.iter().find(|key| secret.keys.contains(*key)));
    // A Secret that the caller may not read can have the key nevertheless.
    let readable = !matches!(access, Some(SecretVisibility::Forbidden));
    InputKey {
        field: reference.field,
        name: found.cloned().unwrap_or_else(|| reference.keys.join(" or ")),
        exists: readable.then_some(found.is_some()),
    }
}
