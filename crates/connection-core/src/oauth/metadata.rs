//! What a provider says of itself (RFC 8414, `OpenID` Connect Discovery 1.0).

use serde::{Deserialize, Deserializer};
use thiserror::Error;
use url::Url;

use crate::oauth::pkce;

/// What a provider says of itself, as far as it is used here.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Metadata {
    /// Its identifier.
    pub issuer: String,
    /// Where tokens are requested.
    pub token_endpoint: Url,
    /// Where a person gives consent.
    #[serde(default)]
    pub authorization_endpoint: Option<Url>,
    /// Where authorization requests are pushed to (RFC 9126 section 5).
    #[serde(default)]
    pub pushed_authorization_request_endpoint: Option<Url>,
    /// Whether they must be pushed (RFC 9126 section 5).
    #[serde(default, deserialize_with = "or_default")]
    pub require_pushed_authorization_requests: bool,
    /// Whether the answer to an authorization request has `iss` (RFC 9207 section 3).
    #[serde(default, deserialize_with = "or_default")]
    pub authorization_response_iss_parameter_supported: bool,
    /// The code challenge methods, where the provider names them (RFC 8414 section 2).
    #[serde(default)]
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// Where grants are revoked (RFC 7009).
    #[serde(default)]
    pub revocation_endpoint: Option<Url>,
    /// Where the provider tells who gave consent.
    #[serde(default)]
    pub userinfo_endpoint: Option<Url>,
    /// Endpoints for clients that show a certificate (RFC 8705 section 5).
    #[serde(default, deserialize_with = "or_default")]
    pub mtls_endpoint_aliases: Aliases,
}

/// Reads `null` as nothing said.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Endpoints for clients that show a certificate.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Aliases {
    /// Where tokens are requested.
    pub token_endpoint: Option<Url>,
    /// Where authorization requests are pushed to.
    pub pushed_authorization_request_endpoint: Option<Url>,
    /// Where grants are revoked.
    pub revocation_endpoint: Option<Url>,
}

/// Why metadata cannot be used.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum MetadataError {
    /// An endpoint is no endpoint (RFC 6749 section 3.2): with user information or a fragment.
    #[error("the metadata names an endpoint that is no usable URL: give endpoints.token")]
    Endpoint,
    /// It names another issuer: somebody else's metadata (RFC 8414 section 3.3).
    #[error(
        "the metadata contains a different issuer: set endpoints.issuer exactly as the provider does, or set endpoints.token"
    )]
    Issuer,
    /// It is none.
    #[error(
        "there is no metadata with a token endpoint below the issuer: check endpoints.issuer, or give endpoints.token"
    )]
    Unreadable,
}

impl Metadata {
    /// Reads the metadata of an issuer.
    ///
    /// # Errors
    ///
    /// Returns an error when the body is no metadata, or that of another issuer.
    pub fn read(body: &[u8], issuer: &str) -> Result<Self, MetadataError> {
        let metadata: Self = serde_json::from_slice(body).map_err(|_| MetadataError::Unreadable)?;
        if metadata.issuer != issuer {
            return Err(MetadataError::Issuer);
        }
        let aliases = &metadata.mtls_endpoint_aliases;
        let endpoints = [
            Some(&metadata.token_endpoint),
            metadata.authorization_endpoint.as_ref(),
            metadata.pushed_authorization_request_endpoint.as_ref(),
            metadata.revocation_endpoint.as_ref(),
            metadata.userinfo_endpoint.as_ref(),
            aliases.token_endpoint.as_ref(),
            aliases.pushed_authorization_request_endpoint.as_ref(),
            aliases.revocation_endpoint.as_ref(),
        ];
        if endpoints.into_iter().flatten().all(is_endpoint) {
            Ok(metadata)
        } else {
            Err(MetadataError::Endpoint)
        }
    }

    /// The endpoint for a client that does or does not show a certificate.
    #[must_use]
    pub fn token_endpoint(&self, shows_certificate: bool) -> &Url {
        let alias = self.mtls_endpoint_aliases.token_endpoint.as_ref();
        alias.filter(|_| shows_certificate).unwrap_or(&self.token_endpoint)
    }

    /// Where such a client pushes authorization requests to.
    #[must_use]
    pub fn push_endpoint(&self, shows_certificate: bool) -> Option<&Url> {
        let alias = self.mtls_endpoint_aliases.pushed_authorization_request_endpoint.as_ref();
        let own = self.pushed_authorization_request_endpoint.as_ref();
        alias.filter(|_| shows_certificate).or(own)
    }

