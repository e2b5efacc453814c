//! The record of a grant. It is an annotation of the grant Secret, so it contains no secret and is
//! available without reading the Secret's data.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::Url;

use crate::connection::desired::{Desired, DesiredGrant, DesiredRequest};
use crate::connection::digest::Digest;
use crate::connection::endpoint::Endpoint;
use crate::connection::reason::Reason;
use crate::connection::token_record::TokenRecord;

/// The record of a grant.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GrantRecord {
    /// Number of received token responses. A writer with a lower number is late.
    pub serial: u64,
    /// The client and the endpoints that the refresh token may be sent for and to; none without a
    /// grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<GrantBinding>,
    /// The provider issued no refresh token.
    #[serde(alias = "unrenewable", skip_serializing_if = "std::ops::Not::not")]
    pub no_refresh_token: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// When the refresh token expires, if the provider announces it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When that expiry was first announced. A refresh that prolongs the grant announces a new one.
    #[serde(alias = "expiryToldAt", skip_serializing_if = "Option::is_none")]
    pub expiry_announced_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<RefreshClaim>,
    /// When the provider rejected the refresh token.
    #[serde(alias = "deadSince", skip_serializing_if = "Option::is_none")]
    pub invalidated_at: Option<Timestamp>,
    /// The record of the access token that the grant Secret also holds.
    #[serde(deserialize_with = "deserialize_lenient", skip_serializing_if = "Option::is_none")]
    pub token: Option<Box<TokenRecord>>,
    #[serde(
        alias = "attempt",
        deserialize_with = "deserialize_lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub pending_authorization: Option<PendingAuthorization>,
    /// The outcome of the last authorization.
    #[serde(deserialize_with = "deserialize_lenient", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AuthorizationOutcome>,
    /// The version of the Secret that the last refresh token was imported from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported: Option<String>,
}

/// Deserializes a field that another version of the operator may have written. An unknown value reads
/// as absent, so that the rest of the record remains usable.
fn deserialize_lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    // Through a `Value`: after an error in `T`, the deserializer could not skip the rest of the
    // field.
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// The client and the endpoints that a refresh token was issued for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantBinding {
    /// The token endpoint that issued it.
    pub token_endpoint: Url,
    /// The issuer whose metadata was used, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The refresh endpoint, if it is not the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_endpoint: Option<Url>,
    /// The revocation endpoint, if the spec set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<Url>,
    #[serde(default, rename = "clientID", skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// A user's consent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    /// When consent was given; for an imported grant, when it was imported.
    pub at: Timestamp,
    /// The account that gave consent, if the provider identifies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The requested scopes; unknown for an imported grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

/// A claim to send the refresh token.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RefreshClaim {
    /// The replica.
    pub holder: String,
    pub at: Timestamp,
}

/// An authorization that a user started on the consent page and has not finished.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingAuthorization {
    /// The ticket's digest.
    pub ticket: Digest,
    /// The digest of the browser's cookie: another browser cannot finish the authorization.
    pub browser: Digest,
    /// The digest of `state`; none after the authorization response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Digest>,
    pub begun_at: Timestamp,
}

/// The outcome of an authorization.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationOutcome {
    /// The digest of the ticket, which cannot be used again.
    pub ticket: Digest,
    pub at: Timestamp,
    /// `Authorized`, or why the authorization failed.
    pub reason: Reason,
    /// Safe to show.
    pub message: String,
    /// The code is being exchanged. Remains set if the operator exits during the exchange.
    #[serde(default, alias = "open", skip_serializing_if = "std::ops::Not::not")]
    pub exchanging: bool,
}

/// How long an authorization may take. Afterwards `state`, ticket and cookie are invalid.
pub const AUTHORIZATION_TIMEOUT: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// How long the exchange of a code may take, with all retries and the userinfo request.
const EXCHANGE_TIMEOUT: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);

/// How long a claim is valid: longer than a request may take after the claim.
pub const CLAIM_DURATION: jiff::SignedDuration = jiff::SignedDuration::from_secs(15);

