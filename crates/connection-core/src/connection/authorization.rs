//! The part of a spec that only the Authorization Code flow has: how a user authorizes, and what
//! happens to the grant. It decides whether there is a grant, not which token the provider issues, so
//! a change to it requests no new token.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::connection::endpoint::Endpoint;
use crate::connection::secret_key::SecretKey;
use crate::oauth::authorization::AuthorizationRequest;

/// How a user authorizes a connection.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct DesiredAuthorization {
    /// The authorization endpoint; none if the grant starts with an imported refresh token.
    pub endpoint: Option<Endpoint>,
    /// The issuer that `iss` must match (RFC 9207), if known.
    pub issuer: Option<String>,
    /// The request parameter `scope`.
    pub scope: Option<String>,
    /// The requested scopes.
    pub scopes: Vec<String>,
    /// Further parameters of the authorization request.
    pub parameters: BTreeMap<String, String>,
    /// The request has a code challenge (RFC 7636).
    pub pkce: bool,
    /// The pushed authorization request endpoint (RFC 9126), if the spec sets one.
    pub push: Option<Url>,
    /// The account that must give consent.
    pub expected: Option<ExpectedAccount>,
    /// The refresh token to import.
    pub import: Option<SecretKey>,
    pub on_delete: OnDelete,
    /// The revocation endpoint (RFC 7009), if the spec sets one.
    pub revocation: Option<Url>,
}

impl DesiredAuthorization {
    /// Returns the authorization request (RFC 6749 section 4.1.1).
    pub fn request(
        &self,
        client_id: &str,
        redirect_uri: &str,
        state: &str,
        code_challenge: Option<String>,
    ) -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            scope: self.scope.clone(),
            state: state.to_owned(),
            code_challenge,
            parameters: self.parameters.clone(),
        }
    }
}

/// The account that must give consent. Every field that is set must match.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct ExpectedAccount {
    /// Email address, compared without case.
    pub email: Option<String>,
    /// Subject identifier.
    pub sub: Option<String>,
}

/// What happens to the grant when the Connection is deleted. Retain (the default): it stays, and a
/// Connection of the same name, endpoint and client uses it again. Delete: it is deleted. Revoke: it
/// is revoked at the provider (RFC 7009), then deleted.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum OnDelete {
    /// It is deleted.
    Delete,
    /// It stays, and a Connection of the same name, endpoint and client uses it again.
    // Only a user can replace a deleted grant, so deletion is opt-in.
    #[default]
    Retain,
    /// It is revoked at the provider (RFC 7009), then deleted.
    Revoke,
}

impl OnDelete {
    /// Returns true if the Connection owns the grant Secret, which is then deleted with it.
    pub fn owns_grant(self) -> bool {
        self != Self::Retain
    }
}
