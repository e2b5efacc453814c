//! The metadata that is cached of a watched Secret: the version, and what the annotations of token,
//! grant and handoff Secrets hold. Never the data, which the watch does not request.

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

/// The cached metadata of a Secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretSummary {
    pub uid: Box<str>,
    /// The resource version, a number that grows with every change
    /// (<https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions>).
    pub resource_version: u64,
    /// Set for a token Secret.
    pub token: Option<Box<TokenSummary>>,
    /// Set for a grant Secret.
    pub grant: Option<Box<GrantSummary>>,
    /// Set for a handoff Secret that the operator has not responded to.
    pub handoff: Option<Box<HandoffSummary>>,
}

/// The metadata of a grant Secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantSummary {
    /// Name of the Connection.
    pub connection: Box<str>,
    /// The grant record, as JSON.
    pub record: Box<str>,
    /// The uid of the Connection that owns the Secret.
    pub owner: Option<Box<str>>,
}

/// The metadata of a handoff Secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HandoffSummary {
    /// Name of the Connection.
    pub connection: Box<str>,
    pub kind: HandoffKind,
}

/// The metadata of a token Secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenSummary {
    /// Name of the Connection.
    pub connection: Box<str>,
    /// The token record, as JSON.
    pub record: Box<str>,
    /// The uid of the object that controls the Secret.
    pub owner: Option<Box<str>>,
    /// The digest of the data keys that the operator manages: a change by another field manager is
    /// detected without reading the data. None if the operator manages no field, as after a restore
    /// from a backup.
    pub keys: Option<Digest>,
}

impl SecretSummary {
    pub fn new(metadata: &ObjectMeta) -> Self {
        let version = metadata.resource_version.as_deref().and_then(|text| text.parse().ok());
        Self {
            uid: metadata.uid.clone().unwrap_or_default().into(),
            resource_version: version.unwrap_or_default(),
            token: token(metadata).map(Box::new),
            grant: grant(metadata).map(Box::new),
            handoff: handoff(metadata).map(Box::new),
        }
    }

    /// Returns the version in the form that records hold.
    pub fn version(&self) -> String {
        format!("{}/{}", self.uid, self.resource_version)
    }
}

fn grant(metadata: &ObjectMeta) -> Option<GrantSummary> {
    let owners = metadata.owner_references.as_deref().unwrap_or_default();
    Some(GrantSummary {
        connection: annotation(metadata, CONNECTION_ANNOTATION)?.into(),
        record: annotation(metadata, GRANT_ANNOTATION)?.into(),
        owner: owners
            .iter()
            .find(|owner| is_connection(owner))
            .map(|owner| owner.uid.as_str().into()),
    })
}

/// Returns true if the owner is a Connection of any API version.
pub fn is_connection(owner: &OwnerReference) -> bool {
    // An owner reference may have been written by another version of the operator.
    owner.kind == Connection::kind(&()) && owner.api_version.split('/').next() == Some(GROUP)
}

fn handoff(metadata: &ObjectMeta) -> Option<HandoffSummary> {
    Some(HandoffSummary {
        connection: annotation(metadata, CONNECTION_ANNOTATION)?.into(),
        kind: HandoffKind::from_name(annotation(metadata, HANDOFF_ANNOTATION)?)?,
    })
}

fn annotation<'a>(metadata: &'a ObjectMeta, name: &str) -> Option<&'a str> {
    metadata.annotations.as_ref()?.get(name).map(String::as_str)
}

fn token(metadata: &ObjectMeta) -> Option<TokenSummary> {
    let annotation = |name: &str| annotation(metadata, name);
    let owners = metadata.owner_references.as_deref().unwrap_or_default();
    Some(TokenSummary {
        connection: annotation(CONNECTION_ANNOTATION)?.into(),
        record: annotation(RECORD_ANNOTATION).unwrap_or_default().into(),
        owner: owners
            .iter()
            .find(|owner| owner.controller == Some(true))
            .map(|owner| owner.uid.as_str().into()),
        keys: managed_data_keys(metadata)
            .map(|names| TokenRecord::keys_digest(names.iter().map(String::as_str))),
    })
}

/// Returns the data keys that the operator manages; none if it manages no field of the Secret.
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
        .and_then(|fields| fields.as_object());
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
    fn only_changes_of_our_data_by_other_managers_change_the_digest() {
        type Managers<'a> = &'a [(&'a str, &'a [&'a str])];
        let written = TokenRecord::keys_digest(["scope", "access_token"].into_iter());
        let cases: [(&str, Managers<'_>, Option<bool>); 6] = [
            ("only the operator wrote", &[(MANAGER, &["access_token", "scope"])], Some(true)),
            (
                "another manager wrote a label",
                &[(MANAGER, &["access_token", "scope"]), ("kubectl-label", &[])],
                Some(true),
            ),
            (
                "another manager added a key",
                &[(MANAGER, &["access_token", "scope"]), ("kubectl-edit", &["password"])],
                Some(true),
            ),
            (
                "another manager wrote the token",
                &[(MANAGER, &["scope"]), ("kubectl-edit", &["access_token"])],
                Some(false),
            ),
            ("another manager removed the data", &[(MANAGER, &[])], Some(false)),
            ("it was restored from a backup", &[("velero", &["access_token", "scope"])], None),
        ];
        for (claim, managers, expected) in cases {
            let summary = SecretSummary::new(&metadata(managers));
            let same = summary.token.unwrap().keys.map(|keys| keys == written);
            assert_eq!(same, expected, "{claim}");
        }
    }

    #[test]
    fn only_the_version_of_other_secrets_is_cached() {
        let summary = SecretSummary::new(
            &serde_json::from_value(
                json!({ "uid": "u", "resourceVersion": "7", "annotations": { "a": "b" } }),
            )
            .unwrap(),
        );
        assert_eq!(
            summary,
            SecretSummary {
                uid: "u".into(),
                resource_version: 7,
                token: None,
                grant: None,
                handoff: None
            }
        );
    }
}
