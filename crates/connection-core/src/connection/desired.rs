//! The desired state of a connection: a spec that is valid by construction.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::connection::authorization::DesiredAuthorization;
use crate::connection::digest::Digest;
use crate::connection::endpoint::Endpoint;
use crate::connection::flow::Flow;
use crate::connection::secret_key::SecretKey;
use crate::connection::secret_ref::SecretRefs;
use crate::keys::algorithm::Algorithm;
use crate::oauth::assertion::AssertionTemplate;
use crate::oauth::token_response::rules::ResponseRules;

/// The desired state of a connection.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The flow of the spec, for messages and metrics.
    pub flow: Flow,
    /// The token request. A change to it requires a new token.
    pub request: DesiredRequest,
    pub transport: DesiredTransport,
    /// How token responses are read.
    pub answer: ResponseRules,
    pub refresh: RefreshPolicy,
    pub output: DesiredSecret,
    /// How a user authorizes the connection, in the Authorization Code flow.
    pub authorization: Option<DesiredAuthorization>,
    /// All references of the spec to Secrets.
    pub secret_refs: SecretRefs,
}

/// A token request. Its JSON form is part of recorded digests.
#[derive(Clone, Debug, Serialize)]
pub struct DesiredRequest {
    // Renaming or reordering a field changes the digests, and an upgrade would renew every token.
    pub endpoint: Endpoint,
    pub grant: DesiredGrant,
    pub client: Client,
    /// The TLS client certificate and its key.
    pub identity: Option<KeyLocation>,
    /// The request parameter `scope`.
    pub scope: Option<String>,
    /// The requested scopes, in the body or in the assertion.
    pub scopes: Vec<String>,
    /// Further parameters.
    pub parameters: BTreeMap<String, String>,
    /// Further parameters whose values are in Secrets.
    pub secret_parameters: BTreeMap<String, SecretKey>,
}

/// The authorization grant (RFC 6749 section 1.3).
#[derive(Clone, Debug, Serialize)]
pub enum DesiredGrant {
    /// The client's own credentials (RFC 6749 section 4.4).
    ClientCredentials {
        /// `grant_type`, if the provider deviates from RFC 6749.
        grant_type: Option<String>,
    },
    /// A code once (RFC 6749 section 4.1), then refresh tokens (RFC 6749 section 6).
    AuthorizationCode {
        /// The refresh endpoint, if it is not the token endpoint.
        refresh_endpoint: Option<Url>,
        /// Further parameters of refresh requests.
        refresh_parameters: BTreeMap<String, String>,
    },
    /// An assertion (RFC 7521 section 4.1).
    JwtBearer(DesiredAssertion),
}

/// How the client authenticates.
#[derive(Clone, Debug, Serialize)]
pub enum Client {
    /// Not at all: the assertion that is the grant identifies the client.
    None,
    /// With an assertion (RFC 7523 section 2.2).
    PrivateKeyJwt {
        id: String,
        /// `client_id` is sent in addition to the assertion.
        send_id: bool,
        assertion: DesiredAssertion,
    },
    /// With the TLS client certificate (RFC 8705 section 2).
    TlsClientAuth { id: String },
    /// With `client_id` alone.
    Public { id: String },
    /// With `client_id` and secret in the Authorization header.
    ClientSecretBasic { id: String, secret: SecretKey },
    /// With `client_id` and secret in the body.
    ClientSecretPost { id: String, secret: SecretKey },
}

impl Client {
    /// Returns true if the authentication puts `client_id` into the body.
    pub fn puts_id_in_body(&self) -> bool {
        match self {
            // Basic sends the id in the header (RFC 6749 section 2.3.1).
            Self::None | Self::ClientSecretBasic { .. } => false,
            Self::PrivateKeyJwt { send_id, .. } => *send_id,
            Self::TlsClientAuth { .. } | Self::Public { .. } | Self::ClientSecretPost { .. } => {
                true
            }
        }
    }

    /// Returns `client_id`, if there is one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::PrivateKeyJwt { id, .. }
            | Self::TlsClientAuth { id }
            | Self::Public { id }
            | Self::ClientSecretBasic { id, .. }
            | Self::ClientSecretPost { id, .. } => Some(id),
        }
    }
}

/// An assertion (RFC 7521).
#[derive(Clone, Debug, Serialize)]
pub enum DesiredAssertion {
    /// Read from a Secret.
    Static {
        /// `grant_type` or `client_assertion_type`; empty for a JWT.
        assertion_type: String,
        value: SecretKey,
    },
    /// Signed for each request.
    Signed(Box<SignedAssertion>),
}

