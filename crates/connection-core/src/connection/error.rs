//! Why a connection has no token: a reason, a message that is safe to show, and when to retry.

use jiff::Timestamp;

use crate::connection::reason::Reason;
use crate::connection::secret_key::SecretKey;
use crate::keys::error::KeystoreError;
use crate::oauth::assertion::{AssertionError, AssertionSummary};
use crate::oauth::error_code::ErrorCode;
use crate::oauth::retryability::{Retryability, is_retryable_status};
use crate::oauth::signer::SignerError;
use crate::oauth::token_error::TokenError;

/// Why a step failed or a spec is invalid.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConnectionError {
    pub reason: Reason,
    /// What failed and what to do. It is safe to show: it consists of the operator's own text, names
    /// from the spec and numbers, never of a secret or a provider's text.
    pub message: String,
    pub retry: Retry,
}

/// When a failed step is retried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retry {
    /// Not before this time, which the provider set (`Retry-After`); then as `Backoff`.
    NotBefore(Timestamp),
    /// Terminal until an input changes.
    OnChange,
    /// When an input changes, and with long delays because the cause may be at the provider.
    SlowBackoff,
    /// With growing delays.
    Backoff,
}

impl Retry {
    /// Returns true if the failure may pass without a change.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Backoff | Self::NotBefore(_))
    }
}

impl ConnectionError {
    /// An error that only a change of an input resolves.
    pub fn on_change(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), retry: Retry::OnChange }
    }

    /// An error that may pass.
    pub fn transient(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), retry: Retry::Backoff }
    }

    /// The same error, retried with long delays because its cause may be at the provider.
    #[must_use]
    pub fn with_slow_backoff(self) -> Self {
        Self { retry: Retry::SlowBackoff, ..self }
    }

    /// `field` is the path of the invalid field.
    pub fn invalid_spec(field: &str, what: &str) -> Self {
        Self::on_change(Reason::InvalidSpec, format!("{field}: {what}"))
    }

    /// `command` enrolls the namespace.
    pub fn not_enrolled(command: &str) -> Self {
        let message = format!(
            "namespace not enrolled: run `{command}`; the operator retries within a minute"
        );
        Self::on_change(Reason::NamespaceNotEnrolled, message).with_slow_backoff()
    }

    pub fn secret_not_found(field: &str, secret: &str) -> Self {
        let message = format!(
            "{field}: Secret `{secret}` does not exist: create it or correct the reference"
        );
        Self::on_change(Reason::SecretNotFound, message)
    }

    pub fn secret_key_not_found(field: &str, secret: &str, key: &str) -> Self {
        let message = format!(
            "{field}: Secret `{secret}` has no key `{key}`: add it or correct the reference"
        );
        Self::on_change(Reason::SecretKeyNotFound, message)
    }

    /// `what` completes the sentence that begins with the Secret.
    pub fn secret_invalid(at: &SecretKey, what: &str) -> Self {
        let message = format!("{}: key `{}` of Secret `{}` {what}", at.field, at.key, at.secret);
        Self::on_change(Reason::SecretInvalid, message)
    }

    /// A static assertion whose `exp` is in the past.
    pub fn assertion_expired(field: &str) -> Self {
        let message =
            format!("{field}: the static assertion has expired: put a new one into the Secret");
        Self::on_change(Reason::AssertionExpired, message)
    }

    /// A request was composed without the Secrets that it needs: a bug of the operator.
    pub fn material_missing() -> Self {
        Self::transient(
            Reason::KubernetesAPIError,
            "the Secrets of the request were not read: the operator retries",
        )
    }

    /// `field` is the path of the keystore's reference.
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

    /// `field` is the path of the reference to the key's keystore.
    pub fn from_signer_error(error: &SignerError, field: &str) -> Self {
        let reason = match error {
            SignerError::Algorithm(_) => Reason::AlgorithmMismatch,
            SignerError::CertificateMismatch => Reason::CertificateMismatch,
            SignerError::Key(error) => return Self::from_keystore_error(error, field),
        };
        Self::on_change(reason, format!("{field}: {error}"))
    }

    /// `field` is the path of the reference to the signing key's keystore.
    pub fn from_assertion_error(error: &AssertionError, field: &str) -> Self {
        let reason = match error {
            AssertionError::CertificateMissing => Reason::CertificateMissing,
            AssertionError::Sign { .. } => Reason::AlgorithmMismatch,
        };
        Self::on_change(reason, format!("{field}: {error}"))
    }

    fn client_certificate_rejected(status: u16) -> Self {
        let message = format!(
            "the token endpoint rejected the client certificate (HTTP {status}): check that it is registered, is not expired, and is sent with the certificate of its issuer"
        );
        Self::on_change(Reason::ClientCertificateRejected, message).with_slow_backoff()
    }

    /// A response without a usable token.
    pub fn from_token_error(error: TokenError, context: &ExchangeContext) -> Self {
        let reason = token_error_reason(error, context);
        // The token error does not know of the certificate, so its text would not help.
        if reason == Reason::ClientCertificateRejected {
            return Self::client_certificate_rejected(error.status());
        }
        let retry = match (context.retry_after, error.retryability()) {
            (Some(time), Retryability::Retry) => Retry::NotBefore(time),
            (None, Retryability::Retry) => Retry::Backoff,
            // Not `OnChange`: the operator does not see a corrected registration at the provider.
            (_, Retryability::WaitForChange) => Retry::SlowBackoff,
        };
        let mut message = error.to_string();
        match (reason, &context.sent) {
            (Reason::AssertionRejected | Reason::ClientRejected, Some(sent)) => {
                message.push_str(&assertion_details(sent, context.clock_difference));
            }
            // Without claims: a static assertion is a secret that is sent unchanged.
            (Reason::AssertionRejected, None) => {
                message.push_str("; sent: the static assertion; ");
                message.push_str(&clock_skew_text(context.clock_difference));
            }
            _ => {}
        }
        Self { reason, message, retry }
    }
}

