//! What a spec asks for: valid by construction.

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

/// What a spec asks for.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The flow that the rest was made of, to call it by its name.
    pub flow: Flow,
    /// What a token request is made of: another one means another token.
    pub request: DesiredRequest,
    /// How requests travel.
    pub transport: DesiredTransport,
    /// How answers are read.
    pub answer: ResponseRules,
    /// When the token is renewed.
    pub refresh: RefreshPolicy,
    /// Where the token is written to.
    pub output: Output,
    /// How a person's consent is asked for, in the flow that needs one.
    pub authorization: Option<DesiredAuthorization>,
    /// All references of the Connection to Secrets.
    pub secret_refs: SecretRefs,
}

/// What a token request is made of.
#[derive(Clone, Debug, Serialize)]
pub struct DesiredRequest {
    /// The token endpoint.
    pub endpoint: Endpoint,
    /// The grant.
    pub grant: Grant,
    /// How the client says who it is.
    pub client: Client,
    /// The certificate that the client shows when it connects, and its key.
    pub identity: Option<KeyLocation>,
    /// The value of the request parameter `scope`, where there is one.
    pub scope: Option<String>,
    /// The scopes that are asked for, in the body or in the assertion.
    pub scopes: Vec<String>,
    /// Further parameters.
    pub parameters: BTreeMap<String, String>,
    /// Further parameters whose values are in Secrets.
    pub secret_parameters: BTreeMap<String, SecretKey>,
}

/// A way to obtain a token.
#[derive(Clone, Debug, Serialize)]
pub enum Grant {
    /// The client's own credentials (RFC 6749 section 4.4).
    ClientCredentials {
        /// `grant_type`, where the provider has a name of its own for it.
        grant_type: Option<String>,
    },
    /// What a person consented to: a code once (RFC 6749 section 4.1), a refresh token from then on
    /// (RFC 6749 section 6).
    AuthorizationCode {
        /// Where refresh tokens are sent, where it is not the token endpoint.
        refresh_endpoint: Option<Url>,
        /// Further parameters of a refresh request.
        refresh_parameters: BTreeMap<String, String>,
    },
    /// An assertion (RFC 7521 section 4.1).
    JwtBearer(DesiredAssertion),
}

/// How the client says who it is.
#[derive(Clone, Debug, Serialize)]
pub enum Client {
    /// It does not: the grant's assertion does.
    None,
    /// By an assertion; the identifier is sent beside it where it is given.
    PrivateKeyJwt {
        /// The identifier.
        id: String,
        /// Whether the identifier is sent beside the assertion.
        send_id: bool,
        /// The assertion.
        assertion: DesiredAssertion,
    },
    /// By the certificate that it shows when it connects (RFC 8705 section 2).
    TlsClientAuth {
        /// The identifier.
        id: String,
    },
    /// By its identifier alone.
    Public {
        /// The identifier.
        id: String,
    },
    /// By identifier and secret in the header.
    ClientSecretBasic {
        /// The identifier.
        id: String,
        /// Where the secret is.
        secret: SecretKey,
    },
    /// By identifier and secret in the body.
    ClientSecretPost {
        /// The identifier.
        id: String,
        /// Where the secret is.
        secret: SecretKey,
    },
}

impl Client {
    /// Whether the identifier is in the body of a request by the way in which the client says who it
    /// is.
    #[must_use]
    pub fn puts_id_in_body(&self) -> bool {
        match self {
            Self::None | Self::ClientSecretBasic { .. } => false,
            Self::PrivateKeyJwt { send_id, .. } => *send_id,
            Self::TlsClientAuth { .. } | Self::Public { .. } | Self::ClientSecretPost { .. } => {
                true
            }
        }
    }

    /// The client identifier, where there is one.
    #[must_use]
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

/// An assertion, signed for every request or taken from a Secret.
#[derive(Clone, Debug, Serialize)]
pub enum DesiredAssertion {
    /// It stands in a Secret.
    Static {
        /// Its type.
        assertion_type: String,
        /// Where it is.
        value: SecretKey,
    },
    /// It is signed.
    Signed(Box<SignedAssertion>),
}

/// An assertion that is signed for every request.
#[derive(Clone, Debug, Serialize)]
pub struct SignedAssertion {
    /// What it says.
    pub template: AssertionTemplate,
    /// The algorithms to choose from, the preferred one first; where there is none, what is usual
    /// for the key.
    pub algorithms: Vec<Algorithm>,
    /// Where the signing key is.
    pub key: KeyLocation,
    /// A certificate to show in place of the keystore's.
    pub certificate: Option<SecretKey>,
}

/// A private key in a keystore.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct KeyLocation {
    /// The field of the spec that names the keystore.
    pub field: &'static str,
    /// Name of the Secret.
    pub secret: String,
    /// Key of the keystore in the Secret; a well-known key where it is left out.
    pub key: Option<String>,
    /// Key of the keystore's password.
    pub password_key: Option<String>,
    /// Key of the private key's own password.
    pub key_password_key: Option<String>,
    /// Alias of the private key in the keystore.
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

/// When the token is renewed; all in seconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RefreshPolicy {
    /// Before the expiry.
    pub before: Option<u32>,
    /// At least this often.
    pub every: Option<u32>,
    /// At least this often, so that a grant does not die of being idle.
    pub keep_alive: Option<u32>,
    /// The lifetime that the preset assumes where the provider names none.
    pub preset_lifetime: Option<u32>,
}

/// Where the token is written to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Output {
    /// Name of the token Secret.
    pub name: String,
    /// Names of its keys.
    pub format: SecretFormat,
    /// Prefix of the Authorization header.
    pub header_prefix: String,
    /// Further labels.
    pub labels: BTreeMap<String, String>,
    /// Further annotations.
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

impl Output {
    /// The digest of what decides the Secret's data beside the answer.
    #[must_use]
    pub fn data_digest(&self) -> Digest {
        Digest::from_json(&(self.format, &self.header_prefix))
    }

    /// The digest of the further labels and annotations.
    #[must_use]
    pub fn metadata_digest(&self) -> Digest {
        Digest::from_json(&(&self.labels, &self.annotations))
    }
}

impl DesiredRequest {
    /// The assertion that is the grant.
    #[must_use]
    pub fn grant_assertion(&self) -> Option<&DesiredAssertion> {
        match &self.grant {
            Grant::JwtBearer(assertion) => Some(assertion),
            Grant::ClientCredentials { .. } | Grant::AuthorizationCode { .. } => None,
        }
    }

    /// The assertion that is the client's credential.
    #[must_use]
    pub fn client_assertion(&self) -> Option<&DesiredAssertion> {
        match &self.client {
            Client::PrivateKeyJwt { assertion, .. } => Some(assertion),
            _ => None,
        }
    }

    /// The assertions that a request sends, the grant's first.
    pub fn assertions(&self) -> impl Iterator<Item = &DesiredAssertion> {
        [self.grant_assertion(), self.client_assertion()].into_iter().flatten()
    }

    /// The assertion that says who asks: the grant's, else the client's.
    #[must_use]
    pub fn assertion(&self) -> Option<&DesiredAssertion> {
        self.grant_assertion().or(self.client_assertion())
    }
}

impl DesiredAssertion {
    /// A claim of a signed assertion, where it is a string.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&str> {
        match self {
            Self::Static { .. } => None,
            Self::Signed(signed) => signed.template.claims.get(name).and_then(|one| one.as_str()),
        }
    }
}
