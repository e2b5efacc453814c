//! The hand-over Secret: how the consent page and the plugin give the operator what only it may use.
//! It lives for moments; the operator deletes it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::api::{DeleteParams, PostParams, Preconditions};
use kube::{Api, Client};
use secrecy::{ExposeSecret, SecretString};

use crate::api::names::{CONNECTION_ANNOTATION, HANDOFF_ANNOTATION};
use crate::store::api_call::{ApiError, with_timeout};
use connection_core::connection::digest::Digest;
pub use connection_core::connection::grant_state::HandoffKind;

/// The key of the ticket that the authorization was begun with; in every hand-over.
pub const TICKET: &str = "ticket";
/// The key of `redirect_uri`; in every hand-over.
pub const REDIRECT_URI: &str = "redirect_uri";
/// The key of `code`; in an answer.
pub const CODE: &str = "code";
/// The key of `code_verifier`; in an answer, where there was a challenge.
pub const CODE_VERIFIER: &str = "code_verifier";
/// The key of `error`; in an answer that brings no code.
pub const ERROR: &str = "error";
/// The key of `iss` (RFC 9207); in an answer that has it.
pub const ISS: &str = "iss";
/// The key of `state`; in a request.
pub const STATE: &str = "state";
/// The key of `code_challenge`; in a request.
pub const CODE_CHALLENGE: &str = "code_challenge";
/// The key of `request_uri`; written into a request by the operator.
pub const REQUEST_URI: &str = "request_uri";
/// The key of the sentence that says why a request could not be pushed; written by the operator.
pub const FAULT: &str = "fault";

/// The longest value that is read, bytes: codes are short.
const LONGEST_VALUE: usize = 16 * 1024;

/// A hand-over Secret that was read.
pub struct Handoff {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// Its values.
    data: BTreeMap<String, SecretString>,
}

/// What the names of hand-over Secrets begin with.
const NAME_PREFIX: &str = "connection-handoff-";

/// The name of the hand-over Secret of something that is handed over once.
#[must_use]
pub fn name_of(once: Digest) -> String {
    let digits = once.as_bytes().iter().map(|byte| format!("{byte:02x}"));
    NAME_PREFIX.chars().chain(digits.collect::<String>().chars()).collect()
}

/// Creates a hand-over Secret of a Connection; returns its name.
///
/// # Errors
///
/// Returns an error when the API does not take it.
pub async fn create(
    client: &Client,
    namespace: &str,
    owner: OwnerReference,
    kind: HandoffKind,
    data: &[(&str, SecretString)],
) -> Result<String, ApiError> {
    let mut secret = secret(owner, kind, data);
    secret.metadata.generate_name = Some(NAME_PREFIX.to_owned());
    let api = Api::<Secret>::namespaced(client.clone(), namespace);
    let created = with_timeout(api.create(&PostParams::default(), &secret)).await?;
    created.metadata.name.ok_or(ApiError::Unavailable)
}

/// Creates the hand-over Secret of this name, once: one that is there already is no error, so that
/// it may be tried again.
///
/// # Errors
///
/// Returns an error when the API does not take it.
pub async fn create_once(
    client: &Client,
    namespace: &str,
    name: &str,
    owner: OwnerReference,
    kind: HandoffKind,
    data: &[(&str, SecretString)],
) -> Result<(), ApiError> {
    let mut secret = secret(owner, kind, data);
    secret.metadata.name = Some(name.to_owned());
    let api = Api::<Secret>::namespaced(client.clone(), namespace);
    match with_timeout(api.create(&PostParams::default(), &secret)).await {
        Ok(_) | Err(ApiError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

fn secret(owner: OwnerReference, kind: HandoffKind, data: &[(&str, SecretString)]) -> Secret {
    let annotations = [
        (CONNECTION_ANNOTATION.to_owned(), owner.name.clone()),
        (HANDOFF_ANNOTATION.to_owned(), kind.as_str().to_owned()),
    ];
    let bytes = |value: &SecretString| ByteString(value.expose_secret().as_bytes().to_vec());
    Secret {
        metadata: ObjectMeta {
            annotations: Some(annotations.into()),
            owner_references: Some(vec![owner]),
            ..ObjectMeta::default()
        },
        type_: Some("connection-operator.io/handoff".to_owned()),
        data: Some(data.iter().map(|(key, value)| ((*key).to_owned(), bytes(value))).collect()),
        ..Secret::default()
    }
}

impl Handoff {
    /// Reads a hand-over Secret.
    ///
    /// # Errors
    ///
    /// `NotFound` when it is gone.
    pub async fn read(client: &Client, namespace: &str, name: &str) -> Result<Self, ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), namespace);
        let secret = with_timeout(api.get(name)).await?;
        let text = |(key, value): (String, ByteString)| {
            let text = String::from_utf8(value.0).ok()?;
            (text.len() <= LONGEST_VALUE).then(|| (key, SecretString::from(text)))
        };
        Ok(Self {
            name: name.to_owned(),
            uid: secret.metadata.uid.unwrap_or_default(),
            created_at: secret.metadata.creation_timestamp.map(|time| time.0),
            data: secret.data.unwrap_or_default().into_iter().filter_map(text).collect(),
        })
    }

    /// A value, where there is one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&SecretString> {
        self.data.get(key)
    }

    /// Adds a value to the Secret in the cluster: the answer to a request.
    ///
    /// # Errors
    ///
    /// Returns an error when the API does not take it.
    pub async fn answer(
        &self,
        client: &Client,
        namespace: &str,
        key: &str,
        value: &SecretString,
    ) -> Result<(), ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), namespace);
        let patch = serde_json::json!({
            "metadata": { "uid": self.uid, "annotations": { HANDOFF_ANNOTATION: "Answered" } },
            "stringData": { key: value.expose_secret() },
        });
        let params = kube::api::PatchParams::default();
        with_timeout(api.patch_metadata(&self.name, &params, &kube::api::Patch::Merge(patch)))
            .await
            .map(|_| ())
    }

    /// Deletes the Secret; one that is gone is no error.
    ///
    /// # Errors
    ///
    /// Returns an error when the API does not do it.
    pub async fn delete(&self, client: &Client, namespace: &str) -> Result<(), ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), namespace);
        let preconditions = Preconditions { uid: Some(self.uid.clone()), resource_version: None };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        match with_timeout(api.delete(&self.name, &params)).await {
            Ok(_) | Err(ApiError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
