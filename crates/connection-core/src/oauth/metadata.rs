//! Authorization server metadata (RFC 8414, `OpenID` Connect Discovery 1.0).

use serde::{Deserialize, Deserializer};
use thiserror::Error;
use url::Url;

use crate::oauth::pkce;

/// The fields of the metadata that the operator uses.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Metadata {
    pub issuer: String,
    pub token_endpoint: Url,
    #[serde(default)]
    pub authorization_endpoint: Option<Url>,
    /// RFC 9126 section 5.
    #[serde(default)]
    pub pushed_authorization_request_endpoint: Option<Url>,
    /// RFC 9126 section 5.
    #[serde(default, deserialize_with = "or_default")]
    pub require_pushed_authorization_requests: bool,
    /// The authorization response contains `iss` (RFC 9207 section 3).
    #[serde(default, deserialize_with = "or_default")]
    pub authorization_response_iss_parameter_supported: bool,
    /// `None` if the provider does not state them (RFC 8414 section 2).
    #[serde(default)]
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// RFC 7009.
    #[serde(default)]
    pub revocation_endpoint: Option<Url>,
    #[serde(default)]
    pub userinfo_endpoint: Option<Url>,
    /// Endpoints for mutual TLS (RFC 8705 section 5).
    #[serde(default, deserialize_with = "or_default")]
    pub mtls_endpoint_aliases: Aliases,
}

/// Deserializes `null` as the default.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Endpoints for clients with a certificate.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Aliases {
    pub token_endpoint: Option<Url>,
    pub pushed_authorization_request_endpoint: Option<Url>,
    pub revocation_endpoint: Option<Url>,
}

/// The metadata cannot be used.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum MetadataError {
    /// An endpoint has user information or a fragment (RFC 6749 section 3.2), or is too long.
    #[error("the metadata contains an endpoint that is not a valid URL: set endpoints.token")]
    Endpoint,
    /// The metadata must be rejected if the issuer differs (RFC 8414 section 3.3).
    #[error(
        "the metadata contains a different issuer: set endpoints.issuer exactly as the provider does, or set endpoints.token"
    )]
    Issuer,
    #[error(
        "no metadata with a token endpoint found for the issuer: check endpoints.issuer, or set endpoints.token"
    )]
    Unreadable,
}

