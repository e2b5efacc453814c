//! The token Secret: created once, applied from then on, never over a foreign Secret.

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
use connection_core::connection::desired::Output;
use connection_core::connection::token_record::TokenRecord;

/// A token Secret as it is to be written.
pub struct TokenSecret<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// Name, labels and annotations.
    pub output: &'a Output,
    /// The Connection, which owns it.
    pub owner: OwnerReference,
    /// What it remembers of its token.
    pub record: &'a TokenRecord,
}

impl TokenSecret<'_> {
    /// Creates the Secret; one that is there is not touched.
    ///
    /// # Errors
    ///
    /// `Conflict` when a Secret of the name exists.
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
        let facts = SecretSummary::new(&created.metadata);
        // The token is written down; whether its fields are managed as they should is secondary.
        Ok(self.hand_over_fields(&api, &created.metadata).await.unwrap_or(facts))
    }

    /// Makes the fields that the creation set fields of the later applies: else a label that the
    /// spec no longer has would stay for ever, held by the creation.
    async fn hand_over_fields(
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

    /// Writes the Secret of this uid: all of it in one update, so that no reader sees two halves.
    ///
    /// # Errors
    ///
    /// `Conflict` or `NotFound` when the Secret of this uid is not there any more.
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
        // The uid makes the apply hit this very Secret: without it, one that took the name would be
        // merged into, and a deleted one created.
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
        // Only the metadata comes back, so the token does not travel twice.
        let applied =
            with_timeout(api.patch_metadata(&self.output.name, &params, &Patch::Apply(secret)))
                .await?;
        Ok(SecretSummary::new(&applied.metadata))
    }

    /// Takes away a controller that the Secret must not have beside its Connection: of a Connection
    /// that was there before a backup was restored. An apply alone cannot.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    pub async fn remove_ownership(
        &self,
        client: &Client,
        uid: &str,
        controller: &str,
    ) -> Result<(), ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), self.namespace);
        let gone = json!([{ "$patch": "delete", "uid": controller }]);
        let patch = json!({ "metadata": { "uid": uid, "ownerReferences": gone } });
        let params =
            PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let patch = Patch::Strategic(patch);
        with_timeout(api.patch_metadata(&self.output.name, &params, &patch)).await.map(|_| ())
    }

    /// Reads what the operator wrote into the Secret of this uid; what somebody else added stays
    /// theirs.
    ///
    /// # Errors
    ///
    /// `Conflict` or `NotFound` when the Secret of this uid is not there any more.
    pub async fn read(
        &self,
        client: &Client,
        uid: &str,
    ) -> Result<BTreeMap<String, SecretString>, ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), self.namespace);
        let there = with_timeout(api.get(&self.output.name)).await?;
        if there.metadata.uid.as_deref() != Some(uid) {
            return Err(ApiError::Conflict);
        }
        let own = managed_data_keys(&there.metadata);
        let is_own = |key: &String| own.as_ref().is_none_or(|own| own.contains(key));
        let text = |(key, value): (String, ByteString)| {
            Some((key, SecretString::from(String::from_utf8(value.0).ok()?)))
        };
        let data = there.data.unwrap_or_default().into_iter();
        Ok(data.filter(|(key, _)| is_own(key)).filter_map(text).collect())
    }

    fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.output.labels.clone();
        labels.insert(MANAGED_BY_LABEL.to_owned(), MANAGER.to_owned());
        labels
    }

    fn annotations(&self) -> BTreeMap<String, String> {
        let mut annotations = self.output.annotations.clone();
        annotations.insert(CONNECTION_ANNOTATION.to_owned(), self.owner.name.clone());
        annotations.insert(RECORD_ANNOTATION.to_owned(), self.record.to_annotation());
        annotations
    }
}
