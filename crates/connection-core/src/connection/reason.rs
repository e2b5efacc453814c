//! The closed list of reasons of conditions, events, logs and metrics, with everything that depends
//! on a reason alone. `docs/reasons.md` is generated from it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Severity in events and logs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    Normal,
    Warning,
}

impl Severity {
    /// Returns the `type` of an event.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// Who must act to resolve a reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Actor {
    None,
    Operator,
    /// The user who authorizes the Connection at the provider.
    User,
    /// The author of the Connection and of the Secrets that it names.
    ConnectionAuthor,
    /// The administrator of the cluster.
    Administrator,
    Provider,
}

impl Actor {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Operator => "operator",
            Self::User => "user",
            Self::ConnectionAuthor => "Connection author",
            Self::Administrator => "administrator",
            Self::Provider => "provider",
        }
    }
}

/// When the operator retries. An error's `Retry` may be longer or shorter if the provider's response
/// asks for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RetryClass {
    /// The reason is not a failure.
    None,
    /// When the spec or a Secret that it names changes.
    OnChange,
    /// On change, and with long delays because the cause may be at the provider.
    SlowBackoff,
    /// With growing delays.
    Backoff,
    /// `Backoff` or `SlowBackoff`, as the provider's response requires.
    ByResponse,
    /// Not before the time that the provider sets (`Retry-After`), otherwise with growing delays.
    WhenProviderAllows,
    /// When a user authorizes the Connection.
    OnAuthorization,
}

impl RetryClass {
    /// Describes the class in the documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "not applicable",
            Self::OnChange => "on change; `Stalled`",
            Self::SlowBackoff => "on change and with slow backoff; `Stalled`",
            Self::Backoff => "with backoff",
            Self::ByResponse => "by response: with backoff, or with slow backoff and `Stalled`",
            Self::WhenProviderAllows => "when the provider allows it",
            Self::OnAuthorization => "when a user authorizes",
        }
    }
}

/// Where a condition's reason comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// From facts that every reconciliation observes again.
    Observed,
    /// From the record of a step that failed.
    Remembered,
}

/// Declares the reasons: severity, actor, retry class, origin, meaning and remedy.
macro_rules! reasons {
    ($(
        $(#[$attribute:meta])* $name:ident: $severity:ident, $actor:ident, $retry:ident, $origin:ident,
            $meaning:literal, $remedy:literal;
    )+) => {
        /// The reason of a condition, event or token request result.
        #[derive(
            Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
        )]
        pub enum Reason {
            // The meaning is also the docstring, so the two cannot differ.
            $(#[doc = $meaning] $(#[$attribute])* $name,)+
        }

        impl Reason {
            /// All reasons in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            pub fn actor(self) -> Actor {
                match self { $(Self::$name => Actor::$actor,)+ }
            }

            pub fn retry_class(self) -> RetryClass {
                match self { $(Self::$name => RetryClass::$retry,)+ }
            }

            pub fn origin(self) -> Origin {
                match self { $(Self::$name => Origin::$origin,)+ }
            }

            /// Returns the meaning, one sentence or two.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }

            /// Returns what to do, one sentence or two.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)+ }
            }
        }
    };
}

