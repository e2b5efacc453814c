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
    AccountMismatch: "Another account gave consent than the one that is expected.",
        "Log out at the provider, or use a private window, and give consent with the account of `authorization.expectedAccount`.";
    AlgorithmMismatch: "The signing key cannot do the algorithm.",
        "Change `algorithm` or name a key of the kind that it needs.";
    AssertionExpired: "The ready-made assertion has expired.",
        "Put a new assertion into the Secret that `valueFrom` names.";
    AssertionRejected: "The provider refused the assertion.",
        "Compare `iss`, `sub`, `aud`, algorithm and thumbprint in the message with what is registered at the provider, and the clocks.";
    AuthorizationDenied: "The person, or the provider, did not give consent.",
        "Begin again with `kubectl connection authorize`, and give consent at the provider.";
    AuthorizationFailed: "Consent was given, and no grant came of it.",
        "See the message for the cause, mend it, and begin again with `kubectl connection authorize`.";
    AuthorizationPending: "An authorization has begun and waits for the person at the provider.",
        "Finish it in the browser in which it was begun.";
    AuthorizationRequired: "A person must give consent.",
        "Run `kubectl connection authorize` with the Connection's name.";
    AuthorizationTimedOut: "An authorization was begun and not finished within ten minutes.",
        "Begin again with `kubectl connection authorize`.";
    Authorized: "A grant is there.",
        "Nothing to do.";
    CertificateExpired: "The certificate of the signing key has expired; the token was issued all the same.",
        "Renew the certificate in the keystore before the provider refuses it.";
    #[serde(alias = "CertificateUnreadable")]
    CertificateInvalid: "What stands where a certificate should be is none.",
        "Put an X.509 certificate in PEM or DER form into the Secret.";
    CertificateMismatch: "The certificate does not belong to the signing key.",
        "Name the certificate that was issued for the signing key.";
    CertificateMissing: "The header is to show a certificate and the key has none.",
        "Add the certificate to the keystore or name it in `header.certificateRef`.";
    ClientCertificateRejected: "The server did not accept the client certificate.",
        "Compare the certificate of `tls.keystoreRef` with what is registered at the provider, and look at its expiry.";
    ClientRejected: "The provider refused the client's credentials.",
        "Compare `client.id`, the client secret and the way of authentication with what is registered at the provider.";
    EndpointNotAllowed: "The operator does not send requests to this endpoint.",
        "Use an https endpoint that the installation allows.";
    GrantExpired: "The provider does not accept the refresh token any more.",
        "Run `kubectl connection authorize` with the Connection's name.";
    GrantExpiring: "The grant ends soon, and only a person can give another.",
        "Run `kubectl connection authorize` with the Connection's name before then; the token stays valid meanwhile.";
    #[serde(alias = "GrantOfAnother")]
    GrantMismatch: "The grant was issued to another client or by another endpoint than the spec names now; it is not sent.",
        "Change the spec back, or run `kubectl connection authorize` with the Connection's name.";
    InvalidSpec: "The spec says something that cannot be done.",
        "Change the field that the message names.";
    KeyAliasNotFound: "The keystore has no key of that alias.",
        "Correct `keyAlias`.";
    KeyAliasRequired: "The keystore has more than one key and the spec names none.",
        "Set `keyAlias`.";
    #[serde(alias = "KeyPasswordWrong")]
    KeyPasswordInvalid: "The private key's own password is wrong or missing.",
        "Correct the Secret's `key-password`, or the key that `keyPasswordKey` names.";
    KeyTooWeak: "The signing key is too short to be safe.",
        "Use an RSA key of at least 2048 bits or an elliptic curve key.";
    KeyUnsupported: "The key is of a kind that cannot sign here.",
        "Use RSA, P-256, P-384 or Ed25519.";
    #[serde(alias = "KeystoreDamaged")]
    KeystoreCorrupted: "The keystore cannot be read to its end.",
        "Export the keystore again and put it into the Secret unchanged.";
    KeystoreFormatUnknown: "The bytes are no keystore in JKS, PKCS#12 or PEM form.",
        "Put a keystore of one of these forms into the Secret.";
    #[serde(alias = "KeystoreTooCostly")]
    KeystoreLimitExceeded: "The keystore is too large or asks for too many key-derivation rounds.",
        "Export the keystore again with fewer rounds or fewer entries.";
    #[serde(alias = "KeystorePasswordWrong")]
    KeystorePasswordInvalid: "The keystore's password is wrong or missing.",
        "Correct the Secret's `password`, or the key that `passwordKey` names.";
    KeystoreUnsupported: "The keystore is encrypted in a way that is not supported.",
        "Export the keystore again as PKCS#12 with AES-256.";
    #[serde(alias = "StorageFailed")]
    KubernetesAPIError: "The Kubernetes API did not take or give what the operator needed.",
        "Check the operator's permissions, quotas and the namespace; the operator tries again.";
    MetadataInvalid: "The issuer's metadata cannot be used.",
        "Correct `endpoints.issuer`, or give `endpoints.token`.";
    NamespaceNotEnrolled: "The operator may not use Secrets in this namespace.",
        "Enrol the namespace with the command in the message.";
    PresetInvalid: "The provider preset is not known, or its values do not fit.",
        "Correct `provider.name` and `provider.values`.";
    #[serde(alias = "KeyMissing")]
    PrivateKeyNotFound: "The keystore has no private key.",
        "Put a keystore with a private key into the Secret.";
    Progressing: "The first token is being requested.",
        "Wait.";
    ProviderUnavailable: "The token endpoint cannot be reached or does not answer as it should.",
        "Nothing, if it passes: the operator tries again. Else check the endpoint's address and the way to it.";
    ProxyAuthenticationRequired: "The proxy did not accept its credentials.",
        "Correct `username` and `password` in the proxy's Secret.";
    ProxyInvalid: "The proxy's Secret does not describe a proxy.",
        "Correct `address` in the proxy's Secret.";
    ProxyUnavailable: "The proxy cannot be reached, or does not connect to the endpoint.",
        "Check the proxy's address, and whether it allows the endpoint; nothing is sent without it.";
    RateLimited: "The provider asks for fewer requests.",
        "Wait: the operator tries again when the provider allows it.";
    RefreshFailed: "The token is valid, but renewing it fails.",
        "See the condition `Refreshed` for the cause; the token is valid until `expiresAt`.";
    RequestRejected: "The provider refused the request itself.",
        "Compare the flow, parameters and endpoint with the provider's documentation.";
    ResponseInvalid: "The token endpoint's answer holds no token that can be used.",
        "Check that the endpoint is a token endpoint, and that the preset fits the provider.";
    RevocationFailed: "The grant could not be revoked at the provider before its Connection went.",
        "Revoke it at the provider by hand: there it is among the account's connected applications.";
    ScopeRejected: "The provider refused the scopes.",
        "Correct `scopes`, or grant them to the client at the provider.";
    SecretConflict: "The token Secret's name is taken by a Secret that is not this Connection's.",
        "Choose another `secret.name`, or delete the Secret.";
    SecretInvalid: "A value in a Secret cannot be used.",
        "Correct the value that the message names.";
    SecretKeyNotFound: "A Secret that the spec names lacks a key.",
        "Add the key to the Secret, or correct the reference.";
    SecretNotFound: "A Secret that the spec names does not exist.",
        "Create the Secret, or correct the reference.";
    #[serde(alias = "ServerUntrusted")]
    ServerCertificateUntrusted: "The certificate of the token endpoint is not trusted.",
        "Put the authority that issued it into a truststore and name it in `tls.truststoreRef`.";
    Suspended: "The Connection is suspended.",
        "Set `suspend: false` to go on.";
    TokenExpired: "The token has expired and could not be renewed.",
        "See the condition `Refreshed` for the cause.";
    TokenIssued: "A usable token is in the Secret.",
        "Nothing to do.";
    TruststoreInvalid: "The truststore cannot be used.",
        "Put certificates of authorities into the Secret, in PEM, PKCS#12 or JKS form.";
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
