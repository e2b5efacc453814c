//! References to Secrets: which field names a Secret, and what the operator uses it for.

use crate::connection::secret_key::SecretKey;

/// The keys that may hold a keystore, as cert-manager names them
/// (<https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateKeystores>).
pub const KEYSTORE_KEYS: [&str; 4] =
    ["keystore.p12", "keystore.pfx", "keystore.jks", "keystore.pem"];

/// The key of the certificate in a Secret of type `kubernetes.io/tls`.
pub const TLS_CERTIFICATE: &str = "tls.crt";
/// The key of the private key in a Secret of type `kubernetes.io/tls`.
pub const TLS_KEY: &str = "tls.key";

/// The key of a keystore's password, if the spec names none.
pub const PASSWORD_KEY: &str = "password";
/// The key of a private key's own password, if the spec names none.
pub const KEY_PASSWORD_KEY: &str = "key-password";

/// The keys that may hold a truststore, as cert-manager names them.
pub const TRUSTSTORE_KEYS: [&str; 4] =
    ["ca.crt", "truststore.p12", "truststore.pfx", "truststore.jks"];

/// The key of a proxy's address.
pub const PROXY_ADDRESS_KEY: &str = "address";

/// A reference of a Connection to a Secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretRef {
    /// The field of the spec that refers to the Secret, or decides on its name.
    pub field: &'static str,
    pub name: String,
    /// The keys of which the Secret must have one. Empty for Secrets that the operator writes.
    pub keys: Vec<String>,
    pub role: SecretRole,
}

/// What a Secret is used for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecretRole {
    Assertion,
    AssertionCertificate,
    AssertionKeystore,
    /// The keystore of the TLS client certificate.
    ClientKeystore,
    ClientSecret,
    DesiredGrant,
    Parameter,
    Proxy,
    /// A refresh token to import.
    RefreshToken,
    Token,
    Truststore,
}

impl SecretRole {
    /// Returns true for Secrets from which an assertion is made.
    pub fn is_assertion(self) -> bool {
        matches!(self, Self::Assertion | Self::AssertionCertificate | Self::AssertionKeystore)
    }

    /// Returns true for Secrets that decide which token the provider issues.
    pub fn is_request(self) -> bool {
        self.is_assertion()
            || matches!(self, Self::ClientKeystore | Self::ClientSecret | Self::Parameter)
    }

    /// Returns true for Secrets that are needed to connect to the provider.
    pub fn is_connect(self) -> bool {
        matches!(self, Self::ClientKeystore | Self::Proxy | Self::Truststore)
    }

    /// Returns true for Secrets that each token request reads.
    pub fn is_input(self) -> bool {
        self.is_request() || self.is_connect()
    }

    /// Returns true for Secrets that the operator writes.
    pub fn is_output(self) -> bool {
        matches!(self, Self::DesiredGrant | Self::Token)
    }
}

impl SecretRef {
    /// Returns the reference to one key.
    pub fn new(at: &SecretKey, role: SecretRole) -> Self {
        let keys = vec![at.key.clone()];
        Self { field: at.field, name: at.secret.clone(), keys, role }
    }

    /// Returns the reference to the token Secret.
    pub fn token(name: String) -> Self {
        Self { field: "spec.secret", name, keys: Vec::new(), role: SecretRole::Token }
    }

    /// Returns the reference to the grant Secret.
    pub fn grant(name: String) -> Self {
        Self { field: "spec.authorization", name, keys: Vec::new(), role: SecretRole::DesiredGrant }
    }
}

/// All references of a Connection, in the order of the spec's fields. Several may name one Secret.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SecretRefs(Vec<SecretRef>);

impl FromIterator<SecretRef> for SecretRefs {
    fn from_iter<I: IntoIterator<Item = SecretRef>>(refs: I) -> Self {
        Self(refs.into_iter().collect())
    }
}

impl SecretRefs {
    pub fn iter(&self) -> impl Iterator<Item = &SecretRef> {
        self.0.iter()
    }

    /// Returns the first reference to each Secret that has a role for which `select` returns true.
    pub fn secrets(&self, select: impl Fn(SecretRole) -> bool) -> Vec<&SecretRef> {
        let mut secrets: Vec<&SecretRef> = Vec::new();
        for reference in self.iter().filter(|reference| select(reference.role)) {
            if secrets.iter().all(|known| known.name != reference.name) {
                secrets.push(reference);
            }
        }
        secrets
    }
}