reasons! {
    AccountMismatch: Warning, User, OnAuthorization, Observed,
        "Consent was given by an account other than the expected one.",
        "Log out at the provider, or use a private browser window, and give consent with the account of `authorization.expectedAccount`.";
    AlgorithmMismatch: Warning, ConnectionAuthor, OnChange, Remembered,
        "The signing key does not support the algorithm.",
        "Set `algorithm` to one that the key supports, or use another key.";
    AssertionExpired: Warning, ConnectionAuthor, OnChange, Remembered,
        "The static assertion has expired.",
        "Put a new assertion into the Secret that `valueFrom` references.";
    AssertionRejected: Warning, ConnectionAuthor, SlowBackoff, Remembered,
        "The provider rejected the assertion.",
        "Compare `iss`, `sub`, `aud`, algorithm, thumbprint and clock skew in the message with the registration at the provider.";
    AuthorizationDenied: Warning, User, OnAuthorization, Observed,
        "The user or the provider denied the authorization.",
        "Run `kubectl connection authorize` again, and give consent at the provider.";
    AuthorizationFailed: Warning, User, OnAuthorization, Observed,
        "The authorization did not result in a grant.",
        "Correct the cause that the message describes, and run `kubectl connection authorize` again.";
    AuthorizationPending: Normal, User, OnAuthorization, Observed,
        "An authorization is in progress and waits for the user.",
        "Finish the authorization in the browser in which it was started.";
    AuthorizationRequired: Normal, User, OnAuthorization, Observed,
        "A user must give consent at the provider.",
        "Run `kubectl connection authorize` with the name of the Connection.";
    AuthorizationTimedOut: Warning, User, OnAuthorization, Observed,
        "An authorization was not finished within 10 minutes.",
        "Run `kubectl connection authorize` again.";
    Authorized: Normal, None, None, Observed,
        "The Connection has a valid grant.",
        "No action is required.";
    CertificateExpired: Warning, ConnectionAuthor, None, Observed,
        "The token was issued, but the certificate of the signing key has expired.",
        "Renew the certificate in the keystore before the provider rejects it.";
    // Stored records may contain an alias, and an unknown reason would read as no outcome.
    #[serde(alias = "CertificateUnreadable")]
    CertificateInvalid: Warning, ConnectionAuthor, OnChange, Remembered,
        "The referenced value is not an X.509 certificate.",
        "Store an X.509 certificate in PEM or DER form in the Secret.";
    CertificateMismatch: Warning, ConnectionAuthor, OnChange, Remembered,
        "The certificate does not match the signing key.",
        "Reference the certificate that was issued for the signing key.";
    CertificateMissing: Warning, ConnectionAuthor, OnChange, Remembered,
        "The JWT header requires a certificate, but the key has none.",
        "Add the certificate to the keystore, or set `header.certificateRef`.";
    ClientCertificateRejected: Warning, ConnectionAuthor, SlowBackoff, Remembered,
        "The server rejected the client certificate.",
        "Compare the certificate of `tls.keystoreRef` with the registration at the provider, and check its expiry.";
    ClientRejected: Warning, ConnectionAuthor, SlowBackoff, Remembered,
        "The provider rejected the client credentials.",
        "Compare `client.id`, the client secret and the authentication method with the registration at the provider.";
    EndpointNotAllowed: Warning, ConnectionAuthor, SlowBackoff, Remembered,
        "The operator is not allowed to send requests or a Secret to this endpoint.",
        "Use an https endpoint that the operator's flags and the annotations of the Secrets allow.";
    GrantExpired: Warning, User, OnAuthorization, Remembered,
        "The provider rejected the refresh token.",
        "Run `kubectl connection authorize` with the name of the Connection.";
    GrantExpiring: Warning, User, None, Observed,
        "The grant expires soon, and only a user can renew it.",
        "Run `kubectl connection authorize` with the name of the Connection before the expiry; the token stays valid.";
    #[serde(alias = "GrantOfAnother")]
    GrantMismatch: Warning, User, OnAuthorization, Remembered,
        "The grant belongs to a different client or endpoint than the spec and is not used.",
        "Revert the spec, or run `kubectl connection authorize` with the name of the Connection.";
    InvalidSpec: Warning, ConnectionAuthor, OnChange, Observed,
        "The spec contains an invalid value or combination of values.",
        "Correct the field that the message names.";
    KeyAliasNotFound: Warning, ConnectionAuthor, OnChange, Remembered,
        "The keystore contains no private key with the alias.",
        "Correct `keyAlias`.";
    KeyAliasRequired: Warning, ConnectionAuthor, OnChange, Remembered,
        "The keystore contains more than one private key, and the spec does not select one.",
        "Set `keyAlias`.";
    #[serde(alias = "KeyPasswordWrong")]
    KeyPasswordInvalid: Warning, ConnectionAuthor, OnChange, Remembered,
        "The password of the private key is wrong or missing.",
        "Correct `key-password` in the Secret, or the key that `keyPasswordKey` references.";
    KeyTooWeak: Warning, ConnectionAuthor, OnChange, Remembered,
        "The signing key is too short to be secure.",
        "Use an RSA key of at least 2048 bits, or an elliptic curve key.";
    KeyUnsupported: Warning, ConnectionAuthor, OnChange, Remembered,
        "The key type is not supported.",
        "Use an RSA, P-256, P-384 or Ed25519 key.";
    #[serde(alias = "KeystoreDamaged")]
    KeystoreCorrupted: Warning, ConnectionAuthor, OnChange, Remembered,
        "The keystore is truncated or corrupted.",
        "Export the keystore again, and store it in the Secret unchanged.";
    KeystoreFormatUnknown: Warning, ConnectionAuthor, OnChange, Remembered,
        "The keystore is not in JKS, PKCS#12 or PEM format.",
        "Store a keystore in one of these formats in the Secret.";
    #[serde(alias = "KeystoreTooCostly")]
    KeystoreLimitExceeded: Warning, ConnectionAuthor, OnChange, Remembered,
        "The keystore is too large or requires too many key derivation iterations.",
        "Export the keystore again with fewer iterations or fewer entries.";
    #[serde(alias = "KeystorePasswordWrong")]
    KeystorePasswordInvalid: Warning, ConnectionAuthor, OnChange, Remembered,
        "The password of the keystore is wrong or missing.",
        "Correct `password` in the Secret, or the key that `passwordKey` references.";
    KeystoreUnsupported: Warning, ConnectionAuthor, OnChange, Remembered,
        "The encryption or encoding of the keystore is not supported.",
        "Export the keystore again as PKCS#12 with AES-256.";
    #[serde(alias = "StorageFailed")]
    KubernetesAPIError: Warning, Administrator, Backoff, Remembered,
        "A request to the Kubernetes API failed.",
        "Check the operator's permissions, the quotas and the state of the namespace; the operator retries.";
    MetadataInvalid: Warning, ConnectionAuthor, SlowBackoff, Remembered,
        "The issuer metadata is missing or invalid.",
        "Correct `endpoints.issuer`, or set `endpoints.token`.";
    NamespaceNotEnrolled: Warning, Administrator, SlowBackoff, Remembered,
        "The operator has no access to Secrets in this namespace.",
        "Enroll the namespace with the command in the message.";
    PresetInvalid: Warning, ConnectionAuthor, OnChange, Observed,
        "The provider preset is unknown, or its values are invalid.",
        "Correct `provider.name` and `provider.values`.";
    #[serde(alias = "KeyMissing")]
    PrivateKeyNotFound: Warning, ConnectionAuthor, OnChange, Remembered,
        "The keystore contains no private key.",
        "Store a keystore with a private key in the Secret.";
    Progressing: Normal, Operator, None, Observed,
        "The operator is requesting the first token.",
        "Wait for the request to complete.";
    ProviderUnavailable: Warning, Provider, Backoff, Remembered,
        "The provider is not reachable or returned a server error.",
        "If the error persists, check the URL of the endpoint and the network path to it; the operator retries.";
    ProxyAuthenticationRequired: Warning, ConnectionAuthor, SlowBackoff, Remembered,
        "The proxy rejected the credentials.",
        "Correct `username` and `password` in the Secret of the proxy.";
    ProxyInvalid: Warning, ConnectionAuthor, OnChange, Remembered,
        "The Secret of the proxy contains no valid proxy configuration.",
        "Correct `address` in the Secret of the proxy.";
    ProxyUnavailable: Warning, Administrator, Backoff, Remembered,
        "The proxy is not reachable or did not connect to the endpoint.",
        "Check the address of the proxy, and that it allows the endpoint; the operator retries.";
    RateLimited: Warning, Operator, WhenProviderAllows, Remembered,
        "The provider limits the rate of requests.",
        "Wait; the operator retries when the provider allows it.";
    RefreshFailed: Warning, ConnectionAuthor, None, Observed,
        "The token is valid, but renewing it failed.",
        "Correct the cause that the condition `Refreshed` reports before the token expires.";
    RequestRejected: Warning, ConnectionAuthor, SlowBackoff, Remembered,
        "The provider rejected the request.",
        "Compare the flow, parameters and endpoint with the documentation of the provider.";
    ResponseInvalid: Warning, ConnectionAuthor, ByResponse, Remembered,
        "The response of the token endpoint contains no usable token.",
        "Check that the URL is the token endpoint, and that the preset matches the provider.";
    RevocationFailed: Warning, User, Backoff, Remembered,
        "The grant was not revoked at the provider before the Connection was deleted.",
        "Revoke the grant manually in the connected applications of the account at the provider.";
    ScopeRejected: Warning, ConnectionAuthor, SlowBackoff, Remembered,
        "The provider rejected the scopes.",
        "Correct `scopes`, or grant them to the client at the provider.";
    SecretConflict: Warning, ConnectionAuthor, OnChange, Observed,
        "A Secret with the required name already exists and is not managed by this Connection.",
        "Delete the Secret, or create the Connection again with another `secret.name`.";
    SecretInvalid: Warning, ConnectionAuthor, OnChange, Remembered,
        "A value in a Secret is invalid.",
        "Correct the value that the message names.";
    SecretKeyNotFound: Warning, ConnectionAuthor, OnChange, Remembered,
        "A referenced key does not exist in the Secret.",
        "Add the key to the Secret, or correct the reference.";
    SecretNotFound: Warning, ConnectionAuthor, OnChange, Observed,
        "A referenced Secret does not exist.",
        "Create the Secret, or correct the reference.";
    #[serde(alias = "ServerUntrusted")]
    ServerCertificateUntrusted: Warning, ConnectionAuthor, Backoff, Remembered,
        "The TLS certificate of the endpoint is not trusted.",
        "Add the CA that issued it to a truststore, and set `tls.truststoreRef`.";
    Suspended: Normal, ConnectionAuthor, None, Observed,
        "The Connection is suspended.",
        "Set `suspend` to `false` to resume.";
    TokenExpired: Warning, ConnectionAuthor, None, Observed,
        "The token has expired, and renewing it failed.",
        "Correct the cause that the condition `Refreshed` reports.";
    TokenIssued: Normal, None, None, Observed,
        "The Secret contains a valid token.",
        "No action is required.";
    TruststoreInvalid: Warning, ConnectionAuthor, OnChange, Remembered,
        "The truststore is invalid.",
        "Store CA certificates in PEM, PKCS#12 or JKS format in the Secret.";
}

