//! How requests are to travel: what is trusted, and the proxy in between. It decides whether a token
//! comes, not which: a change brings no new token.

use serde::Serialize;

/// How requests are to travel.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct DesiredTransport {
    /// Authorities beside or in place of the public ones.
    pub truststore: Option<TruststoreLocation>,
    /// Name of the Secret that holds the proxy.
    pub proxy: Option<String>,
}

/// A truststore in a Secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct TruststoreLocation {
    /// Name of the Secret.
    pub secret: String,
    /// Key of the truststore in the Secret; a well-known key where it is left out.
    pub key: Option<String>,
    /// Whether it stands in place of the public authorities.
    pub alone: bool,
}

/// The field of the spec that names the truststore.
pub const TRUSTSTORE_FIELD: &str = "spec.tls.truststoreRef";

/// The field of the spec that names the proxy.
pub const PROXY_FIELD: &str = "spec.proxyRef";

impl DesiredTransport {
    /// The Secrets that are read, with the fields that name them.
    pub fn secrets(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let truststore = self.truststore.iter().map(|one| (TRUSTSTORE_FIELD, one.secret.as_str()));
        truststore.chain(self.proxy.iter().map(|name| (PROXY_FIELD, name.as_str())))
    }
}
