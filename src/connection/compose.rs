//! The token request of a connection, put together from what it wants and the secrets it uses.

use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use crate::connection::desired::{Client, DesiredAssertion, DesiredRequest, Grant};
use crate::connection::fault::Fault;
use crate::connection::material::{AssertionMaterial, Material};
use crate::flow::{client_credentials, jwt_bearer};
use crate::oauth::assertion::{self, Sent};
use crate::oauth::client_authentication::{ClientAuthentication, JWT_BEARER_CLIENT_ASSERTION};
use crate::oauth::expiry as oauth_expiry;
use crate::oauth::request::TokenRequest;

/// A request and what its assertion says.
#[derive(Debug)]
pub struct Composed {
    /// The request.
    pub request: TokenRequest,
    /// What the assertion says, where one was signed.
    pub sent: Option<Sent>,
}

/// Puts a token request to `endpoint` together at `now`; the nonces make the assertions unique.
///
/// # Errors
///
/// Returns a fault when an assertion cannot be made.
pub fn compose(
    desired: &DesiredRequest,
    endpoint: &Url,
    material: &Material,
    now: Timestamp,
    nonces: [[u8; 16]; 2],
) -> Result<Composed, Fault> {
    let mut sent = None;
    let scope = desired.scope.as_deref();
    let grant = match &desired.grant {
        Grant::ClientCredentials { grant_type } => {
            let grant_type = grant_type.as_deref().unwrap_or(client_credentials::GRANT_TYPE);
            client_credentials::parameters(grant_type, scope)
        }
        Grant::JwtBearer(wanted) => {
            let made = make(wanted, material.grant.as_ref(), now, nonces[0])?;
            sent = made.sent;
            let grant_type = made.assertion_type.unwrap_or(jwt_bearer::GRANT_TYPE);
            jwt_bearer::parameters(grant_type, &made.text, scope)
        }
    };
    let secret = || material.client_secret.clone().ok_or_else(Fault::material_missing);
    let client = match &desired.client {
        Client::Anonymous => ClientAuthentication::Anonymous,
        Client::Certificate { id } | Client::Identified { id } => {
            ClientAuthentication::Identified { id: id.clone() }
        }
        Client::SecretBasic { id, .. } => {
            ClientAuthentication::SecretBasic { id: id.clone(), secret: secret()? }
        }
        Client::SecretPost { id, .. } => {
            ClientAuthentication::SecretPost { id: id.clone(), secret: secret()? }
        }
        Client::Assertion { id, send_id, assertion } => {
            let made = make(assertion, material.client.as_ref(), now, nonces[1])?;
            sent = sent.or(made.sent);
            ClientAuthentication::Assertion {
                assertion: made.text,
                assertion_type: made
                    .assertion_type
                    .unwrap_or(JWT_BEARER_CLIENT_ASSERTION)
                    .to_owned(),
                id: send_id.then(|| id.clone()),
            }
        }
    };
    let request = TokenRequest::new(endpoint.clone(), grant, &client, &further(desired, material));
    Ok(Composed { request, sent })
}

struct Made<'a> {
    text: SecretString,
    assertion_type: Option<&'a str>,
    sent: Option<Sent>,
}

fn make<'a>(
    wanted: &'a DesiredAssertion,
    material: Option<&AssertionMaterial>,
    now: Timestamp,
    nonce: [u8; 16],
) -> Result<Made<'a>, Fault> {
    match (wanted, material) {
        (DesiredAssertion::Signed(wanted), Some(AssertionMaterial::Signed(signer))) => {
            let made = assertion::sign(&wanted.template, signer, now, nonce)
                .map_err(|error| Fault::of_assertion(&error, wanted.key.field))?;
            Ok(Made { text: made.jwt, assertion_type: None, sent: Some(made.sent) })
        }
        (
            DesiredAssertion::Ready { assertion_type, value },
            Some(AssertionMaterial::Ready(text)),
        ) => {
            if oauth_expiry::has_ended(text, now) {
                return Err(Fault::assertion_expired(value.field));
            }
            Ok(Made {
                text: SecretString::clone(text),
                assertion_type: (!assertion_type.is_empty()).then_some(assertion_type.as_str()),
                sent: None,
            })
        }
        _ => Err(Fault::material_missing()),
    }
}

fn further(desired: &DesiredRequest, material: &Material) -> Vec<(String, SecretString)> {
    let plain =
        desired.parameters.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
    plain.chain(material.parameters.iter().cloned()).collect()
}