impl Reason {
    /// Returns the reason with this name; none if this version does not have it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == name)
    }

    /// Returns true if the Connection waits for a user's consent.
    pub fn needs_authorization(self) -> bool {
        self.retry_class() == RetryClass::OnAuthorization
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_sorted_by_name() {
        assert!(Reason::ALL.is_sorted_by_key(|reason| reason.as_str()));
        assert!(
            Reason::ALL.iter().all(|reason| Reason::from_name(reason.as_str()) == Some(*reason))
        );
        assert_eq!(Reason::from_name("tokenIssued"), None);
    }

    #[test]
    fn meaning_and_remedy_are_sentences() {
        for reason in Reason::ALL {
            for sentence in [reason.meaning(), reason.remedy()] {
                assert!(sentence.ends_with('.'), "{reason}: {sentence}");
            }
        }
    }

    #[test]
    fn only_reasons_without_an_actor_need_no_action() {
        for reason in Reason::ALL {
            let no_action = reason.remedy() == "No action is required.";
            assert_eq!(reason.actor() == Actor::None, no_action, "{reason}");
        }
    }

    #[test]
    fn reasons_that_need_authorization_are_resolved_by_a_user() {
        for reason in Reason::ALL.iter().filter(|reason| reason.needs_authorization()) {
            assert_eq!(reason.actor(), Actor::User, "{reason}");
        }
    }
}