/// The request that a provider rejected, and the headers of its response.
#[derive(Clone, Debug, Default)]
pub struct ExchangeContext {
    /// An assertion was sent, signed or static.
    pub assertion_sent: bool,
    /// The claims of the assertion, if the operator signed it.
    pub sent: Option<AssertionSummary>,
    /// The client sent its secret, with or without an assertion.
    pub client_secret_sent: bool,
    /// The client presented a certificate in the TLS handshake.
    pub certificate_shown: bool,
    /// How far the provider's clock is ahead, from the response's `Date`.
    pub clock_difference: Option<jiff::SignedDuration>,
    /// When the provider allows the next request (`Retry-After`).
    pub retry_after: Option<Timestamp>,
}

fn token_error_reason(error: TokenError, context: &ExchangeContext) -> Reason {
    match error {
        // Providers combine status 429 with various error codes.
        TokenError::RateLimited | TokenError::OAuth { status: 429, .. } => Reason::RateLimited,
        TokenError::OAuth { code, .. } => error_code_reason(code, context),
        TokenError::ServerError { .. } => Reason::ProviderUnavailable,
        TokenError::Status { status } => match error.retryability() {
            Retryability::Retry => Reason::ProviderUnavailable,
            // Some providers omit the error code of RFC 6749 section 5.2.
            Retryability::WaitForChange if matches!(status, 401 | 403) => {
                client_rejected_reason(context)
            }
            Retryability::WaitForChange => Reason::RequestRejected,
        },
        // Web servers reject a client certificate with an HTML page: 400, or 495 and 496 of nginx.
        TokenError::Html { status: 400 | 495 | 496 } if context.certificate_shown => {
            Reason::ClientCertificateRejected
        }
        // Gateways respond with a page of their own while the provider is down.
        TokenError::Html { status } | TokenError::NotJson { status }
            if is_retryable_status(status) =>
        {
            Reason::ProviderUnavailable
        }
        TokenError::Html { .. }
        | TokenError::NotJson { .. }
        | TokenError::NoToken { .. }
        | TokenError::TokenUnusable { .. } => Reason::ResponseInvalid,
    }
}

fn error_code_reason(code: ErrorCode, context: &ExchangeContext) -> Reason {
    match code {
        // Servers report an invalid assertion with this code (RFC 7521 section 4.1.1).
        ErrorCode::InvalidGrant if context.assertion_sent => Reason::AssertionRejected,
        ErrorCode::InvalidClient => client_rejected_reason(context),
        // The client is authenticated but not permitted this grant type (RFC 6749 section 5.2).
        ErrorCode::UnauthorizedClient => Reason::ClientRejected,
        ErrorCode::InvalidScope => Reason::ScopeRejected,
        ErrorCode::SlowDown => Reason::RateLimited,
        ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable => Reason::ProviderUnavailable,
        _ => Reason::RequestRejected,
    }
}

