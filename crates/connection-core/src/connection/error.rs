//! What stands in the way of a token: a reason, a message that is safe to show, and when to try
//! again.

use jiff::Timestamp;

use crate::connection::reason::Reason;
use crate::connection::secret_key::SecretKey;
use crate::keys::error::KeystoreError;
use crate::oauth::assertion::{AssertionError, AssertionSummary};
use crate::oauth::error_code::ErrorCode;
use crate::oauth::retryability::Retryability;
use crate::oauth::signer::SignerError;
use crate::oauth::token_error::TokenError;

/// What stands in the way of a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConnectionError {
    /// The word for it.
    pub reason: Reason,
    /// What failed and what to do, in words that are safe to show: made here, of names from the
    /// spec and numbers; never of a secret or a provider's text.
    pub message: String,
    /// When to try again.
    pub retry: Retry,
}

/// When to try again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retry {
    /// Not before this time, since the provider says so; then as `Soon`.
    NotBefore(Timestamp),
    /// When an input changes.
    OnChange,
    /// When an input changes; and now and then, since the cause may be at the provider.
    SlowBackoff,
    /// Soon, with growing delays.
    Backoff,
}

impl ConnectionError {
    /// A fault that only a change can mend.
    #[must_use]
    pub fn on_change(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), retry: Retry::OnChange }
    }

    /// A fault that may pass.
    #[must_use]
    pub fn soon(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), retry: Retry::Backoff }
    }

    /// The same fault, whose cause may be at the provider: it is tried now and then.
    #[must_use]
    pub fn seldom(self) -> Self {
        Self { retry: Retry::SlowBackoff, ..self }
    }

    /// A spec that cannot be done: `field` is its path.
    #[must_use]
    pub fn invalid_spec(field: &str, what: &str) -> Self {
        Self::on_change(Reason::InvalidSpec, format!("{field}: {what}"))
    }

    /// A namespace whose Secrets the operator may not use; `command` enrols it.
    #[must_use]
    pub fn not_enrolled(command: &str) -> Self {
        let message = format!(
            "the operator may not use Secrets in this namespace: run `{command}`; within a minute it goes on by itself"
        );
        Self { reason: Reason::NamespaceNotEnrolled, message, retry: Retry::SlowBackoff }
    }

    /// A Secret that is not there.
    #[must_use]
    pub fn secret_not_found(field: &str, secret: &str) -> Self {
        let message = format!(
            "{field}: Secret `{secret}` does not exist: create it or correct the reference"
        );
        Self::on_change(Reason::SecretNotFound, message)
    }

    /// A Secret that lacks a key.
    #[must_use]
    pub fn secret_key_not_found(field: &str, secret: &str, key: &str) -> Self {
        let message = format!(
            "{field}: Secret `{secret}` has no key `{key}`: add it or correct the reference"
        );
        Self::on_change(Reason::SecretKeyNotFound, message)
    }

    /// A value of a Secret that is no usable text.
    #[must_use]
    pub fn secret_invalid(at: &SecretKey, what: &str) -> Self {
        let message = format!("{}: key `{}` of Secret `{}` {what}", at.field, at.key, at.secret);
        Self::on_change(Reason::SecretInvalid, message)
    }

    /// A ready-made assertion whose own `exp` is past.
    #[must_use]
    pub fn assertion_expired(field: &str) -> Self {
        let message =
            format!("{field}: the static assertion has expired: put a new one into the Secret");
        Self::on_change(Reason::AssertionExpired, message)
    }

    /// A request was put together without the secrets it needs: a fault of the operator itself.
    #[must_use]
    pub fn material_missing() -> Self {
        Self::soon(
            Reason::KubernetesAPIError,
            "the request's secrets were not read: the operator tries again",
        )
    }

    /// A keystore that does not give a key; `field` is the path of its reference.
    #[must_use]
    pub fn from_keystore_error(error: &KeystoreError, field: &str) -> Self {
        use KeystoreError as E;
        let reason = match error {
            E::UnknownFormat { .. } => Reason::KeystoreFormatUnknown,
            E::TooLarge { .. } | E::KdfLimitExceeded { .. } => Reason::KeystoreLimitExceeded,
            E::Corrupted { .. } => Reason::KeystoreCorrupted,
            E::StorePasswordMissing | E::WrongStorePassword => Reason::KeystorePasswordInvalid,
            E::KeyPasswordMissing | E::WrongKeyPassword => Reason::KeyPasswordInvalid,
            E::AliasNotFound { .. } => Reason::KeyAliasNotFound,
            E::AliasRequired { .. } => Reason::KeyAliasRequired,
            E::NoPrivateKey => Reason::PrivateKeyNotFound,
            E::CertificateMismatch => Reason::CertificateMismatch,
            E::KeyTooWeak { .. } => Reason::KeyTooWeak,
            E::UnsupportedKey { .. } => Reason::KeyUnsupported,
            E::UnsupportedEncryption { .. } => Reason::KeystoreUnsupported,
        };
        Self::on_change(reason, format!("{field}: {error}"))
    }

    /// A key that cannot sign; `field` is the path of its keystore's reference.
    #[must_use]
    pub fn from_signer_error(error: &SignerError, field: &str) -> Self {
        let reason = match error {
            SignerError::Algorithm(_) => Reason::AlgorithmMismatch,
            SignerError::CertificateMismatch => Reason::CertificateMismatch,
            SignerError::Key(error) => return Self::from_keystore_error(error, field),
        };
        Self::on_change(reason, format!("{field}: {error}"))
    }

    /// An assertion that cannot be made; `field` is the path of its keystore's reference.
    #[must_use]
    pub fn of_assertion(error: &AssertionError, field: &str) -> Self {
        let reason = match error {
            AssertionError::CertificateMissing => Reason::CertificateMissing,
            AssertionError::Sign { .. } => Reason::AlgorithmMismatch,
        };
        Self::on_change(reason, format!("{field}: {error}"))
    }

    /// A client certificate that the token endpoint did not accept.
    fn client_certificate(status: u16) -> Self {
        let message = format!(
            "the token endpoint did not accept the client certificate (HTTP {status}): check that it is the one that is registered, that it has not expired, and that its issuer is sent with it"
        );
        Self { reason: Reason::ClientCertificateRejected, message, retry: Retry::SlowBackoff }
    }

    /// An answer that gave no token. `seen` is what is known of the exchange beside it.
    #[must_use]
    pub fn from_token_error(refusal: TokenError, seen: &ExchangeContext) -> Self {
        let reason = reason_of(refusal, seen);
        if reason == Reason::ClientCertificateRejected {
            return Self::client_certificate(refusal.status());
        }
        let retry = match (seen.retry_after, refusal.class()) {
            (Some(time), Retryability::Retry) => Retry::NotBefore(time),
            (None, Retryability::Retry) => Retry::Backoff,
            (_, Retryability::WaitForChange) => Retry::SlowBackoff,
        };
        let mut message = refusal.to_string();
        match (reason, &seen.sent) {
            (Reason::AssertionRejected | Reason::ClientRejected, Some(sent)) => {
                message.push_str(&assertion_details(sent, seen.clock_difference));
            }
            (Reason::AssertionRejected, None) => {
                message.push_str("; sent: the ready-made assertion; ");
                message.push_str(&clock_skew_text(seen.clock_difference));
            }
            _ => {}
        }
        Self { reason, message, retry }
    }
}

