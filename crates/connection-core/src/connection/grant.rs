//! What a grant Secret remembers of the grant beside the refresh token. It stands in an annotation,
//! so it holds nothing secret and is read without reading the token.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::Url;

use crate::connection::desired::{Desired, DesiredRequest, Grant};
use crate::connection::digest::Digest;
use crate::connection::endpoint::Endpoint;
use crate::connection::reason::Reason;
use crate::connection::token_record::TokenRecord;

/// What a grant Secret remembers.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GrantRecord {
    /// Counts the tokens that were received: who writes an older one is late.
    pub serial: u64,
    /// What the grant was issued to: only there and as that client is the refresh token sent. None
    /// while there is no grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Whether the provider gave no refresh token.
    #[serde(alias = "unrenewable", skip_serializing_if = "std::ops::Not::not")]
    pub no_refresh_token: bool,
    /// What is known of the consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// When the refresh token expires, where the provider says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When that end was told first: a grant that each refresh prolongs has a new one each time.
    #[serde(alias = "expiryToldAt", skip_serializing_if = "Option::is_none")]
    pub expiry_announced_at: Option<Timestamp>,
    /// Who is sending the refresh token right now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<RefreshClaim>,
    /// When the provider declared the grant dead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_since: Option<Timestamp>,
    /// What the token Secret is to remember of the access token that is here too.
    #[serde(deserialize_with = "known", skip_serializing_if = "Option::is_none")]
    pub token: Option<Box<TokenRecord>>,
    /// An authorization that was begun on the page and is not finished.
    #[serde(
        alias = "attempt",
        deserialize_with = "known",
        skip_serializing_if = "Option::is_none"
    )]
    pub pending_authorization: Option<PendingAuthorization>,
    /// What the last authorization came to.
    #[serde(deserialize_with = "known", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AuthorizationOutcome>,
    /// The version of the Secret from which a refresh token was imported last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported: Option<String>,
}

/// Reads what may hold a word of another version of the operator: what is not known is left out, and
/// the grant beside it stays.
fn known<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// Where and as whom a refresh token may be sent: what it was issued to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    /// The token endpoint that issued it.
    pub token_endpoint: Url,
    /// The issuer whose metadata was believed, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The refresh endpoint, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_endpoint: Option<Url>,
    /// The revocation endpoint, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<Url>,
    /// The client.
    #[serde(default, rename = "clientID", skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// What is known of a consent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    /// When it was given; of an imported grant, when it was imported.
    pub at: Timestamp,
    /// By which account, where the provider says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The scopes that were asked for; not known of an imported grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

/// Who is sending the refresh token.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RefreshClaim {
    /// The process.
    pub holder: String,
    /// Since when.
    pub at: Timestamp,
}

/// An authorization that was begun on the page.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingAuthorization {
    /// The ticket's digest.
    pub ticket: Digest,
    /// The digest of what the browser's cookie holds: no other browser goes on.
    pub browser: Digest,
    /// The digest of `state`; none once the provider's answer has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Digest>,
    /// When it was begun.
    pub begun_at: Timestamp,
}

/// What an authorization came to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationOutcome {
    /// The digest of the ticket that it was begun with: it is used up.
    pub ticket: Digest,
    /// When.
    pub at: Timestamp,
    /// The word: `Authorized`, or why not.
    pub reason: Reason,
    /// The sentence, safe to show.
    pub message: String,
    /// Whether the code is being exchanged; it stays so where the operator ends meanwhile.
    #[serde(default, alias = "open", skip_serializing_if = "std::ops::Not::not")]
    pub exchanging: bool,
}

/// How long a begun authorization may take: then `state`, ticket and cookie are worth nothing.
pub const PATIENCE: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// How long the exchange of a code may take, with all tries and the question who gave consent.
const EXCHANGE: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);

/// How long a claim counts: longer than a request may take from the claim on.
pub const CLAIM_LIFE: jiff::SignedDuration = jiff::SignedDuration::from_secs(15);

impl GrantRecord {
    /// Reads the annotation; one that cannot be read is as good as none: a person is asked.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The annotation's text.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The begun authorization, while it may still be finished.
    #[must_use]
    pub fn open_authorization(&self, now: Timestamp) -> Option<&PendingAuthorization> {
        self.pending_authorization
            .as_ref()
            .filter(|one| now.duration_since(one.begun_at) < PATIENCE)
    }

    /// Until when somebody else's claim keeps `holder` from sending the refresh token. A claim in
    /// the future is one of a clock that is wrong: it counts as one of now.
    #[must_use]
    pub fn claimed_until(&self, holder: &str, now: Timestamp) -> Option<Timestamp> {
        let claim = self.claim.as_ref().filter(|one| one.holder != holder)?;
        let until = claim.at.min(now).checked_add(CLAIM_LIFE).ok()?;
        (now < until).then_some(until)
    }
}

impl AuthorizationOutcome {
    /// Whether it is the last word: the exchange is over, or was interrupted.
    #[must_use]
    pub fn is_final(&self, now: Timestamp) -> bool {
        !self.exchanging || now.duration_since(self.at) > EXCHANGE
    }
}

impl Binding {
    /// What a grant of this endpoint is bound to.
    #[must_use]
    pub fn of(desired: &Desired, token_endpoint: Url) -> Self {
        let authorization = desired.authorization.as_ref();
        Self {
            token_endpoint,
            issuer: match &desired.request.endpoint {
                Endpoint::Url(_) => authorization.and_then(|one| one.issuer.clone()),
                Endpoint::FromMetadata(issuer) => Some(issuer.clone()),
            },
            refresh_endpoint: refresh_endpoint(&desired.request).cloned(),
            revocation_endpoint: authorization.and_then(|one| one.revocation.clone()),
            client_id: desired.request.client.id().map(str::to_owned),
        }
    }

