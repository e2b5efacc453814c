//! What the Authorization Code flow wants beside a token request: how a person's consent is asked
//! for, and what becomes of the grant. It decides whether there is a grant, not which token comes: a
//! change of it alone brings no new token.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::connection::endpoint::Endpoint;
use crate::connection::secret_key::SecretKey;

/// How a person's consent is asked for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct DesiredAuthorization {
    /// The authorization endpoint; none where one starts from a refresh token that one has.
    pub endpoint: Option<Endpoint>,
    /// The issuer, where one is known: what `iss` is compared with (RFC 9207).
    pub issuer: Option<String>,
    /// The value of the request parameter `scope`.
    pub scope: Option<String>,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
    /// Further parameters of the authorization request.
    pub parameters: BTreeMap<String, String>,
    /// Whether a code challenge is sent (RFC 7636).
    pub pkce: bool,
    /// Where the request is pushed to (RFC 9126), where that is asked for.
    pub push: Option<Url>,
    /// The account that must give consent.
    pub expected: Option<ExpectedAccount>,
    /// A refresh token to start from.
    pub import: Option<SecretKey>,
    /// What becomes of the grant when the Connection goes.
    pub on_delete: OnDelete,
    /// Where a grant is revoked (RFC 7009), where that is given.
    pub revocation: Option<Url>,
}

/// The account that must give consent; whatever is named must fit.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct ExpectedAccount {
    /// E-mail address; case does not matter.
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
    #[default]
    Retain,
    /// It is revoked at the provider (RFC 7009), then deleted.
    Revoke,
}

impl OnDelete {
    /// Whether the grant Secret belongs to its Connection, so that it goes with it.
    #[must_use]
    pub fn owns(self) -> bool {
        self != Self::Retain
    }
}