/// What is known of an exchange beside the refusal.
#[derive(Clone, Debug, Default)]
pub struct ExchangeContext {
    /// Whether an assertion was sent: signed here or ready-made.
    pub assertion_sent: bool,
    /// What the assertion said, where it was signed here.
    pub sent: Option<AssertionSummary>,
    /// Whether the client sent a secret of its own, beside or in place of an assertion.
    pub client_secret_sent: bool,
    /// Whether a client certificate was shown.
    pub certificate_shown: bool,
    /// How far the provider's clock is ahead, as its answer's `Date` says.
    pub clock_difference: Option<jiff::SignedDuration>,
    /// When the provider allows the next request (`Retry-After`).
    pub retry_after: Option<Timestamp>,
}

fn reason_of(refusal: TokenError, seen: &ExchangeContext) -> Reason {
    match refusal {
        // The status says it plainly; providers put various codes beside it.
        TokenError::RateLimited | TokenError::OAuth { status: 429, .. } => Reason::RateLimited,
        TokenError::OAuth { code, .. } => reason_of_code(code, seen),
        TokenError::ServerError { .. } => Reason::ProviderUnavailable,
        TokenError::Status { status } => match refusal.class() {
            Retryability::Retry => Reason::ProviderUnavailable,
            Retryability::WaitForChange if matches!(status, 401 | 403) => client_rejected(seen),
            Retryability::WaitForChange => Reason::RequestRejected,
        },
        // Web servers refuse a client certificate with a page: 400, or nginx's own 495 and 496.
        TokenError::Html { status: 400 | 495 | 496 } if seen.certificate_shown => {
            Reason::ClientCertificateRejected
        }
        TokenError::Html { status } | TokenError::NotJson { status } if status >= 500 => {
            Reason::ProviderUnavailable
        }
        TokenError::Html { .. }
        | TokenError::NotJson { .. }
        | TokenError::NoToken { .. }
        | TokenError::TokenUnusable { .. } => Reason::ResponseInvalid,
    }
}

fn reason_of_code(code: ErrorCode, seen: &ExchangeContext) -> Reason {
    match code {
        ErrorCode::InvalidGrant if seen.assertion_sent => Reason::AssertionRejected,
        ErrorCode::InvalidClient => client_rejected(seen),
        ErrorCode::UnauthorizedClient => Reason::ClientRejected,
        ErrorCode::InvalidScope => Reason::ScopeRejected,
        ErrorCode::SlowDown => Reason::RateLimited,
        ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable => Reason::ProviderUnavailable,
        _ => Reason::RequestRejected,
    }
}

/// Where the assertion alone said who the client is, refusing the client is refusing the assertion.
fn client_rejected(seen: &ExchangeContext) -> Reason {
    if seen.assertion_sent && !seen.client_secret_sent {
        Reason::AssertionRejected
    } else if seen.certificate_shown && !seen.client_secret_sent {
        Reason::ClientCertificateRejected
    } else {
        Reason::ClientRejected
    }
}

/// What was sent, so that it can be compared with what is registered at the provider.
fn assertion_details(
    sent: &AssertionSummary,
    clock_difference: Option<jiff::SignedDuration>,
) -> String {
    let AssertionSummary { iss, sub, aud, algorithm, thumbprint } = sent;
    let clock = clock_skew_text(clock_difference);
    format!(
        "; sent: iss={iss} sub={sub} aud={aud} algorithm={algorithm} thumbprint={thumbprint}; {clock}"
    )
}

/// How far the provider's clock differs, in words.
fn clock_skew_text(difference: Option<jiff::SignedDuration>) -> String {
    match difference.map(|difference| difference.as_secs()) {
        None => "clock difference unknown".to_owned(),
        Some(0) => "no clock difference".to_owned(),
        Some(ahead @ 1..) => format!("the provider's clock is {ahead} s ahead"),
        Some(behind) => format!("the provider's clock is {} s behind", behind.unsigned_abs()),
    }
}