    /// Every endpoint that is known by the spec and that the refresh token may be sent to.
    pub fn endpoints(&self) -> impl Iterator<Item = &Url> {
        let further = self.refresh_endpoint.iter().chain(&self.revocation_endpoint);
        [&self.token_endpoint].into_iter().chain(further)
    }

    /// Whether the refresh token may be sent where and as whom a spec says now.
    #[must_use]
    pub fn matches(&self, request: &DesiredRequest) -> bool {
        let endpoint = match &request.endpoint {
            Endpoint::Url(url) => *url == self.token_endpoint,
            Endpoint::FromMetadata(issuer) => Some(issuer) == self.issuer.as_ref(),
        };
        endpoint
            && refresh_endpoint(request) == self.refresh_endpoint.as_ref()
            && request.client.id() == self.client_id.as_deref()
    }

    /// Whether the refresh token may be sent to a revocation endpoint: one of the server that issued
    /// it, or one that was known when it was issued, named by the spec or by the issuer of then.
    #[must_use]
    pub fn allows_revocation_at(&self, endpoint: &Url, named_by: Option<&str>) -> bool {
        let known = match named_by {
            Some(issuer) => self.issuer.as_deref() == Some(issuer),
            None => self.revocation_endpoint.as_ref() == Some(endpoint),
        };
        known || endpoint.origin() == self.token_endpoint.origin()
    }
}

fn refresh_endpoint(request: &DesiredRequest) -> Option<&Url> {
    match &request.grant {
        Grant::AuthorizationCode { refresh_endpoint, .. } => refresh_endpoint.as_ref(),
        Grant::ClientCredentials { .. } | Grant::JwtBearer(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::connection::desired::Client;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    const ISSUER: &str = "https://login.example.com";

    fn binding() -> Binding {
        Binding {
            token_endpoint: url("https://login.example.com/token"),
            issuer: Some(ISSUER.to_owned()),
            refresh_endpoint: None,
            revocation_endpoint: Some(url("https://revoke.example.com")),
            client_id: Some("mail".to_owned()),
        }
    }

    fn request(endpoint: Endpoint, refresh: Option<&Url>, client: Option<&str>) -> DesiredRequest {
        let id = client.map(|id| Client::Public { id: id.to_owned() });
        DesiredRequest {
            endpoint,
            grant: Grant::AuthorizationCode {
                refresh_endpoint: refresh.cloned(),
                refresh_parameters: BTreeMap::new(),
            },
            client: id.unwrap_or(Client::None),
            identity: None,
            scope: None,
            scopes: Vec::new(),
            parameters: BTreeMap::new(),
            secret_parameters: BTreeMap::new(),
        }
    }

    #[test]
    fn a_refresh_token_goes_only_where_it_was_issued_to() {
        let (token, evil) = (binding().token_endpoint, url("https://evil.example.com/token"));
        let given = |url: &Url| Endpoint::Url(url.clone());
        let of = |issuer: &str| Endpoint::FromMetadata(issuer.to_owned());
        for (claim, endpoint, refresh, client, fits) in [
            ("the same endpoint", given(&token), None, Some("mail"), true),
            ("the same issuer", of(ISSUER), None, Some("mail"), true),
            ("another endpoint", given(&evil), None, Some("mail"), false),
            ("another issuer", of("https://evil.example.com"), None, Some("mail"), false),
            ("another refresh endpoint", given(&token), Some(&evil), Some("mail"), false),
            ("another client", given(&token), None, Some("other"), false),
            ("no client", given(&token), None, None, false),
        ] {
            let request = request(endpoint, refresh, client);
            assert_eq!(binding().matches(&request), fits, "{claim}");
        }
    }

    #[test]
    fn a_grant_is_revoked_only_where_it_was_known_to_be() {
        let evil = "https://evil.example.com";
        for (claim, endpoint, named_by, fits) in [
            ("given as it was", "https://revoke.example.com", None, true),
            ("of the same server", "https://login.example.com/revoke", None, true),
            ("named by the issuer", "https://other.example.com", Some(ISSUER), true),
            ("given since", evil, None, false),
            ("named by another issuer", evil, Some(evil), false),
        ] {
            assert_eq!(binding().allows_revocation_at(&url(endpoint), named_by), fits, "{claim}");
        }
    }

    #[test]
    fn a_claim_of_another_holds_for_a_while_and_ones_own_does_not() {
        let at: Timestamp = "2026-05-04T09:00:00Z".parse().unwrap();
        let claim = Some(RefreshClaim { holder: "a".to_owned(), at });
        let record = GrantRecord { claim, ..GrantRecord::default() };
        let after = |seconds| at + jiff::SignedDuration::from_secs(seconds);
        assert_eq!(record.claimed_until("a", after(1)), None);
        assert_eq!(record.claimed_until("b", after(1)), Some(after(15)));
        assert_eq!(record.claimed_until("b", after(15)), None);
        assert_eq!(record.claimed_until("b", after(-3600)), Some(after(-3585)));
    }

    #[test]
    fn the_annotation_is_read_as_it_was_written_and_a_torn_one_is_none() {
        let record = GrantRecord { serial: 7, ..GrantRecord::default() };
        assert_eq!(GrantRecord::read(&record.write()), Some(record));
        assert_eq!(GrantRecord::read("{\"serial\":"), None);
    }

    #[test]
    fn words_of_another_version_cost_no_grant() {
        let text = r#"{"serial":7,"outcome":{"reason":"Later"},"token":{"expirySource":"Later"}}"#;
        let record = GrantRecord { serial: 7, ..GrantRecord::default() };
        assert_eq!(GrantRecord::read(text), Some(record));
    }
}
