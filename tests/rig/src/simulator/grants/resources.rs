//! Further endpoints of a provider: revocation (RFC 7009), userinfo (`OpenID` Connect Core section 5.3) and
//! metadata (RFC 8414).

use serde_json::json;

use crate::simulator::behavior::Behavior;
use crate::simulator::grants::settings::Pushed;
use crate::simulator::grants::{Grants, Reply};
use crate::simulator::ledger::TokenRequest;

impl Grants {
    /// Revokes the family of a token; one that is not known, or another client's, is as good as
    /// revoked (RFC 7009 section 2.2).
    pub(super) fn revoke(&mut self, request: &TokenRequest) -> Reply {
        let client = match self.client(request) {
            Ok(client) => client,
            Err(why) => return Reply::stranger(why),
        };
        let token = request.parameter("token").unwrap_or_default();
        let family = self.book.family_of(&token).map(|index| &mut self.book.families[index]);
        if let Some(family) = family.filter(|family| family.authorized.client_id == client.id) {
            family.revoked = true;
        }
        Reply::answer(200, Behavior::empty(200))
    }

    /// Returns the account that consented, for an access token that is not revoked.
    pub(super) fn user_info(&self, request: &TokenRequest) -> Reply {
        let token = request.authorization.as_deref().and_then(|text| text.strip_prefix("Bearer "));
        let family = token.and_then(|token| self.book.family_of(token));
        if family.is_some_and(|family| !self.book.families[family].revoked) {
            return Reply::answer(200, Behavior::json(200, &self.claims()));
        }
        Reply::refusal(401, "invalid_token", "no such access token")
    }

    /// What it announces.
    pub(super) fn metadata(&self) -> Reply {
        let url = |path: &str| format!("{}{path}", self.issuer);
        let metadata = json!({
            "issuer": self.issuer,
            "authorization_endpoint": url("/authorize"),
            "token_endpoint": url("/token"),
            "revocation_endpoint": url("/revoke"),
            "userinfo_endpoint": url("/userinfo"),
            "pushed_authorization_request_endpoint": url("/par"),
            "require_pushed_authorization_requests": self.settings.pushed == Pushed::Demanded,
            "authorization_response_iss_parameter_supported": self.settings.returns_issuer,
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "response_types_supported": ["code"],
        });
        Reply::answer(200, Behavior::json(200, &metadata))
    }
}
