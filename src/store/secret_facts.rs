//! What is remembered of a Secret that is watched: its version; of a token Secret, what its
//! annotations say as well. Never its data, which is not even asked for.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};

use crate::api::names::{CONNECTION_ANNOTATION, MANAGER, RECORD_ANNOTATION};

/// What is remembered of a Secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretFacts {
    /// Its uid.
    pub uid: Box<str>,
    /// Its resource version, a number that grows with every change
    /// (<https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions>).
    pub resource_version: u64,
    /// What it says as a token Secret, where it is one.
    pub token: Option<Box<TokenFacts>>,
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
    /// Whether somebody else wrote to its data.
    pub touched: bool,
}

impl SecretFacts {
    /// Takes what is remembered out of a Secret's metadata.
    #[must_use]
    pub fn of(metadata: &ObjectMeta) -> Self {
        let version = metadata.resource_version.as_deref().and_then(|text| text.parse().ok());
        Self {
            uid: metadata.uid.clone().unwrap_or_default().into(),
            resource_version: version.unwrap_or_default(),
            token: token(metadata).map(Box::new),
        }
    }

    /// The version as a record remembers it.
    #[must_use]
    pub fn version(&self) -> String {
        format!("{}/{}", self.uid, self.resource_version)
    }
}

fn token(metadata: &ObjectMeta) -> Option<TokenFacts> {
    let annotation = |name: &str| metadata.annotations.as_ref()?.get(name);
    let owners = metadata.owner_references.as_deref().unwrap_or_default();
    Some(TokenFacts {
        connection: annotation(CONNECTION_ANNOTATION)?.as_str().into(),
        record: annotation(RECORD_ANNOTATION).map_or("", String::as_str).into(),
        owner: owners
            .iter()
            .find(|one| one.controller == Some(true))
            .map(|one| one.uid.as_str().into()),
        touched: touched(metadata.managed_fields.as_deref().unwrap_or_default()),
    })
}

/// Whether somebody wrote to the data that we wrote: field management tells without the data being
/// read. A Secret that bears no trace of us was restored as a whole, and is taken as it is.
fn touched(entries: &[ManagedFieldsEntry]) -> bool {
    let ours = |entry: &&ManagedFieldsEntry| entry.manager.as_deref() == Some(MANAGER);
    let mut mine = entries.iter().filter(ours).peekable();
    if mine.peek().is_none() {
        return false;
    }
    let owns_token = mine.any(|entry| {
        data_keys(entry).any(|key| key == "f:access_token" || key == "f:oauth.accessToken")
    });
    let others = entries.iter().filter(|entry| !ours(entry));
    !owns_token || others.flat_map(data_keys).next().is_some()
}

fn data_keys(entry: &ManagedFieldsEntry) -> impl Iterator<Item = &str> {
    let data = entry
        .fields_v1
        .as_ref()
        .and_then(|fields| fields.0.get("f:data"))
        .and_then(|one| one.as_object());
    data.into_iter()
        .flat_map(|fields| fields.keys().map(String::as_str))
        .filter(|key| key.starts_with("f:"))
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
    fn a_foreign_hand_on_the_data_is_noticed_and_one_on_the_labels_is_not() {
        type Managers<'a> = &'a [(&'a str, &'a [&'a str])];
        let cases: [(&str, Managers<'_>, bool); 5] = [
            ("only the operator wrote", &[(MANAGER, &["access_token", "scope"])], false),
            (
                "somebody wrote a label",
                &[(MANAGER, &["access_token"]), ("kubectl-label", &[])],
                false,
            ),
            (
                "somebody wrote another token",
                &[(MANAGER, &["scope"]), ("kubectl-edit", &["access_token"])],
                true,
            ),
            ("somebody removed the token", &[(MANAGER, &["scope"]), ("kubectl-edit", &[])], true),
            ("it was restored from a backup", &[("velero", &["access_token", "scope"])], false),
        ];
        for (claim, managers, expected) in cases {
            let facts = SecretFacts::of(&metadata(managers));
            assert_eq!(facts.token.unwrap().touched, expected, "{claim}");
        }
    }

    #[test]
    fn of_another_secret_only_the_version_is_remembered() {
        let facts = SecretFacts::of(
            &serde_json::from_value(
                json!({ "uid": "u", "resourceVersion": "7", "annotations": { "a": "b" } }),
            )
            .unwrap(),
        );
        assert_eq!(facts, SecretFacts { uid: "u".into(), resource_version: 7, token: None });
    }
}
