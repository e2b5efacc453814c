//! Configuration of a server at its start. Both servers read the same JSON.

use serde::Serialize;

/// The configuration of an authorization server. Fields left at their default keep the server's
/// own.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// The clients that the server knows.
    pub clients: Vec<Client>,
    /// The audiences that an assertion may name; default: the token endpoint and the issuer.
    /// oidc-provider takes client assertions for its own token endpoint and issuer only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audiences: Option<Vec<String>>,
    /// How far the server's clock is ahead, in seconds: for `exp`, for what it issues and for the
    /// HTTP `Date` header.
    pub clock_offset_seconds: i64,
    /// How far clocks may differ before an assertion is refused, in seconds; default 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leeway_seconds: Option<u32>,
    /// The lifetime of access tokens in seconds; default 3600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_lifetime_seconds: Option<u32>,
    /// Answers leave out `expires_in`. oidc-provider does so for the JWT bearer grant only.
    pub omit_expires_in: bool,
    /// Opaque or JWT access tokens.
    pub access_token: AccessToken,
    /// Whether each refresh gives a new refresh token, and a second use of the old one revokes the
    /// grant; default true. This and what follows is oidc-provider's alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate_refresh_tokens: Option<bool>,
    /// The lifetime of each refresh token in seconds; default 14 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_lifetime_seconds: Option<u32>,
    /// Refuses authorization requests that were not pushed (RFC 9126 section 5).
    pub require_pushed_authorization_requests: bool,
    /// Addresses returned with `email_verified` false; default: all are verified. The address of the
    /// login `ada` is `ada@example.com`; a login with an @ is an address.
    pub unverified_emails: Vec<String>,
}

/// The form of issued access tokens.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AccessToken {
    /// A random string.
    #[default]
    Opaque,
    /// A signed JWT with an `exp` (RFC 9068).
    Jwt,
}

/// One registered client.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// `client_id` (RFC 6749 section 2.2).
    pub client_id: String,
    /// The `iss` of the client's assertions; default: the client id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The client secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// `token_endpoint_auth_method` (RFC 7591): `none`, `client_secret_basic`,
    /// `client_secret_post` or `private_key_jwt`; default `none`. With a client secret method the
    /// JWT bearer grant wants id and secret as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_method: Option<String>,
    /// The PEM certificate or PEM public key that assertions are verified with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The `kid` that the key is registered under. oidc-provider then accepts no other; Authlib does
    /// not look at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// JWS algorithms (RFC 7518) that the client may use; default: every asymmetric one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithms: Option<Vec<String>>,
    /// The subjects that the client may name; default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Vec<String>>,
    /// The scopes that the client may have; default for Authlib: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// `redirect_uris` (RFC 7591), `http` or `https`; with one, oidc-provider gives the client the
    /// authorization code grant and the refresh token grant. A refresh token is given for the scope
    /// `offline_access` with `prompt=consent`, and for nothing else.
    pub redirect_uris: Vec<String>,
}

impl Client {
    /// A client of the JWT bearer grant whose issuer is `issuer`, verified with `public_key`.
    #[must_use]
    pub fn bearer(issuer: &str, public_key: &str) -> Self {
        Self {
            client_id: issuer.to_owned(),
            public_key: Some(public_key.to_owned()),
            ..Self::default()
        }
    }

    /// A client that authenticates with a secret, by HTTP Basic.
    #[must_use]
    pub fn secret_basic(client_id: &str, client_secret: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: Some(client_secret.to_owned()),
            auth_method: Some("client_secret_basic".to_owned()),
            ..Self::default()
        }
    }

    /// A client of the authorization code grant, with a secret by HTTP Basic.
    #[must_use]
    pub fn code(client_id: &str, client_secret: &str, redirect_uri: &str) -> Self {
        Self {
            redirect_uris: vec![redirect_uri.to_owned()],
            ..Self::secret_basic(client_id, client_secret)
        }
    }

    /// A client that authenticates with signed assertions (RFC 7523 section 2.2).
    #[must_use]
    pub fn private_key_jwt(client_id: &str, public_key: &str) -> Self {
        Self {
            auth_method: Some("private_key_jwt".to_owned()),
            ..Self::bearer(client_id, public_key)
        }
    }
}