    /// Where such a client revokes grants.
    #[must_use]
    pub fn revocation_endpoint(&self, shows_certificate: bool) -> Option<&Url> {
        let alias = self.mtls_endpoint_aliases.revocation_endpoint.as_ref();
        alias.filter(|_| shows_certificate).or(self.revocation_endpoint.as_ref())
    }

    /// Whether the provider says that it does not know the code challenge method S256, which it
    /// must (RFC 9700 section 2.1.1).
    #[must_use]
    pub fn lacks_pkce(&self) -> bool {
        let methods = self.code_challenge_methods_supported.as_ref();
        methods.is_some_and(|all| !all.iter().any(|one| one == pkce::METHOD))
    }
}

/// The longest endpoint that is taken, bytes.
const LONGEST_ENDPOINT: usize = 2048;

fn is_endpoint(url: &Url) -> bool {
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    bare && url.as_str().len() <= LONGEST_ENDPOINT
}

/// Where an issuer's metadata may be: after the host (RFC 8414 sections 3 and 5), after the path
/// (`OpenID` Connect Discovery 1.0 section 4, and what some providers make of RFC 8414).
#[must_use]
pub fn locations(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/');
    let at = |path: &str| {
        let mut url = issuer.clone();
        url.set_path(path);
        url
    };
    let mut all = vec![
        at(&format!("{path}/.well-known/openid-configuration")),
        at(&format!("/.well-known/oauth-authorization-server{path}")),
    ];
    if !path.is_empty() {
        all.push(at(&format!("{path}/.well-known/oauth-authorization-server")));
        all.push(at(&format!("/.well-known/openid-configuration{path}")));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{
        "issuer": "https://login.example.com/tenant",
        "token_endpoint": "https://login.example.com/tenant/token",
        "mtls_endpoint_aliases": { "token_endpoint": "https://mtls.example.com/tenant/token" },
        "grant_types_supported": ["client_credentials"]
    }"#;

    #[test]
    fn a_client_that_shows_a_certificate_goes_to_the_alias() {
        let metadata = Metadata::read(BODY, "https://login.example.com/tenant").unwrap();
        assert_eq!(
            metadata.token_endpoint(false).as_str(),
            "https://login.example.com/tenant/token"
        );
        assert_eq!(metadata.token_endpoint(true).as_str(), "https://mtls.example.com/tenant/token");
    }

    #[test]
    fn metadata_of_another_issuer_is_refused() {
        for issuer in [
            "https://login.example.com",
            "https://login.example.com/tenant/",
            "https://LOGIN.example.com/tenant",
        ] {
            assert_eq!(Metadata::read(BODY, issuer), Err(MetadataError::Issuer), "{issuer}");
        }
        assert_eq!(Metadata::read(b"<html>", "https://x"), Err(MetadataError::Unreadable));
    }

    #[test]
    fn an_endpoint_with_user_information_is_refused() {
        let body = String::from_utf8_lossy(BODY).replace("https://mtls.", "https://user:pw@mtls.");
        let read = Metadata::read(body.as_bytes(), "https://login.example.com/tenant");
        assert_eq!(read, Err(MetadataError::Endpoint));
    }

    #[test]
    fn null_says_nothing() {
        let body = String::from_utf8_lossy(BODY).replace(
            r#""grant_types_supported""#,
            r#""require_pushed_authorization_requests": null, "revocation_endpoint": null,
            "authorization_response_iss_parameter_supported": null, "grant_types_supported""#,
        );
        let metadata = Metadata::read(body.as_bytes(), "https://login.example.com/tenant");
        assert!(metadata.is_ok_and(|one| !one.require_pushed_authorization_requests));
    }

    #[test]
    fn metadata_is_looked_for_where_the_standards_put_it() {
        let locations = |issuer: &str| {
            let all = locations(&Url::parse(issuer).unwrap());
            all.into_iter().map(String::from).collect::<Vec<_>>()
        };
        assert_eq!(
            locations("https://login.example.com/tenant"),
            [
                "https://login.example.com/tenant/.well-known/openid-configuration",
                "https://login.example.com/.well-known/oauth-authorization-server/tenant",
                "https://login.example.com/tenant/.well-known/oauth-authorization-server",
                "https://login.example.com/.well-known/openid-configuration/tenant",
            ]
        );
        assert_eq!(
            locations("https://login.example.com"),
            [
                "https://login.example.com/.well-known/openid-configuration",
                "https://login.example.com/.well-known/oauth-authorization-server",
            ]
        );
    }
}
