//! The handoff Secret: the consent page and the plugin create it to hand an authorization request or
//! response to the operator, which alone may use the client's credentials. The operator deletes it.

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

/// Key of the authorization ticket; in all handoff Secrets.
pub const TICKET: &str = "ticket";
/// In all handoff Secrets.
pub const REDIRECT_URI: &str = "redirect_uri";
/// In a response.
pub const CODE: &str = "code";
/// In a response, if the request had a code challenge.
pub const CODE_VERIFIER: &str = "code_verifier";
/// In a response without a code.
pub const ERROR: &str = "error";
/// In a response that has it (RFC 9207).
pub const ISS: &str = "iss";
/// In a request.
pub const STATE: &str = "state";
/// In a request.
pub const CODE_CHALLENGE: &str = "code_challenge";
/// Added to a request by the operator.
pub const REQUEST_URI: &str = "request_uri";
/// The message of a request that could not be pushed. Added by the operator.
pub const FAILURE: &str = "failure";

/// Maximum size of a value, bytes. Longer values are ignored.
const MAX_VALUE_BYTES: usize = 16 * 1024;

/// A handoff Secret that was read.
pub struct Handoff {
    pub name: String,
    pub uid: String,
    pub created_at: Option<Timestamp>,
    data: BTreeMap<String, SecretString>,
}

const NAME_PREFIX: &str = "connection-handoff-";

/// Returns the name of the handoff Secret of the request or response with this digest.
pub fn name_for(content: Digest) -> String {
    let digits = content.as_bytes().iter().map(|byte| format!("{byte:02x}"));
    NAME_PREFIX.chars().chain(digits.collect::<String>().chars()).collect()
}

/// Creates a handoff Secret with a generated name, which is returned.
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

/// Creates the handoff Secret of this name. Ignores a Secret that already exists, so that the call
/// can be retried.
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
        // An earlier attempt created it: the name is the digest of the content.
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
    pub async fn read(client: &Client, namespace: &str, name: &str) -> Result<Self, ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), namespace);
        let secret = with_timeout(api.get(name)).await?;
        let text = |(key, value): (String, ByteString)| {
            let text = String::from_utf8(value.0).ok()?;
            (text.len() <= MAX_VALUE_BYTES).then(|| (key, SecretString::from(text)))
        };
        Ok(Self {
            name: name.to_owned(),
            uid: secret.metadata.uid.unwrap_or_default(),
            created_at: secret.metadata.creation_timestamp.map(|time| time.0),
            data: secret.data.unwrap_or_default().into_iter().filter_map(text).collect(),
        })
    }

    pub fn get(&self, key: &str) -> Option<&SecretString> {
        self.data.get(key)
    }

    /// Adds the operator's response to a request: `key` is [`REQUEST_URI`] or [`FAILURE`]. The Secret
    /// is no handoff Secret afterwards.
    pub async fn respond(
        &self,
        client: &Client,
        namespace: &str,
        key: &str,
        value: &SecretString,
    ) -> Result<(), ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), namespace);
        // With the uid, so that the patch cannot change a later Secret of the same name.
        let patch = serde_json::json!({
            "metadata": { "uid": self.uid, "annotations": { HANDOFF_ANNOTATION: "Responded" } },
            "stringData": { key: value.expose_secret() },
        });
        let params = kube::api::PatchParams::default();
        with_timeout(api.patch_metadata(&self.name, &params, &kube::api::Patch::Merge(patch)))
            .await
            .map(|_| ())
    }

    /// Deletes the Secret. Ignores a Secret that is already deleted.
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
