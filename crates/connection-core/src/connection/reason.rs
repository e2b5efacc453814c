//! The closed list of reasons: one word per remedy.
//! Conditions, events and metrics use these words and no others; `docs/reasons` has a page on each.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares the reasons with what each means and what to do about it.
macro_rules! reasons {
    ($($(#[$attribute:meta])* $name:ident: $meaning:literal, $remedy:literal;)+) => {
        /// Why a connection is as it is.
        #[derive(
            Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
        )]
        pub enum Reason {
            $(#[doc = $meaning] $(#[$attribute])* $name,)+
        }

        impl Reason {
            /// All of them, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// The reason of a word; none where this version does not know it.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }

            /// What it means, one sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }

            /// What to do about it, one sentence.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)+ }
            }
        }
    };
}

reasons! {
    AccountMismatch: "Consent was given by an account other than the expected one.",
        "Log out at the provider, or use a private browser window, and give consent with the account of `authorization.expectedAccount`.";
    AlgorithmMismatch: "The signing key does not support the algorithm.",
        "Set `algorithm` to one that the key supports, or use another key.";
    AssertionExpired: "The static assertion has expired.",
        "Put a new assertion into the Secret that `valueFrom` references.";
    AssertionRejected: "The provider rejected the assertion.",
        "Compare `iss`, `sub`, `aud`, algorithm, thumbprint and clock skew in the message with the registration at the provider.";
    AuthorizationDenied: "The user or the provider denied the authorization.",
        "Run `kubectl connection authorize` again, and give consent at the provider.";
    AuthorizationFailed: "The authorization did not result in a grant.",
        "Correct the cause in the message, and run `kubectl connection authorize` again.";
    AuthorizationPending: "An authorization is in progress and waits for the user.",
        "Finish it in the browser in which it was started.";
    AuthorizationRequired: "A user must give consent at the provider.",
        "Run `kubectl connection authorize` with the name of the Connection.";
    AuthorizationTimedOut: "An authorization was not finished within 10 minutes.",
        "Run `kubectl connection authorize` again.";
    Authorized: "The Connection has a valid grant.",
        "No action is required.";
    CertificateExpired: "The token was issued, but the certificate of the signing key has expired.",
        "Renew the certificate in the keystore before the provider rejects it.";
    #[serde(alias = "CertificateUnreadable")]
    CertificateInvalid: "The referenced value is not an X.509 certificate.",
        "Store an X.509 certificate in PEM or DER form in the Secret.";
    CertificateMismatch: "The certificate does not match the signing key.",
        "Reference the certificate that was issued for the signing key.";
    CertificateMissing: "The JWT header requires a certificate, but the key has none.",
        "Add the certificate to the keystore, or set `header.certificateRef`.";
    ClientCertificateRejected: "The server rejected the client certificate.",
        "Compare the certificate of `tls.keystoreRef` with the registration at the provider, and check its expiry.";
    ClientRejected: "The provider rejected the client credentials.",
        "Compare `client.id`, the client secret and the authentication method with the registration at the provider.";
    EndpointNotAllowed: "The operator is not allowed to send requests or a Secret to this endpoint.",
        "Use an https endpoint that the operator's flags and the annotations of the Secrets allow.";
    GrantExpired: "The provider rejected the refresh token.",
        "Run `kubectl connection authorize` with the name of the Connection.";
    GrantExpiring: "The grant expires soon, and only a user can renew it.",
        "Run `kubectl connection authorize` with the name of the Connection before the expiry; the token stays valid.";
    #[serde(alias = "GrantOfAnother")]
    GrantMismatch: "The grant belongs to a different client or endpoint than the spec and is not used.",
        "Revert the spec, or run `kubectl connection authorize` with the name of the Connection.";
    InvalidSpec: "The spec contains an invalid value or combination of values.",
        "Correct the field in the message.";
    KeyAliasNotFound: "The keystore contains no private key with the alias.",
        "Correct `keyAlias`.";
    KeyAliasRequired: "The keystore contains more than one private key, and the spec does not select one.",
        "Set `keyAlias`.";
    #[serde(alias = "KeyPasswordWrong")]
    KeyPasswordInvalid: "The password of the private key is wrong or missing.",
        "Correct `key-password` in the Secret, or the key that `keyPasswordKey` references.";
    KeyTooWeak: "The signing key is too short to be secure.",
        "Use an RSA key of at least 2048 bits, or an elliptic curve key.";
    KeyUnsupported: "The key type is not supported.",
        "Use an RSA, P-256, P-384 or Ed25519 key.";
    #[serde(alias = "KeystoreDamaged")]
    KeystoreCorrupted: "The keystore is truncated or corrupted.",
        "Export the keystore again, and store it in the Secret unchanged.";
    KeystoreFormatUnknown: "The keystore is not in JKS, PKCS#12 or PEM format.",
        "Store a keystore in one of these formats in the Secret.";
    #[serde(alias = "KeystoreTooCostly")]
    KeystoreLimitExceeded: "The keystore is too large or requires too many key derivation iterations.",
        "Export the keystore again with fewer iterations or fewer entries.";
    #[serde(alias = "KeystorePasswordWrong")]
    KeystorePasswordInvalid: "The password of the keystore is wrong or missing.",
        "Correct `password` in the Secret, or the key that `passwordKey` references.";
    KeystoreUnsupported: "The encryption or encoding of the keystore is not supported.",
        "Export the keystore again as PKCS#12 with AES-256.";
    #[serde(alias = "StorageFailed")]
    KubernetesAPIError: "A request to the Kubernetes API failed.",
        "Check the operator's permissions, the quotas and the state of the namespace; the operator retries.";
    MetadataInvalid: "The issuer metadata is missing or invalid.",
        "Correct `endpoints.issuer`, or set `endpoints.token`.";
    NamespaceNotEnrolled: "The operator has no access to Secrets in this namespace.",
        "Enroll the namespace with the command in the message.";
    PresetInvalid: "The provider preset is unknown, or its values are invalid.",
        "Correct `provider.name` and `provider.values`.";
    #[serde(alias = "KeyMissing")]
    PrivateKeyNotFound: "The keystore contains no private key.",
        "Store a keystore with a private key in the Secret.";
    Progressing: "The operator is requesting the first token.",
        "Wait.";
    ProviderUnavailable: "The provider is not reachable or returned a server error.",
        "If the error persists, check the URL of the endpoint and the network path to it; the operator retries.";
    ProxyAuthenticationRequired: "The proxy rejected the credentials.",
        "Correct `username` and `password` in the Secret of the proxy.";
    ProxyInvalid: "The Secret of the proxy contains no valid proxy configuration.",
        "Correct `address` in the Secret of the proxy.";
    ProxyUnavailable: "The proxy is not reachable or did not connect to the endpoint.",
        "Check the address of the proxy, and that it allows the endpoint; the operator retries.";
    RateLimited: "The provider limits the rate of requests.",
        "Wait; the operator retries when the provider allows it.";
    RefreshFailed: "The token is valid, but renewing it failed.",
        "Correct the cause in the condition `Refreshed` before the token expires.";
    RequestRejected: "The provider rejected the request.",
        "Compare the flow, parameters and endpoint with the documentation of the provider.";
    ResponseInvalid: "The response of the token endpoint contains no usable token.",
        "Check that the URL is the token endpoint, and that the preset matches the provider.";
    RevocationFailed: "The grant was not revoked at the provider before the Connection was deleted.",
        "Revoke it manually in the connected applications of the account at the provider.";
    ScopeRejected: "The provider rejected the scopes.",
        "Correct `scopes`, or grant them to the client at the provider.";
    SecretConflict: "A Secret with the required name already exists and is not managed by this Connection.",
        "Set another `secret.name`, or delete the Secret.";
    SecretInvalid: "A value in a Secret is invalid.",
        "Correct the value that the message names.";
    SecretKeyNotFound: "A referenced key does not exist in the Secret.",
        "Add the key to the Secret, or correct the reference.";
    SecretNotFound: "A referenced Secret does not exist.",
        "Create the Secret, or correct the reference.";
    #[serde(alias = "ServerUntrusted")]
    ServerCertificateUntrusted: "The TLS certificate of the endpoint is not trusted.",
        "Add the CA that issued it to a truststore, and set `tls.truststoreRef`.";
    Suspended: "The Connection is suspended.",
        "Set `suspend` to `false` to resume.";
    TokenExpired: "The token has expired, and renewing it failed.",
        "Correct the cause in the condition `Refreshed`.";
    TokenIssued: "The Secret contains a valid token.",
        "No action is required.";
    TruststoreInvalid: "The truststore is invalid.",
        "Store CA certificates in PEM, PKCS#12 or JKS format in the Secret.";
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
    fn the_list_is_in_order() {
        assert!(Reason::ALL.is_sorted_by_key(|one| one.as_str()));
        assert!(Reason::ALL.iter().all(|one| Reason::of(one.as_str()) == Some(*one)));
        assert_eq!(Reason::of("tokenIssued"), None);
    }

    #[test]
    fn every_reason_says_what_it_means_and_what_to_do() {
        for reason in Reason::ALL {
            for sentence in [reason.meaning(), reason.remedy()] {
                assert!(sentence.ends_with('.'), "{reason}: {sentence}");
            }
        }
    }
}
