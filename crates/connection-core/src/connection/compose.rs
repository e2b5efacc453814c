//! Composes the token request of a connection from the desired state and the secrets.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use crate::connection::desired::{Client, DesiredAssertion, DesiredGrant, DesiredRequest};
use crate::connection::error::ConnectionError;
use crate::connection::material::{AssertionMaterial, Material};
use crate::flow::authorization_code::{self, Code};
use crate::flow::{client_credentials, jwt_bearer, refresh_token};
use crate::oauth::assertion::{AssertionSummary, sign};
use crate::oauth::client_authentication::{ClientAuthentication, JWT_BEARER_CLIENT_ASSERTION};
use crate::oauth::expiry::is_expired;
use crate::oauth::parameters::Parameters;
use crate::oauth::request::TokenRequest;

/// A request and the claims of its assertion.
#[derive(Debug)]
pub struct Composed {
    pub request: TokenRequest,
    /// The claims of the assertion, if one was signed.
    pub sent: Option<AssertionSummary>,
}

/// Composes a token request to `endpoint` at `now`. The nonces make the assertions unique.
///
/// # Errors
///
/// Returns an error if an assertion cannot be signed.
pub fn compose(
    desired: &DesiredRequest,
    endpoint: &Url,
    material: &Material,
    now: Timestamp,
    nonces: [[u8; 16]; 2],
) -> Result<Composed, ConnectionError> {
    let scope = desired.scope.as_deref();
    let mut grant_assertion = None;
    let grant = match &desired.grant {
        DesiredGrant::ClientCredentials { grant_type } => {
            let grant_type = grant_type.as_deref().unwrap_or(client_credentials::GRANT_TYPE);
            client_credentials::parameters(grant_type, scope)
        }
        DesiredGrant::JwtBearer(desired) => {
            let made = make(desired, material.grant.as_ref(), now, nonces[0])?;
            grant_assertion = made.sent;
            let grant_type = made.assertion_type.unwrap_or(jwt_bearer::GRANT_TYPE);
            jwt_bearer::parameters(grant_type, &made.text, scope)
        }
        // A code or a refresh token is needed: see `code_or_refresh_request`.
        DesiredGrant::AuthorizationCode { .. } => return Err(ConnectionError::material_missing()),
    };
    let further = further(&desired.parameters, material);
    // A second nonce: two assertions in one request need different `jti` (RFC 7519 section 4.1.7).
    let composed = authenticated(desired, endpoint, material, grant, &further, (now, nonces[1]))?;
    // Messages describe one assertion: that of the grant names the subject of the token.
    Ok(Composed { sent: grant_assertion.or(composed.sent), ..composed })
}

/// Composes the request that exchanges a code or a refresh token.
///
/// # Errors
///
/// As [`compose`].
pub fn code_or_refresh_request(
    desired: &DesiredRequest,
    endpoint: &Url,
    material: &Material,
    presented: &Presented<'_>,
    (now, nonce): (Timestamp, [u8; 16]),
) -> Result<Composed, ConnectionError> {
    let empty = BTreeMap::new();
    let (grant, parameters) = match (presented, &desired.grant) {
        // `desired.parameters` contains only what the exchange repeats (RFC 8707 section 2.2).
        (Presented::Code(code), _) => (authorization_code::parameters(code), &desired.parameters),
        // Without `scope`, the new token keeps the granted scopes (RFC 6749 section 6).
        (
            Presented::RefreshToken(token),
            DesiredGrant::AuthorizationCode { refresh_parameters, .. },
        ) => (refresh_token::parameters(token), refresh_parameters),
        (Presented::RefreshToken(token), _) => (refresh_token::parameters(token), &empty),
    };
    let further = further(parameters, material);
    authenticated(desired, endpoint, material, grant, &further, (now, nonce))
}