/// If only the assertion or the certificate authenticates the client, rejecting the client means
/// rejecting that credential.
fn client_rejected_reason(context: &ExchangeContext) -> Reason {
    if context.assertion_sent && !context.client_secret_sent {
        Reason::AssertionRejected
    } else if context.certificate_shown && !context.client_secret_sent {
        Reason::ClientCertificateRejected
    } else {
        Reason::ClientRejected
    }
}

/// Describes the assertion, so that it can be compared with the registration at the provider.
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

fn clock_skew_text(difference: Option<jiff::SignedDuration>) -> String {
    match difference.map(|difference| difference.as_secs()) {
        None => "clock difference unknown".to_owned(),
        Some(0) => "no clock difference".to_owned(),
        Some(ahead @ 1..) => format!("the provider's clock is {ahead} s ahead"),
        Some(behind) => format!("the provider's clock is {} s behind", behind.unsigned_abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::reason::RetryClass;

    fn is_of_class(error: &ConnectionError) -> bool {
        match error.reason.retry_class() {
            RetryClass::None => false,
            RetryClass::OnChange | RetryClass::OnAuthorization => error.retry == Retry::OnChange,
            RetryClass::SlowBackoff => error.retry == Retry::SlowBackoff,
            RetryClass::Backoff => error.retry == Retry::Backoff,
            RetryClass::WhenProviderAllows => error.retry.is_transient(),
            RetryClass::ByResponse => error.retry != Retry::OnChange,
        }
    }

    fn check(errors: impl IntoIterator<Item = ConnectionError>) {
        for error in errors {
            assert!(is_of_class(&error), "{error:?}");
        }
    }

    #[test]
    fn errors_of_specs_and_secrets_are_retried_as_their_reasons_state() {
        let key = SecretKey { field: "spec.x", secret: "s".to_owned(), key: "k".to_owned() };
        check([
            ConnectionError::invalid_spec("spec.x", "is invalid"),
            ConnectionError::not_enrolled("kubectl"),
            ConnectionError::secret_not_found("spec.x", "s"),
            ConnectionError::secret_key_not_found("spec.x", "s", "k"),
            ConnectionError::secret_invalid(&key, "is empty"),
            ConnectionError::assertion_expired("spec.x"),
            ConnectionError::material_missing(),
            ConnectionError::client_certificate_rejected(400),
        ]);
    }

    #[test]
    fn errors_of_keys_are_retried_as_their_reasons_state() {
        use KeystoreError as E;
        let keystore = [
            E::StorePasswordMissing,
            E::WrongStorePassword,
            E::KeyPasswordMissing,
            E::WrongKeyPassword,
            E::NoPrivateKey,
            E::CertificateMismatch,
        ];
        let field = "spec.x";
        check(keystore.iter().map(|error| ConnectionError::from_keystore_error(error, field)));
        check([
            ConnectionError::from_signer_error(&SignerError::CertificateMismatch, field),
            ConnectionError::from_signer_error(&SignerError::Key(E::NoPrivateKey), field),
            ConnectionError::from_assertion_error(&AssertionError::CertificateMissing, field),
        ]);
    }

    #[test]
    fn error_responses_are_retried_as_their_reasons_state() {
        let later = Timestamp::UNIX_EPOCH;
        let contexts = [
            ExchangeContext::default(),
            ExchangeContext { assertion_sent: true, ..ExchangeContext::default() },
            ExchangeContext { certificate_shown: true, ..ExchangeContext::default() },
        ];
        // `authorization_pending` belongs to flows that the operator does not have.
        let codes =
            ErrorCode::NAMED.into_iter().filter(|code| *code != ErrorCode::AuthorizationPending);
        let mut responses: Vec<_> =
            codes.map(|code| TokenError::OAuth { code, status: 400 }).collect();
        responses.extend([
            TokenError::RateLimited,
            TokenError::ServerError { status: 503 },
            TokenError::Status { status: 401 },
            TokenError::Status { status: 404 },
            TokenError::Html { status: 400 },
            TokenError::Html { status: 502 },
            TokenError::NotJson { status: 200 },
        ]);
        for response in responses {
            check(
                contexts.iter().map(|context| ConnectionError::from_token_error(response, context)),
            );
        }
        let limited = ExchangeContext { retry_after: Some(later), ..ExchangeContext::default() };
        let error = ConnectionError::from_token_error(TokenError::RateLimited, &limited);
        assert_eq!(error.retry, Retry::NotBefore(later));
        check([error]);
    }
}