impl GrantRecord {
    /// Parses the annotation. An invalid one reads as absent: a user must authorize again.
    pub fn from_annotation(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub fn to_annotation(&self) -> String {
        // Cannot fail: no map in the record has keys that are not strings.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns the pending authorization if it has not timed out.
    pub fn open_authorization(&self, now: Timestamp) -> Option<&PendingAuthorization> {
        self.pending_authorization
            .as_ref()
            .filter(|pending| now.duration_since(pending.begun_at) < AUTHORIZATION_TIMEOUT)
    }

    /// Returns until when another replica's claim keeps `holder` from sending the refresh token. A
    /// claim in the future comes from a wrong clock and counts from `now`.
    pub fn claimed_until(&self, holder: &str, now: Timestamp) -> Option<Timestamp> {
        // A replica takes one step of a Connection at a time, so its own claim is of a step that
        // ended.
        let claim = self.claim.as_ref().filter(|claim| claim.holder != holder)?;
        let until = claim.at.min(now).checked_add(CLAIM_DURATION).ok()?;
        (now < until).then_some(until)
    }
}

impl AuthorizationOutcome {
    /// Returns true if the exchange has finished or was interrupted.
    pub fn is_final(&self, now: Timestamp) -> bool {
        // After a crash during the exchange, only the time shows that it will not finish.
        !self.exchanging || now.duration_since(self.at) > EXCHANGE_TIMEOUT
    }
}

impl GrantBinding {
    /// Binds a grant that `token_endpoint` issued.
    pub fn new(desired: &Desired, token_endpoint: Url) -> Self {
        let authorization = desired.authorization.as_ref();
        Self {
            token_endpoint,
            issuer: match &desired.request.endpoint {
                // The metadata of this issuer may name the revocation endpoint.
                Endpoint::Url(_) => authorization.and_then(|desired| desired.issuer.clone()),
                Endpoint::FromMetadata(issuer) => Some(issuer.clone()),
            },
            refresh_endpoint: refresh_endpoint(&desired.request).cloned(),
            revocation_endpoint: authorization.and_then(|desired| desired.revocation.clone()),
            client_id: desired.request.client.id().map(str::to_owned),
        }
    }

    /// Returns the endpoints that the spec sets and that may receive the refresh token.
    pub fn endpoints(&self) -> impl Iterator<Item = &Url> {
        let further = self.refresh_endpoint.iter().chain(&self.revocation_endpoint);
        [&self.token_endpoint].into_iter().chain(further)
    }

    /// Returns true if the refresh token may be sent to the endpoint and by the client of a spec.
    pub fn matches(&self, request: &DesiredRequest) -> bool {
        // The revocation endpoint is not compared here: `allows_revocation_at` checks it before its
        // use.
        let endpoint = match &request.endpoint {
            Endpoint::Url(url) => *url == self.token_endpoint,
            // The endpoint in the metadata is compared when it is read: see `Facts::grant_error`.
            Endpoint::FromMetadata(issuer) => Some(issuer) == self.issuer.as_ref(),
        };
        endpoint
            && refresh_endpoint(request) == self.refresh_endpoint.as_ref()
            && request.client.id() == self.client_id.as_deref()
    }

    /// Returns true if the refresh token may be sent to this revocation endpoint: it has the origin
    /// of the token endpoint, the spec set it when the grant was issued, or the metadata of the same
    /// issuer names it.
    pub fn allows_revocation_at(&self, endpoint: &Url, named_by: Option<&str>) -> bool {
        // Otherwise a change of the spec could send the refresh token to any host.
        let known = match named_by {
            Some(issuer) => self.issuer.as_deref() == Some(issuer),
            None => self.revocation_endpoint.as_ref() == Some(endpoint),
        };
        known || endpoint.origin() == self.token_endpoint.origin()
    }
}

fn refresh_endpoint(request: &DesiredRequest) -> Option<&Url> {
    match &request.grant {
        DesiredGrant::AuthorizationCode { refresh_endpoint, .. } => refresh_endpoint.as_ref(),
        DesiredGrant::ClientCredentials { .. } | DesiredGrant::JwtBearer(_) => None,
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

    fn binding() -> GrantBinding {
        GrantBinding {
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
            grant: DesiredGrant::AuthorizationCode {
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
    fn a_refresh_token_is_sent_only_to_the_endpoint_and_by_the_client_it_was_issued_for() {
        let (token, evil) = (binding().token_endpoint, url("https://evil.example.com/token"));
        let set = |url: &Url| Endpoint::Url(url.clone());
        let issuer = |issuer: &str| Endpoint::FromMetadata(issuer.to_owned());
        for (case, endpoint, refresh, client, expected) in [
            ("the same endpoint", set(&token), None, Some("mail"), true),
            ("the same issuer", issuer(ISSUER), None, Some("mail"), true),
            ("another endpoint", set(&evil), None, Some("mail"), false),
            ("another issuer", issuer("https://evil.example.com"), None, Some("mail"), false),
            ("another refresh endpoint", set(&token), Some(&evil), Some("mail"), false),
            ("another client", set(&token), None, Some("other"), false),
            ("no client", set(&token), None, None, false),
        ] {
            let request = request(endpoint, refresh, client);
            assert_eq!(binding().matches(&request), expected, "{case}");
        }
    }

    #[test]
    fn a_grant_is_revoked_only_at_an_endpoint_of_its_binding() {
        let evil = "https://evil.example.com";
        for (case, endpoint, named_by, expected) in [
            ("unchanged in the spec", "https://revoke.example.com", None, true),
            ("same origin", "https://login.example.com/revoke", None, true),
            ("named by the issuer", "https://other.example.com", Some(ISSUER), true),
            ("set in the spec since", evil, None, false),
            ("named by another issuer", evil, Some(evil), false),
        ] {
            assert_eq!(
                binding().allows_revocation_at(&url(endpoint), named_by),
                expected,
                "{case}"
            );
        }
    }

    #[test]
    fn a_claim_of_another_replica_is_valid_for_15_seconds() {
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
    fn the_annotation_round_trips_and_a_truncated_one_reads_as_absent() {
        let record = GrantRecord { serial: 7, ..GrantRecord::default() };
        assert_eq!(GrantRecord::from_annotation(&record.to_annotation()), Some(record));
        assert_eq!(GrantRecord::from_annotation("{\"serial\":"), None);
    }

    #[test]
    fn a_record_with_the_previous_names_keeps_its_grant() {
        let digest = Digest::from_bytes(b"d");
        let record = serde_json::json!({
            "serial": 7,
            "binding": { "tokenEndpoint": "https://login.example.com/token" },
            "unrenewable": true,
            "expiryToldAt": "2026-05-04T08:00:00Z",
            "deadSince": "2026-05-04T09:00:00Z",
            "attempt": { "ticket": digest, "browser": digest, "begunAt": "2026-05-04T08:00:00Z" },
            "outcome": {
                "ticket": digest, "at": "2026-05-04T08:00:00Z", "reason": "StorageFailed",
                "message": "m", "open": true,
            },
            "token": {
                "issuedAt": "2026-05-04T08:00:00Z", "expiresAt": "2026-05-04T10:00:00Z",
                "expirySource": "Response", "tokenEndpoint": "https://login.example.com/token",
                "request": digest, "material": digest, "salt": digest, "inputs": {},
                "form": digest, "dress": digest, "answers": { "renewAt": digest },
            },
        });
        let record: GrantRecord = serde_json::from_value(record).unwrap();
        assert!(record.no_refresh_token && record.expiry_announced_at.is_some());
        assert!(record.invalidated_at.is_some() && record.pending_authorization.is_some());
        let outcome = record.outcome.unwrap();
        assert_eq!((outcome.reason, outcome.exchanging), (Reason::KubernetesAPIError, true));
        let token = record.token.unwrap();
        assert_eq!([token.inputs_digest, token.data_digest, token.metadata_digest], [digest; 3]);
        assert_eq!(token.handled_renewals.renew_requested_at, Some(digest));
    }

    #[test]
    fn unknown_values_of_another_version_do_not_invalidate_the_grant() {
        let text = r#"{"serial":7,"outcome":{"reason":"Later"},"token":{"expirySource":"Later"}}"#;
        let record = GrantRecord { serial: 7, ..GrantRecord::default() };
        assert_eq!(GrantRecord::from_annotation(text), Some(record));
    }
}
