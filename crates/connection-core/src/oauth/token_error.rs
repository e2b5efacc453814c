//! What it means when a token endpoint gives no token.

use thiserror::Error;

use super::error_code::ErrorCode;
use crate::oauth::retryability::{Retryability, is_retryable_status};

/// Why an answer of the token endpoint gave no token.
///
/// It says what came back in our own closed list of words: never a byte of the body, which may hold
/// a token, an assertion that was echoed, or a text made to mislead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// The provider named an OAuth error (RFC 6749 section 5.2 and its relatives).
    #[error("the token endpoint refused the request with `{code}` (HTTP {status}): {}", code.remedy())]
    OAuth {
        /// The error, as one of the words that this project knows.
        code: ErrorCode,
        /// The HTTP status of the answer; some providers send an error with 200.
        status: u16,
    },
    /// HTTP 429 without an OAuth error.
    #[error(
        "the token endpoint limits the rate of requests (HTTP 429); \
         it is asked again later, fewer Connections with the same client help"
    )]
    RateLimited,
    /// HTTP 5xx without an OAuth error.
    #[error("the token endpoint failed (HTTP {status}); it is asked again later")]
    ServerError {
        /// The HTTP status of the answer.
        status: u16,
    },
    /// Any other HTTP status that is not a success, without an OAuth error.
    #[error("the token endpoint answered HTTP {status} without an OAuth error: {}", status_remedy(*status))]
    Status {
        /// The HTTP status of the answer.
        status: u16,
    },
    /// The answer is a web page.
    #[error(
        "the token endpoint answered with an HTML page instead of JSON (HTTP {status}); \
         check that the URL is the token endpoint, and whether a proxy, a firewall or a login page answers in its place"
    )]
    Html {
        /// The HTTP status of the answer.
        status: u16,
    },
    /// The answer is neither a JSON object nor a form.
    #[error(
        "the token endpoint's answer is not a JSON object (HTTP {status}); \
         check that the URL is the token endpoint"
    )]
    NotJson {
        /// The HTTP status of the answer.
        status: u16,
    },
    /// The answer can be read, but there is no token where one is expected.
    #[error(
        "the token endpoint's answer holds no access token (HTTP {status}); \
         check that the URL is the token endpoint and that the preset fits the provider"
    )]
    NoToken {
        /// The HTTP status of the answer.
        status: u16,
    },
    /// There is a token that no HTTP header could carry.
    #[error(
        "the token endpoint's answer holds an access token that cannot be used, {flaw} (HTTP {status}); \
         check that the URL is the token endpoint and that the preset fits the provider"
    )]
    TokenUnusable {
        /// What is wrong with it.
        flaw: InvalidToken,
        /// The HTTP status of the answer.
        status: u16,
    },
}

/// What is wrong with an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidToken {
    /// It has no characters.
    #[error("it is empty")]
    Empty,
    /// It has more than [`super::token_response::MAX_TOKEN_BYTES`] bytes.
    #[error("it is too long")]
    TooLong,
    /// It has control characters, spaces or characters outside ASCII (RFC 6749 appendix A.12).
    #[error("it has characters that an HTTP header cannot carry")]
    Characters,
    /// It is a number, a list, an object or a boolean.
    #[error("it is not a string")]
    NotText,
}

impl TokenError {
    /// Returns what to do about it.
    #[must_use]
    pub fn class(self) -> Retryability {
        match self {
            Self::OAuth { code, status } => match class_of_status(status) {
                // A server in trouble is not believed when it condemns a grant.
                Retryability::Retry => Retryability::Retry,
                Retryability::WaitForChange => code.class(),
            },
            Self::RateLimited | Self::ServerError { .. } => Retryability::Retry,
            Self::Status { status } => class_of_status(status),
            Self::Html { status } | Self::NotJson { status } => classify_non_oauth_response(status),
            Self::NoToken { .. } | Self::TokenUnusable { .. } => Retryability::WaitForChange,
        }
    }

    /// Whether the refresh token that was presented is worth nothing any more, and only a person can
    /// go on (RFC 6749 section 5.2, OpenID Connect Core section 3.1.2.6).
    #[must_use]
    pub fn invalidates_grant(self) -> bool {
        let condemned = matches!(
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
        condemned && self.class() == Retryability::WaitForChange
    }

    /// Returns the HTTP status of the answer.
    #[must_use]
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

    /// Returns the OAuth error, where the provider named one.
    #[must_use]
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

/// A page that is not the token endpoint's own comes from something in between, which passes; but
/// where the status says that there is no such endpoint, or that it is elsewhere, waiting is no use.
fn classify_non_oauth_response(status: u16) -> Retryability {
    match status {
        300..=399 | 404 | 405 | 410 => Retryability::WaitForChange,
        _ => Retryability::Retry,
    }
}

fn status_remedy(status: u16) -> &'static str {
    match status {
        300..=399 => "redirects are not followed with credentials, name the endpoint itself",
        401 | 403 => {
            "check the client's credentials, and that the client may use this grant from this network"
        }
        404 | 405 | 410 => "check that the URL is the token endpoint",
        407 => "the proxy wants credentials, check the proxy's Secret",
        _ if is_retryable_status(status) => "it is asked again later",
        _ => "check the endpoint and the request parameters",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Retryability::{Retry, WaitForChange};

    #[test]
    fn each_refusal_says_whether_to_ask_again() {
        let oauth = |code, status| TokenError::OAuth { code, status };
        for (refusal, expected) in [
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
            assert_eq!(refusal.class(), expected, "{refusal}");
        }
    }

    #[test]
    fn only_a_server_that_is_well_ends_a_grant() {
        let oauth = |code, status| TokenError::OAuth { code, status };
        for (refusal, expected) in [
            (oauth(ErrorCode::InvalidGrant, 400), true),
            (oauth(ErrorCode::InvalidGrant, 401), true),
            (oauth(ErrorCode::LoginRequired, 400), true),
            (oauth(ErrorCode::InvalidGrant, 500), false),
            (oauth(ErrorCode::InvalidGrant, 429), false),
            (oauth(ErrorCode::InvalidClient, 401), false),
            (TokenError::Status { status: 400 }, false),
        ] {
            assert_eq!(refusal.invalidates_grant(), expected, "{refusal}");
        }
    }

    #[test]
    fn every_refusal_names_its_status_and_a_remedy() {
        for status in 0..700 {
            for refusal in [
                TokenError::Status { status },
                TokenError::Html { status },
                TokenError::NotJson { status },
                TokenError::NoToken { status },
                TokenError::ServerError { status },
                TokenError::OAuth { code: ErrorCode::Other, status },
                TokenError::TokenUnusable { flaw: InvalidToken::Characters, status },
            ] {
                let text = refusal.to_string();
                assert!(text.contains(&format!("HTTP {status}")), "{text}");
                assert_eq!(refusal.status(), status);
            }
        }
    }
}
