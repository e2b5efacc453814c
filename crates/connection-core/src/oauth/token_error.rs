//! Token responses without a usable token.

use thiserror::Error;

use super::error_code::ErrorCode;
use crate::oauth::retryability::{Retryability, is_retryable_status};

/// A token endpoint returned no usable token.
///
/// Never contains a byte of the body: it may hold a token, an echoed assertion or a misleading text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// An OAuth error (RFC 6749 section 5.2). Some providers return it with status 200.
    #[error("the token endpoint returned `{code}` (HTTP {status}): {}", code.remedy())]
    OAuth { code: ErrorCode, status: u16 },
    /// HTTP 429 without an OAuth error.
    #[error(
        "the token endpoint limits the rate of requests (HTTP 429); \
         the operator retries later: use fewer Connections with the same client"
    )]
    RateLimited,
    /// HTTP 5xx without an OAuth error.
    #[error("the token endpoint failed (HTTP {status}); the operator retries later")]
    ServerError { status: u16 },
    /// Any other unsuccessful status without an OAuth error.
    #[error("the token endpoint returned HTTP {status} without an OAuth error: {}", status_remedy(*status))]
    Status { status: u16 },
    #[error(
        "the token endpoint returned an HTML page instead of JSON (HTTP {status}): \
         check that the URL is the token endpoint, and whether a proxy, a firewall or a login page responds instead"
    )]
    Html { status: u16 },
    /// The body is neither a JSON object nor a form.
    #[error(
        "the token endpoint's response is not a JSON object (HTTP {status}): \
         check that the URL is the token endpoint"
    )]
    NotJson { status: u16 },
    #[error(
        "the token endpoint's response contains no access token (HTTP {status}): \
         check that the URL is the token endpoint and that the preset matches the provider"
    )]
    NoToken { status: u16 },
    #[error(
        "the token endpoint's response contains an invalid access token, {flaw} (HTTP {status}): \
         check that the URL is the token endpoint and that the preset matches the provider"
    )]
    TokenUnusable { flaw: InvalidToken, status: u16 },
}

/// An access token cannot be sent in an HTTP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidToken {
    #[error("it is empty")]
    Empty,
    /// More than [`super::token_response::MAX_TOKEN_BYTES`] bytes.
    #[error("it is too long")]
    TooLong,
    /// Control characters, spaces or characters outside ASCII (RFC 6749 appendix A.12).
    #[error("it contains characters that are not allowed in an HTTP header")]
    Characters,
    #[error("it is not a string")]
    NotText,
}

impl TokenError {
    /// Returns if the request can be retried.
    pub fn retryability(self) -> Retryability {
        match self {
            Self::OAuth { code, status } => match class_of_status(status) {
                // Any error code with 5xx or 429 may be transient, even `invalid_grant`.
                Retryability::Retry => Retryability::Retry,
                Retryability::WaitForChange => code.retryability(),
            },
            Self::RateLimited | Self::ServerError { .. } => Retryability::Retry,
            Self::Status { status } => class_of_status(status),
            Self::Html { status } | Self::NotJson { status } => classify_non_oauth_response(status),
            // A successful response: the same request would issue, and lose, another token.
            Self::NoToken { .. } | Self::TokenUnusable { .. } => Retryability::WaitForChange,
        }
    }

    /// Returns true if the refresh token is no longer valid, so a user must give consent again
    /// (RFC 6749 section 5.2, OpenID Connect Core section 3.1.2.6).
    pub fn invalidates_grant(self) -> bool {
        let rejected = matches!(
            self.code(),
            Some(
                ErrorCode::InvalidGrant
                    | ErrorCode::ExpiredToken
                    | ErrorCode::ConsentRequired
                    | ErrorCode::InteractionRequired
                    | ErrorCode::LoginRequired
                    | ErrorCode::AccountSelectionRequired
            )
        );
        // With 5xx or 429 the code is not trusted: consent would be asked for without need.
        rejected && self.retryability() == Retryability::WaitForChange
    }

    /// Returns the HTTP status of the response.
    pub fn status(self) -> u16 {
        match self {
            Self::RateLimited => 429,
            Self::OAuth { status, .. }
            | Self::ServerError { status }
            | Self::Status { status }
            | Self::Html { status }
            | Self::NotJson { status }
            | Self::NoToken { status }
            | Self::TokenUnusable { status, .. } => status,
        }
    }