/// An assertion that is signed for each request.
#[derive(Clone, Debug, Serialize)]
pub struct SignedAssertion {
    pub template: AssertionTemplate,
    /// The permitted algorithms, the preferred one first; empty for the default of the key.
    pub algorithms: Vec<Algorithm>,
    pub key: KeyLocation,
    /// The certificate for the header, instead of that of the keystore.
    pub certificate: Option<SecretKey>,
}

/// A private key in a keystore.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct KeyLocation {
    /// The path of the field that names the keystore.
    pub field: &'static str,
    /// Name of the Secret.
    pub secret: String,
    /// Key of the keystore in the Secret; none for a well-known key.
    pub key: Option<String>,
    /// Key of the keystore's password.
    pub password_key: Option<String>,
    /// Key of the private key's password.
    pub key_password_key: Option<String>,
    pub alias: Option<String>,
}

/// How requests reach the provider. It decides whether the operator gets a token, not which one, so
/// a change to it requests no new token.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct DesiredTransport {
    /// Authorities in addition to the public ones, or in place of them.
    pub truststore: Option<TruststoreLocation>,
    /// Name of the Secret with the proxy.
    pub proxy: Option<String>,
}

/// A truststore in a Secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct TruststoreLocation {
    /// Name of the Secret.
    pub secret: String,
    /// Key in the Secret; none for a well-known key.
    pub key: Option<String>,
    /// The truststore replaces the public authorities.
    pub alone: bool,
}

/// The field of the spec that names the truststore.
pub const TRUSTSTORE_FIELD: &str = "spec.tls.truststoreRef";

/// The field of the spec that names the proxy.
pub const PROXY_FIELD: &str = "spec.proxyRef";

/// When the token is renewed, in seconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RefreshPolicy {
    /// Time before the expiry.
    pub before: Option<u32>,
    /// Longest interval.
    pub every: Option<u32>,
    /// Longest interval that keeps a grant from expiring for inactivity.
    pub keep_alive: Option<u32>,
    /// Token lifetime of the preset, if the response states none.
    pub preset_lifetime: Option<u32>,
}

/// The token Secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct DesiredSecret {
    /// Name of the token Secret.
    pub name: String,
    pub format: SecretFormat,
    /// Prefix of the Authorization header.
    pub header_prefix: String,
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
}

/// Names of the keys in the Secret. Plain (the default): `access_token`, `token_type`,
/// `expires_at`, `scope`, `authorization`, and what else the provider returns. CloudStreams: the
/// property names of a CloudStreams connection, for example `oauth.accessToken`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum SecretFormat {
    /// `access_token`, `token_type`, `expires_at`, `scope`, `authorization`, and what else the
    /// provider returns.
    #[default]
    Plain,
    /// The property names of a CloudStreams connection, for example `oauth.accessToken`.
    CloudStreams,
}

impl DesiredSecret {
    /// Returns the digest of the settings that shape the Secret's data.
    pub fn data_digest(&self) -> Digest {
        // The name is not included, because `spec.secret.name` is immutable.
        Digest::from_json(&(self.format, &self.header_prefix))
    }

    /// Returns the digest of the labels and annotations.
    pub fn metadata_digest(&self) -> Digest {
        Digest::from_json(&(&self.labels, &self.annotations))
    }
}

impl DesiredRequest {
    /// Returns the assertion that is the grant.
    pub fn grant_assertion(&self) -> Option<&DesiredAssertion> {
        match &self.grant {
            DesiredGrant::JwtBearer(assertion) => Some(assertion),
            DesiredGrant::ClientCredentials { .. } | DesiredGrant::AuthorizationCode { .. } => None,
        }
    }

    /// Returns the assertion that authenticates the client.
    pub fn client_assertion(&self) -> Option<&DesiredAssertion> {
        match &self.client {
            Client::PrivateKeyJwt { assertion, .. } => Some(assertion),
            _ => None,
        }
    }

    /// Returns the assertions of a request, that of the grant first.
    pub fn assertions(&self) -> impl Iterator<Item = &DesiredAssertion> {
        [self.grant_assertion(), self.client_assertion()].into_iter().flatten()
    }

    /// Returns the assertion of the grant, or that of the client.
    pub fn assertion(&self) -> Option<&DesiredAssertion> {
        self.grant_assertion().or(self.client_assertion())
    }
}

impl DesiredAssertion {
    /// Returns a claim of a signed assertion, if it is a string.
    pub fn claim(&self, name: &str) -> Option<&str> {
        match self {
            // The desired state contains no secrets, so the claims are unknown.
            Self::Static { .. } => None,
            Self::Signed(signed) => {
                signed.template.claims.get(name).and_then(|claim| claim.as_str())
            }
        }
    }
}