impl Metadata {
    /// Parses and validates the metadata of an issuer.
    pub fn parse(body: &[u8], issuer: &str) -> Result<Self, MetadataError> {
        let metadata: Self = serde_json::from_slice(body).map_err(|_| MetadataError::Unreadable)?;
        // As text: URL normalization would accept issuers that the RFC calls different.
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

    /// Returns the token endpoint; with `mtls`, the alias for mutual TLS if there is one.
    pub fn token_endpoint(&self, mtls: bool) -> &Url {
        let alias = self.mtls_endpoint_aliases.token_endpoint.as_ref();
        alias.filter(|_| mtls).unwrap_or(&self.token_endpoint)
    }

    /// Returns the pushed authorization request endpoint; with `mtls`, preferably its alias.
    pub fn push_endpoint(&self, mtls: bool) -> Option<&Url> {
        let alias = self.mtls_endpoint_aliases.pushed_authorization_request_endpoint.as_ref();
        alias.filter(|_| mtls).or(self.pushed_authorization_request_endpoint.as_ref())
    }

    /// Returns the revocation endpoint; with `mtls`, preferably its alias.
    pub fn revocation_endpoint(&self, mtls: bool) -> Option<&Url> {
        let alias = self.mtls_endpoint_aliases.revocation_endpoint.as_ref();
        alias.filter(|_| mtls).or(self.revocation_endpoint.as_ref())
    }

    /// Returns true if the provider lists its code challenge methods without S256, which it must
    /// support (RFC 9700 section 2.1.1).
    pub fn lacks_pkce(&self) -> bool {
        let methods = self.code_challenge_methods_supported.as_ref();
        // A provider that lists none may still support S256.
        methods.is_some_and(|methods| !methods.iter().any(|method| method == pkce::METHOD))
    }
}

/// Longest endpoint that is accepted, bytes.
const MAX_ENDPOINT_BYTES: usize = 2048;

fn is_endpoint(url: &Url) -> bool {
    // A fragment is not allowed, and credentials of a URL would be shown in status.
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    bare && url.as_str().len() <= MAX_ENDPOINT_BYTES
}

/// Returns the URLs at which the metadata of an issuer may be served, in the order of use.
///
/// RFC 8414 (sections 3 and 5) inserts the well-known path after the host; `OpenID` Connect
/// Discovery 1.0 (section 4) and some providers append it to the path.
pub fn well_known_urls(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/');
    let at = |path: &str| {
        let mut url = issuer.clone();
        url.set_path(path);
        url
    };
    let mut urls = vec![
        at(&format!("{path}/.well-known/openid-configuration")),
        at(&format!("/.well-known/oauth-authorization-server{path}")),
    ];
    if !path.is_empty() {
        urls.push(at(&format!("{path}/.well-known/oauth-authorization-server")));
        urls.push(at(&format!("/.well-known/openid-configuration{path}")));
    }
    urls
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
    fn a_client_with_a_certificate_uses_the_mtls_alias() {
        let metadata = Metadata::parse(BODY, "https://login.example.com/tenant").unwrap();
        assert_eq!(
            metadata.token_endpoint(false).as_str(),
            "https://login.example.com/tenant/token"
        );
        assert_eq!(metadata.token_endpoint(true).as_str(), "https://mtls.example.com/tenant/token");
    }

    #[test]
    fn metadata_of_a_different_issuer_is_rejected() {
        for issuer in [
            "https://login.example.com",
            "https://login.example.com/tenant/",
            "https://LOGIN.example.com/tenant",
        ] {
            assert_eq!(Metadata::parse(BODY, issuer), Err(MetadataError::Issuer), "{issuer}");
        }
        assert_eq!(Metadata::parse(b"<html>", "https://x"), Err(MetadataError::Unreadable));
    }

    #[test]
    fn an_endpoint_with_user_information_is_rejected() {
        let body = String::from_utf8_lossy(BODY).replace("https://mtls.", "https://user:pw@mtls.");
        let metadata = Metadata::parse(body.as_bytes(), "https://login.example.com/tenant");
        assert_eq!(metadata, Err(MetadataError::Endpoint));
    }

    #[test]
    fn null_is_the_same_as_an_absent_field() {
        let body = String::from_utf8_lossy(BODY).replace(
            r#""grant_types_supported""#,
            r#""require_pushed_authorization_requests": null, "revocation_endpoint": null,
            "authorization_response_iss_parameter_supported": null, "grant_types_supported""#,
        );
        let metadata = Metadata::parse(body.as_bytes(), "https://login.example.com/tenant");
        assert!(metadata.is_ok_and(|metadata| !metadata.require_pushed_authorization_requests));
    }

    #[test]
    fn the_well_known_urls_are_those_of_the_standards() {
        let urls = |issuer: &str| {
            let urls = well_known_urls(&Url::parse(issuer).unwrap());
            urls.into_iter().map(String::from).collect::<Vec<_>>()
        };
        assert_eq!(
            urls("https://login.example.com/tenant"),
            [
                "https://login.example.com/tenant/.well-known/openid-configuration",
                "https://login.example.com/.well-known/oauth-authorization-server/tenant",
                "https://login.example.com/tenant/.well-known/oauth-authorization-server",
                "https://login.example.com/.well-known/openid-configuration/tenant",
            ]
        );
        assert_eq!(
            urls("https://login.example.com"),
            [
                "https://login.example.com/.well-known/openid-configuration",
                "https://login.example.com/.well-known/oauth-authorization-server",
            ]
        );
    }
}