    /// Returns the OAuth error code, if the response contains one.
    pub fn code(self) -> Option<ErrorCode> {
        match self {
            Self::OAuth { code, .. } => Some(code),
            Self::RateLimited
            | Self::ServerError { .. }
            | Self::Status { .. }
            | Self::Html { .. }
            | Self::NotJson { .. }
            | Self::NoToken { .. }
            | Self::TokenUnusable { .. } => None,
        }
    }
}

fn class_of_status(status: u16) -> Retryability {
    if is_retryable_status(status) { Retryability::Retry } else { Retryability::WaitForChange }
}

/// An HTML page or plain text comes from a proxy or gateway, which is transient, unless the status
/// means that the endpoint does not exist or moved.
fn classify_non_oauth_response(status: u16) -> Retryability {
    match status {
        300..=399 | 404 | 405 | 410 => Retryability::WaitForChange,
        _ => Retryability::Retry,
    }
}

fn status_remedy(status: u16) -> &'static str {
    match status {
        300..=399 => "set the URL that it redirects to, because the operator follows no redirects",
        401 | 403 => {
            "check the client's credentials, and that the client may use this grant from this network"
        }
        404 | 405 | 410 => "check that the URL is the token endpoint",
        407 => "check the proxy's Secret, because the proxy requires credentials",
        _ if is_retryable_status(status) => "the operator retries later",
        _ => "check the endpoint and the request parameters",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Retryability::{Retry, WaitForChange};

    #[test]
    fn each_error_is_transient_or_permanent() {
        let oauth = |code, status| TokenError::OAuth { code, status };
        for (error, expected) in [
            (oauth(ErrorCode::InvalidGrant, 400), WaitForChange),
            (oauth(ErrorCode::InvalidGrant, 200), WaitForChange),
            (oauth(ErrorCode::InvalidClient, 401), WaitForChange),
            (oauth(ErrorCode::Other, 400), WaitForChange),
            (oauth(ErrorCode::TemporarilyUnavailable, 400), Retry),
            (oauth(ErrorCode::SlowDown, 400), Retry),
            (oauth(ErrorCode::InvalidGrant, 500), Retry),
            (oauth(ErrorCode::InvalidGrant, 429), Retry),
            (TokenError::RateLimited, Retry),
            (TokenError::ServerError { status: 503 }, Retry),
            (TokenError::Status { status: 400 }, WaitForChange),
            (TokenError::Status { status: 407 }, WaitForChange),
            (TokenError::Status { status: 408 }, Retry),
            (TokenError::Status { status: 302 }, WaitForChange),
            (TokenError::Html { status: 200 }, Retry),
            (TokenError::Html { status: 403 }, Retry),
            (TokenError::Html { status: 404 }, WaitForChange),
            (TokenError::Html { status: 502 }, Retry),
            (TokenError::NotJson { status: 200 }, Retry),
            (TokenError::NoToken { status: 200 }, WaitForChange),
            (TokenError::TokenUnusable { flaw: InvalidToken::Empty, status: 200 }, WaitForChange),
        ] {
            assert_eq!(error.retryability(), expected, "{error}");
        }
    }

    #[test]
    fn an_error_with_5xx_or_429_never_invalidates_a_grant() {
        let oauth = |code, status| TokenError::OAuth { code, status };
        for (error, expected) in [
            (oauth(ErrorCode::InvalidGrant, 400), true),
            (oauth(ErrorCode::InvalidGrant, 401), true),
            (oauth(ErrorCode::LoginRequired, 400), true),
            (oauth(ErrorCode::InvalidGrant, 500), false),
            (oauth(ErrorCode::InvalidGrant, 429), false),
            (oauth(ErrorCode::InvalidClient, 401), false),
            (TokenError::Status { status: 400 }, false),
        ] {
            assert_eq!(error.invalidates_grant(), expected, "{error}");
        }
    }

    #[test]
    fn every_message_contains_the_status() {
        for status in 0..700 {
            for error in [
                TokenError::Status { status },
                TokenError::Html { status },
                TokenError::NotJson { status },
                TokenError::NoToken { status },
                TokenError::ServerError { status },
                TokenError::OAuth { code: ErrorCode::Other, status },
                TokenError::TokenUnusable { flaw: InvalidToken::Characters, status },
            ] {
                let text = error.to_string();
                assert!(text.contains(&format!("HTTP {status}")), "{text}");
                assert_eq!(error.status(), status);
            }
        }
    }
}
