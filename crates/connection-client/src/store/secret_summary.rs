//! What is remembered of a Secret that is watched: its version; of a token Secret, what its
//! annotations say as well. Never its data, which is not even asked for.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    ManagedFieldsEntry, ObjectMeta, OwnerReference,
};
use kube::Resource;

use crate::api::connection::Connection;
use crate::api::names::{
    CONNECTION_ANNOTATION, GRANT_ANNOTATION, GROUP, HANDOFF_ANNOTATION, MANAGER, RECORD_ANNOTATION,
};
use crate::store::handoff_secret::HandoffKind;
use connection_core::connection::digest::Digest;
use connection_core::connection::token_record::TokenRecord;

/// What is remembered of a Secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretSummary {
    /// Its uid.
    pub uid: Box<str>,
    /// Its resource version, a number that grows with every change
    /// (<https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions>).
    pub resource_version: u64,
    /// What it says as a token Secret, where it is one.
    pub token: Option<Box<TokenFacts>>,
    /// What it says as a grant Secret, where it is one.
    pub grant: Option<Box<GrantFacts>>,
    /// What it hands over, where it is a hand-over Secret.
    pub hand_over: Option<Box<HandOverFacts>>,
}

/// What a grant Secret says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantFacts {
    /// The Connection that it names.
    pub connection: Box<str>,
    /// Its record, as text.
    pub record: Box<str>,
    /// The uid of the Connection that owns it, where one does.
    pub owner: Option<Box<str>>,
}

/// What a hand-over Secret says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HandOverFacts {
    /// The Connection that it names.
    pub connection: Box<str>,
    /// What it is.
    pub kind: HandoffKind,
}

/// What a token Secret says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenFacts {
    /// The Connection that it names.
    pub connection: Box<str>,
    /// Its record, as text.
    pub record: Box<str>,
    /// The uid of the object that controls it.
    pub owner: Option<Box<str>>,
    /// The digest of the names in its data that are the operator's by field management, which tells
    /// of a foreign hand without the data being read. None where nothing bears a trace of the
    /// operator: the Secret was restored as a whole.
    pub keys: Option<Digest>,
}

impl SecretSummary {
    /// Takes what is remembered out of a Secret's metadata.
    #[must_use]
    pub fn of(metadata: &ObjectMeta) -> Self {
        let version = metadata.resource_version.as_deref().and_then(|text| text.parse().ok());
        Self {
            uid: metadata.uid.clone().unwrap_or_default().into(),
            resource_version: version.unwrap_or_default(),
            token: token(metadata).map(Box::new),
            grant: grant(metadata).map(Box::new),
            hand_over: hand_over(metadata).map(Box::new),
        }
    }

    /// The version as a record remembers it.
    #[must_use]
    pub fn version(&self) -> String {
        format!("{}/{}", self.uid, self.resource_version)
    }
}

fn grant(metadata: &ObjectMeta) -> Option<GrantFacts> {
    let owners = metadata.owner_references.as_deref().unwrap_or_default();
    Some(GrantFacts {
        connection: annotation(metadata, CONNECTION_ANNOTATION)?.into(),
        record: annotation(metadata, GRANT_ANNOTATION)?.into(),
        owner: owners.iter().find(|one| is_connection(one)).map(|one| one.uid.as_str().into()),
    })
}

/// Whether an owner is a Connection, of whatever version.
#[must_use]
pub fn is_connection(owner: &OwnerReference) -> bool {
    owner.kind == Connection::kind(&()) && owner.api_version.split('/').next() == Some(GROUP)
}

fn hand_over(metadata: &ObjectMeta) -> Option<HandOverFacts> {
    Some(HandOverFacts {
        connection: annotation(metadata, CONNECTION_ANNOTATION)?.into(),
        kind: HandoffKind::from_name(annotation(metadata, HANDOFF_ANNOTATION)?)?,
    })
}

fn annotation<'a>(metadata: &'a ObjectMeta, name: &str) -> Option<&'a str> {
    metadata.annotations.as_ref()?.get(name).map(String::as_str)
}