/// Composes a request of `form` and the client's authentication.
///
/// # Errors
///
/// As [`compose`].
pub fn authenticated(
    desired: &DesiredRequest,
    endpoint: &Url,
    material: &Material,
    form: Parameters,
    further: &[(String, SecretString)],
    (now, nonce): (Timestamp, [u8; 16]),
) -> Result<Composed, ConnectionError> {
    let (client, sent) = client(desired, material, now, nonce)?;
    let request = TokenRequest::new(endpoint.clone(), form, &client, further);
    Ok(Composed { request, sent })
}

/// The credential that is exchanged for a token.
pub enum Presented<'a> {
    Code(&'a Code),
    RefreshToken(&'a SecretString),
}

fn client(
    desired: &DesiredRequest,
    material: &Material,
    now: Timestamp,
    nonce: [u8; 16],
) -> Result<(ClientAuthentication, Option<AssertionSummary>), ConnectionError> {
    let secret = || material.client_secret.clone().ok_or_else(ConnectionError::material_missing);
    let client = match &desired.client {
        Client::None => ClientAuthentication::None,
        // Next to a certificate, the body still contains `client_id` (RFC 8705 section 2).
        Client::TlsClientAuth { id } | Client::Public { id } => {
            ClientAuthentication::Public { id: id.clone() }
        }
        Client::ClientSecretBasic { id, .. } => {
            ClientAuthentication::ClientSecretBasic { id: id.clone(), secret: secret()? }
        }
        Client::ClientSecretPost { id, .. } => {
            ClientAuthentication::ClientSecretPost { id: id.clone(), secret: secret()? }
        }
        Client::PrivateKeyJwt { id, send_id, assertion } => {
            let made = make(assertion, material.client.as_ref(), now, nonce)?;
            let client = ClientAuthentication::Assertion {
                assertion: made.text,
                assertion_type: made
                    .assertion_type
                    .unwrap_or(JWT_BEARER_CLIENT_ASSERTION)
                    .to_owned(),
                id: send_id.then(|| id.clone()),
            };
            return Ok((client, made.sent));
        }
    };
    Ok((client, None))
}

/// Returns one assertion, as a request that is composed at `now` sends it.
///
/// # Errors
///
/// As [`compose`].
pub fn assertion(
    desired: &DesiredAssertion,
    material: Option<&AssertionMaterial>,
    now: Timestamp,
    nonce: [u8; 16],
) -> Result<SecretString, ConnectionError> {
    make(desired, material, now, nonce).map(|made| made.text)
}

struct Made<'a> {
    text: SecretString,
    assertion_type: Option<&'a str>,
    sent: Option<AssertionSummary>,
}

fn make<'a>(
    desired: &'a DesiredAssertion,
    material: Option<&AssertionMaterial>,
    now: Timestamp,
    nonce: [u8; 16],
) -> Result<Made<'a>, ConnectionError> {
    match (desired, material) {
        (DesiredAssertion::Signed(assertion), Some(AssertionMaterial::Signed(signer))) => {
            let made = sign(&assertion.template, signer, now, nonce).map_err(|error| {
                ConnectionError::from_assertion_error(&error, assertion.key.field)
            })?;
            Ok(Made { text: made.jwt, assertion_type: None, sent: Some(made.sent) })
        }
        (
            DesiredAssertion::Static { assertion_type, value },
            Some(AssertionMaterial::Static(text)),
        ) => {
            // The error response of the provider would not name the cause.
            if is_expired(text, now) {
                return Err(ConnectionError::assertion_expired(value.field));
            }
            Ok(Made {
                // `text.clone()` would clone the `Arc`.
                text: SecretString::clone(text),
                assertion_type: (!assertion_type.is_empty()).then_some(assertion_type.as_str()),
                sent: None,
            })
        }
        _ => Err(ConnectionError::material_missing()),
    }
}

fn further(
    parameters: &BTreeMap<String, String>,
    material: &Material,
) -> Vec<(String, SecretString)> {
    let plain = parameters.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
    plain.chain(material.parameters.iter().cloned()).collect()
}
