//! OAuth error codes.

use std::fmt;

use serde::Deserialize;

use crate::oauth::retryability::Retryability;

/// A registered error code (IANA "OAuth Extensions Error Registry"), or [`ErrorCode::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// RFC 6749 section 5.2; also for an invalid assertion (RFC 7521 section 4.1.1).
    InvalidGrant,
    /// RFC 6749 section 5.2; also for an invalid client assertion (RFC 7521 section 4.2.1).
    InvalidClient,
    /// RFC 6749 section 5.2.
    InvalidScope,
    /// RFC 6749 section 5.2.
    UnauthorizedClient,
    /// RFC 6749 section 5.2.
    UnsupportedGrantType,
    /// RFC 6749 section 5.2.
    InvalidRequest,
    /// RFC 8707 section 2.
    InvalidTarget,
    /// RFC 6749 section 4.1.2.1; some token endpoints return it too.
    AccessDenied,
    /// RFC 6749 section 4.1.2.1; some token endpoints return it too.
    ServerError,
    /// RFC 6749 section 4.1.2.1; some token endpoints return it too.
    TemporarilyUnavailable,
    /// RFC 8628 section 3.5.
    SlowDown,
    /// RFC 8628 section 3.5.
    AuthorizationPending,
    /// RFC 8628 section 3.5.
    ExpiredToken,
    /// RFC 6750 section 3.1.
    InvalidToken,
    /// RFC 6750 section 3.1.
    InsufficientScope,
    /// OpenID Connect Core section 3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core section 3.1.2.6.
    InteractionRequired,
    /// OpenID Connect Core section 3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core section 3.1.2.6.
    AccountSelectionRequired,
    /// A code that is not registered. Its text is not kept, because it may contain a secret.
    Other,
}

impl ErrorCode {
    /// All codes but [`ErrorCode::Other`].
    pub const NAMED: [Self; 19] = [
        Self::InvalidGrant,
        Self::InvalidClient,
        Self::InvalidScope,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::InvalidRequest,
        Self::InvalidTarget,
        Self::AccessDenied,
        Self::ServerError,
        Self::TemporarilyUnavailable,
        Self::SlowDown,
        Self::AuthorizationPending,
        Self::ExpiredToken,
        Self::InvalidToken,
        Self::InsufficientScope,
        Self::ConsentRequired,
        Self::InteractionRequired,
        Self::LoginRequired,
        Self::AccountSelectionRequired,
    ];

    /// Parses a code, ignoring case and surrounding white space.
    pub fn parse(text: &str) -> Self {
        // Some providers pad the code or write it in upper case.
        let text = text.trim();
        Self::NAMED
            .into_iter()
            .find(|code| code.as_str().eq_ignore_ascii_case(text))
            .unwrap_or(Self::Other)
    }

    /// Returns the registered code, or a description for [`ErrorCode::Other`].
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidClient => "invalid_client",
            Self::InvalidScope => "invalid_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidTarget => "invalid_target",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::SlowDown => "slow_down",
            Self::AuthorizationPending => "authorization_pending",
            Self::ExpiredToken => "expired_token",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::LoginRequired => "login_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::Other => "a provider-specific error",
        }
    }

    /// Returns if the request can be retried, unless the HTTP status decides otherwise.
    pub fn retryability(self) -> Retryability {
        match self {
            Self::ServerError
            | Self::TemporarilyUnavailable
            | Self::SlowDown
            | Self::AuthorizationPending => Retryability::Retry,
            Self::InvalidGrant
            | Self::InvalidClient
            | Self::InvalidScope
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidRequest
            | Self::InvalidTarget
            | Self::AccessDenied
            | Self::ExpiredToken
            | Self::InvalidToken
            | Self::InsufficientScope
            | Self::ConsentRequired
            | Self::InteractionRequired
            | Self::LoginRequired
            | Self::AccountSelectionRequired
            | Self::Other => Retryability::WaitForChange,
        }
    }

    /// Returns the remedy, for the end of a message.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::InvalidGrant => {
                "check issuer, subject, audience, key and clock of the assertion, or whether the grant is still valid"
            }
            Self::InvalidClient => {
                "check the client ID, its secret or key, and the authentication method"
            }
            Self::InvalidScope | Self::InsufficientScope => {
                "set scopes that the provider grants to this client"
            }
            Self::UnauthorizedClient => "allow this grant for the client at the provider",
            Self::UnsupportedGrantType => {
                "use a flow that the provider supports, and check the token endpoint"
            }
            Self::InvalidRequest => "check which request parameters the provider requires",
            Self::InvalidTarget => "check the resource or audience parameter",
            Self::AccessDenied => "allow the client and the user access at the provider",
            Self::ServerError | Self::TemporarilyUnavailable => "the operator retries later",
            Self::SlowDown | Self::AuthorizationPending => "the operator retries less often",
            Self::ExpiredToken | Self::InvalidToken => "authorize the Connection again",
            Self::ConsentRequired => {
                "grant the user's or the administrator's consent at the provider"
            }
            Self::InteractionRequired | Self::LoginRequired | Self::AccountSelectionRequired => {
                "log in at the provider as the user once"
            }
            Self::Other => "look up the request in the provider's log",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_code_is_parsed_from_its_text() {
        for code in ErrorCode::NAMED {
            assert_eq!(ErrorCode::parse(code.as_str()), code);
            assert_eq!(ErrorCode::parse(&format!(" {} ", code.as_str().to_uppercase())), code);
            let deserialized: ErrorCode = serde_json::from_value(code.as_str().into()).unwrap();
            assert_eq!(deserialized, code);
            assert!(!code.remedy().is_empty());
        }
    }

    #[test]
    fn the_text_of_an_unregistered_code_is_not_kept() {
        for text in ["", "app_not_found", "invalid_grant!", "invalid grant", "canary"] {
            assert_eq!(ErrorCode::parse(text), ErrorCode::Other);
        }
        assert_eq!(ErrorCode::Other.to_string(), "a provider-specific error");
    }
}
