//! The token endpoint for codes (RFC 6749 section 4.1.3) and refresh tokens (section 6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::simulator::grants::book::{Flight, Proof};
use crate::simulator::grants::presentation::{Kind, Verdict};
use crate::simulator::grants::settings::Rotation;
use crate::simulator::grants::{Grants, Reply};
use crate::simulator::ledger::TokenRequest;
use crate::simulator::secret;

impl Grants {
    /// What becomes of a code or a refresh token; none for other grants.
    pub(super) fn exchange(&mut self, request: &TokenRequest, now: Timestamp) -> Option<Reply> {
        let kind = match request.parameter("grant_type")?.as_str() {
            "authorization_code" => Kind::Code,
            "refresh_token" => Kind::RefreshToken,
            _ => return None,
        };
        let client = match self.client(request) {
            Ok(client) => client,
            Err(why) => return Some(Reply::stranger(why)),
        };
        let (verdict, flight) = match kind {
            Kind::Code => {
                let proof = Proof {
                    redirect_uri: request.parameter("redirect_uri"),
                    verifier: request.parameter("code_verifier"),
                };
                let code = request.parameter("code").unwrap_or_default();
                self.book.redeem(&code, &client.id, &proof, now)
            }
            Kind::RefreshToken => {
                let token = request.parameter("refresh_token").unwrap_or_default();
                self.book.refresh(&token, &client.id, &self.settings, now)
            }
        };
        Some(self.tokens(kind, verdict, flight, now))
    }

    fn tokens(
        &mut self,
        kind: Kind,
        verdict: Verdict,
        flight: Option<Flight>,
        now: Timestamp,
    ) -> Reply {
        let family = self.book.presentations.last().and_then(|last| last.family);
        let (Some(family), Some(flight), true) = (family, flight, verdict.is_good()) else {
            return Reply::refusal(400, "invalid_grant", &verdict.to_string());
        };
        let mut fields = Map::new();
        let gives = match kind {
            Kind::Code => self.settings.refresh_tokens,
            Kind::RefreshToken => self.settings.rotation != Rotation::Never,
        };
        if kind == Kind::Code && gives {
            self.book.new_generation(family, now);
        }
        let opened = &self.book.families[family];
        if let Some(generation) = opened.generations.last().filter(|_| gives) {
            fields.insert("refresh_token".to_owned(), generation.token.as_str().into());
            if let Some(lifetime) = self.settings.refresh_lifetime {
                let seconds = lifetime.as_secs().into();
                fields.insert("refresh_token_expires_in".to_owned(), seconds);
            }
        }
        let scope = opened.authorized.scope.clone().unwrap_or_default();
        if scope.split(' ').any(|scope| scope == "openid") {
            fields.insert("id_token".to_owned(), self.id_token(family, now).into());
        }
        if !scope.is_empty() {
            fields.insert("scope".to_owned(), scope.into());
        }
        Reply::Tokens { family, fields, flight }
    }

    /// An ID token (`OpenID` Connect Core section 2). No client verifies its signature, since it comes
    /// from the token endpoint itself (section 3.1.3.7); the canary in its place lets a scan find it.
    fn id_token(&self, family: usize, now: Timestamp) -> String {
        let authorized = &self.book.families[family].authorized;
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut claims = self.claims();
        claims["iss"] = self.issuer.as_str().into();
        claims["aud"] = authorized.client_id.as_str().into();
        claims["iat"] = now.as_second().into();
        claims["exp"] = (now.as_second() + 3600).into();
        if let Some(nonce) = &authorized.nonce {
            claims["nonce"] = nonce.as_str().into();
        }
        let header = part(&json!({"alg": "RS256", "typ": "JWT"}));
        format!("{header}.{}.{}", part(&claims), secret::unique("id"))
    }

    /// Who consented.
    pub(super) fn claims(&self) -> Value {
        let account = &self.settings.account;
        json!({"sub": account.subject, "email": account.email, "email_verified": account.email_verified})
    }
}
