//! The token Secret: created, then changed by server-side apply. Never overwrites a Secret that is not
//! managed by the Connection.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::api::names::{CONNECTION_ANNOTATION, MANAGED_BY_LABEL, MANAGER, RECORD_ANNOTATION};
use crate::store::api_call::{ApiError, with_timeout};
use crate::store::secret_summary::{SecretSummary, managed_data_keys};
use connection_core::connection::desired::DesiredSecret;
use connection_core::connection::token_record::TokenRecord;

/// The desired token Secret.
pub struct TokenSecret<'a> {
    pub namespace: &'a str,
    /// Name, labels and annotations.
    pub output: &'a DesiredSecret,
    /// The Connection.
    pub owner: OwnerReference,
    pub record: &'a TokenRecord,
}

impl TokenSecret<'_> {
    /// Creates the Secret. Returns `Conflict` if a Secret of the name exists.
    pub async fn create(
        &self,
        client: &Client,
        data: &BTreeMap<String, SecretString>,
    ) -> Result<SecretSummary, ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), self.namespace);
        let bytes = |value: &SecretString| ByteString(value.expose_secret().as_bytes().to_vec());
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(self.output.name.clone()),
                labels: Some(self.labels()),
                annotations: Some(self.annotations()),
                owner_references: Some(vec![self.owner.clone()]),
                ..ObjectMeta::default()
            },
            type_: Some("Opaque".to_owned()),
            data: Some(data.iter().map(|(key, value)| (key.clone(), bytes(value))).collect()),
            ..Secret::default()
        };
        let params =
            PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        let created = with_timeout(api.create(&params, &secret)).await?;
        let summary = SecretSummary::new(&created.metadata);
        // Ignore errors: the token is saved, and the managed fields matter only for later changes.
        Ok(self.convert_managed_fields(&api, &created.metadata).await.unwrap_or(summary))
    }

    /// Converts the managed fields of the creation to those of server-side apply. Otherwise a label
    /// that is removed from the spec would stay, because the creation still manages it.
    async fn convert_managed_fields(
        &self,
        api: &Api<Secret>,
        created: &ObjectMeta,
    ) -> Option<SecretSummary> {
        let entries = created.managed_fields.as_deref()?;
        let index = entries.iter().position(|entry| entry.manager.as_deref() == Some(MANAGER))?;
        let patch = json!([
            { "op": "test", "path": "/metadata/uid", "value": created.uid },
            { "op": "replace", "path": format!("/metadata/managedFields/{index}/operation"), "value": "Apply" },
        ]);
        let patch: Patch<()> = Patch::Json(serde_json::from_value(patch).ok()?);
        let params =
            PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let patched =
            with_timeout(api.patch_metadata(&self.output.name, &params, &patch)).await.ok()?;
        Some(SecretSummary::new(&patched.metadata))
    }

    /// Applies the Secret with this uid in one request, so that no reader sees a part of it. Returns
    /// `Conflict` or `NotFound` if the Secret with this uid no longer exists.
    pub async fn apply(
        &self,
        client: &Client,
        uid: &str,
        data: &BTreeMap<String, SecretString>,
    ) -> Result<SecretSummary, ApiError> {
        let encoded = |value: &SecretString| Value::from(STANDARD.encode(value.expose_secret()));
        let data: serde_json::Map<_, _> =
            data.iter().map(|(key, value)| (key.clone(), encoded(value))).collect();
        let api = Api::<Secret>::namespaced(client.clone(), self.namespace);
        // Without the uid, apply would merge into another Secret of the name, or create a deleted one.
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": self.output.name,
                "uid": uid,
                "labels": self.labels(),
                "annotations": self.annotations(),
                "ownerReferences": [self.owner],
            },
            "type": "Opaque",
            "data": data,
        });
        let params = PatchParams::apply(MANAGER).force();
        // Requests only the metadata, so that the response does not contain the token.
        let applied =
            with_timeout(api.patch_metadata(&self.output.name, &params, &Patch::Apply(secret)))
                .await?;
        Ok(SecretSummary::new(&applied.metadata))
    }

    /// Removes the owner reference of a controller other than the Connection: after a restore from a
    /// backup, the Secret refers to the old Connection. Apply cannot remove it. Returns errors as
    /// [`apply`](Self::apply).
    pub async fn remove_ownership(
        &self,
        client: &Client,
        uid: &str,
        controller: &str,
    ) -> Result<(), ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), self.namespace);
        let owners = json!([{ "$patch": "delete", "uid": controller }]);
        let patch = json!({ "metadata": { "uid": uid, "ownerReferences": owners } });
        let params =
            PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let patch = Patch::Strategic(patch);
        with_timeout(api.patch_metadata(&self.output.name, &params, &patch)).await.map(|_| ())
    }

    /// Reads the data of the Secret with this uid, without keys that other field managers added.
    /// Returns `Conflict` or `NotFound` if the Secret with this uid no longer exists.
    pub async fn read(
        &self,
        client: &Client,
        uid: &str,
    ) -> Result<BTreeMap<String, SecretString>, ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), self.namespace);
        let secret = with_timeout(api.get(&self.output.name)).await?;
        // Another Secret of the name has data of someone else.
        if secret.metadata.uid.as_deref() != Some(uid) {
            return Err(ApiError::Conflict);
        }
        let managed = managed_data_keys(&secret.metadata);
        let is_managed = |key: &String| managed.as_ref().is_none_or(|keys| keys.contains(key));
        let text = |(key, value): (String, ByteString)| {
            Some((key, SecretString::from(String::from_utf8(value.0).ok()?)))
        };
        let data = secret.data.unwrap_or_default().into_iter();
        Ok(data.filter(|(key, _)| is_managed(key)).filter_map(text).collect())
    }

    fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.output.labels.clone();
        labels.insert(MANAGED_BY_LABEL.to_owned(), MANAGER.to_owned());
        labels
    }

    fn annotations(&self) -> BTreeMap<String, String> {
        let mut annotations = self.output.annotations.clone();
        // Last, so that annotations of the spec cannot replace those of the operator.
        annotations.insert(CONNECTION_ANNOTATION.to_owned(), self.owner.name.clone());
        annotations.insert(RECORD_ANNOTATION.to_owned(), self.record.to_annotation());
        annotations
    }
}