fn token(metadata: &ObjectMeta) -> Option<TokenFacts> {
    let annotation = |name: &str| annotation(metadata, name);
    let owners = metadata.owner_references.as_deref().unwrap_or_default();
    Some(TokenFacts {
        connection: annotation(CONNECTION_ANNOTATION)?.into(),
        record: annotation(RECORD_ANNOTATION).unwrap_or_default().into(),
        owner: owners
            .iter()
            .find(|one| one.controller == Some(true))
            .map(|one| one.uid.as_str().into()),
        keys: managed_data_keys(metadata)
            .map(|names| TokenRecord::keys_digest(names.iter().map(String::as_str))),
    })
}

/// The names in a Secret's data that are the operator's; none where it never wrote to the Secret.
#[must_use]
pub fn managed_data_keys(metadata: &ObjectMeta) -> Option<BTreeSet<String>> {
    let entries = metadata.managed_fields.as_deref().unwrap_or_default();
    let mut ours =
        entries.iter().filter(|entry| entry.manager.as_deref() == Some(MANAGER)).peekable();
    ours.peek()?;
    Some(ours.flat_map(data_keys).map(str::to_owned).collect())
}

fn data_keys(entry: &ManagedFieldsEntry) -> impl Iterator<Item = &str> {
    let data = entry
        .fields_v1
        .as_ref()
        .and_then(|fields| fields.0.get("f:data"))
        .and_then(|one| one.as_object());
    data.into_iter().flat_map(serde_json::Map::keys).filter_map(|key| key.strip_prefix("f:"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(managers: &[(&str, &[&str])]) -> ObjectMeta {
        let entries: Vec<_> = managers
            .iter()
            .map(|(manager, keys)| {
                let keys: serde_json::Map<_, _> = keys.iter().map(|key| (format!("f:{key}"), json!({}))).collect();
                json!({ "manager": manager, "operation": "Apply", "fieldsV1": { "f:data": keys, "f:metadata": {} } })
            })
            .collect();
        serde_json::from_value(json!({
            "uid": "u", "resourceVersion": "7", "managedFields": entries,
            "annotations": { CONNECTION_ANNOTATION: "crm", RECORD_ANNOTATION: "{}" },
        }))
        .unwrap()
    }

    #[test]
    fn a_foreign_hand_on_our_data_is_noticed_and_one_on_anything_else_is_not() {
        type Managers<'a> = &'a [(&'a str, &'a [&'a str])];
        let written = TokenRecord::keys_digest(["scope", "access_token"].into_iter());
        let cases: [(&str, Managers<'_>, Option<bool>); 6] = [
            ("only the operator wrote", &[(MANAGER, &["access_token", "scope"])], Some(true)),
            (
                "somebody wrote a label",
                &[(MANAGER, &["access_token", "scope"]), ("kubectl-label", &[])],
                Some(true),
            ),
            (
                "somebody added a key",
                &[(MANAGER, &["access_token", "scope"]), ("kubectl-edit", &["password"])],
                Some(true),
            ),
            (
                "somebody wrote another token",
                &[(MANAGER, &["scope"]), ("kubectl-edit", &["access_token"])],
                Some(false),
            ),
            ("somebody removed the data", &[(MANAGER, &[])], Some(false)),
            ("it was restored from a backup", &[("velero", &["access_token", "scope"])], None),
        ];
        for (claim, managers, expected) in cases {
            let facts = SecretSummary::of(&metadata(managers));
            let same = facts.token.unwrap().keys.map(|keys| keys == written);
            assert_eq!(same, expected, "{claim}");
        }
    }

    #[test]
    fn of_another_secret_only_the_version_is_remembered() {
        let facts = SecretSummary::of(
            &serde_json::from_value(
                json!({ "uid": "u", "resourceVersion": "7", "annotations": { "a": "b" } }),
            )
            .unwrap(),
        );
        assert_eq!(
            facts,
            SecretSummary {
                uid: "u".into(),
                resource_version: 7,
                token: None,
                grant: None,
                hand_over: None
            }
        );
    }
}
