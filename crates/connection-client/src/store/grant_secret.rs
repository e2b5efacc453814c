//! The grant Secret, `<name>-grant`, with the refresh token. Workloads do not mount it. It is written
//! only by compare-and-swap, because the consent page writes it too.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::api::{DeleteParams, PostParams, Preconditions};
use kube::{Api, Client};
use secrecy::{ExposeSecret, SecretString};

use crate::api::names::{
    CONNECTION_ANNOTATION, GRANT_ANNOTATION, MANAGED_BY_LABEL, MANAGER, grant_secret,
};
use crate::store::api_call::{ApiError, with_timeout};
use crate::store::secret_summary::{SecretSummary, is_connection};
use connection_core::connection::grant::GrantRecord;
use connection_core::connection::token::Token;

const REFRESH_TOKEN: &str = "refresh_token";
/// The access token stays in the Secret until the next token request.
const ACCESS_TOKEN: &str = "access_token";
/// Prefix of the keys of the token response's further fields.
const EXTRA_PREFIX: &str = "extra.";

/// A grant Secret that was read, to be changed and written back.
pub struct GrantSecret {
    namespace: String,
    secret: Secret,
    pub record: GrantRecord,
    pub refresh_token: Option<SecretString>,
    /// The access token, until the next token request.
    pub access: Option<Access>,
}

/// An access token with the further fields of its token response.
pub struct Access {
    pub access_token: SecretString,
    /// Further fields that the provider returned, by name.
    pub extras: BTreeMap<String, SecretString>,
}

impl GrantSecret {
    /// Reads the grant Secret of a Connection with a quorum read. Returns `Conflict` if the Secret is
    /// not managed by the Connection.
    pub async fn read(
        client: &Client,
        namespace: &str,
        connection: &str,
    ) -> Result<Option<Self>, ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), namespace);
        // Not from the cache: an older refresh token may already be used up.
        let Some(secret) = with_timeout(api.get_opt(&grant_secret(connection))).await? else {
            return Ok(None);
        };
        let owning_connection = |metadata: &ObjectMeta| {
            let annotations = metadata.annotations.as_ref()?;
            annotations.contains_key(GRANT_ANNOTATION).then_some(())?;
            annotations.get(CONNECTION_ANNOTATION).cloned()
        };
        // Someone else may have created a Secret of this name.
        if owning_connection(&secret.metadata).as_deref() != Some(connection) {
            return Err(ApiError::Conflict);
        }
        Ok(Some(Self::from_secret(namespace, secret)))
    }

    fn from_secret(namespace: &str, secret: Secret) -> Self {
        let text =
            |bytes: &ByteString| Some(SecretString::from(std::str::from_utf8(&bytes.0).ok()?));
        let data = secret.data.clone().unwrap_or_default();
        let extras = data.iter().filter_map(|(key, value)| {
            Some((key.strip_prefix(EXTRA_PREFIX)?.to_owned(), text(value)?))
        });
        let access = data
            .get(ACCESS_TOKEN)
            .and_then(text)
            .map(|access_token| Access { access_token, extras: extras.collect() });
        let annotations = secret.metadata.annotations.as_ref();
        let record =
            annotations.and_then(|all| GrantRecord::from_annotation(all.get(GRANT_ANNOTATION)?));
        Self {
            namespace: namespace.to_owned(),
            record: record.unwrap_or_default(),
            refresh_token: data.get(REFRESH_TOKEN).and_then(text),
            access,
            secret,
        }
    }

    /// Returns an empty grant Secret, which `write` creates.
    pub fn new(namespace: &str, connection: &str) -> Self {
        let metadata = ObjectMeta {
            name: Some(grant_secret(connection)),
            labels: Some([(MANAGED_BY_LABEL.to_owned(), MANAGER.to_owned())].into()),
            annotations: Some([(CONNECTION_ANNOTATION.to_owned(), connection.to_owned())].into()),
            ..ObjectMeta::default()
        };
        let secret = Secret { metadata, type_: Some("Opaque".to_owned()), ..Secret::default() };
        Self {
            namespace: namespace.to_owned(),
            secret,
            record: GrantRecord::default(),
            refresh_token: None,
            access: None,
        }
    }

    pub fn summary(&self) -> SecretSummary {
        SecretSummary::new(&self.secret.metadata)
    }

    /// Sets or, if `belongs` is false, removes the Connection as owner. Other owners stay.
    pub fn set_owner(&mut self, owner: &OwnerReference, belongs: bool) {
        let owners = self.secret.metadata.owner_references.get_or_insert_default();
        owners.retain(|owner| !is_connection(owner));
        if belongs {
            owners.push(owner.clone());
        }
    }

    /// Returns the access token with its record.
    pub fn token(&self) -> Option<Token> {
        let (access, record) = (self.access.as_ref()?, self.record.token.as_ref()?);
        Some(Token {
            access_token: access.access_token.clone(),
            extras: access.extras.clone(),
            record: (**record).clone(),
        })
    }

    /// Creates the Secret, or replaces the version that was read. Can be called again without
    /// another read. Returns `Conflict` if the Secret was changed since, `NotFound` if it was deleted.
    pub async fn write(&mut self, client: &Client) -> Result<(), ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), &self.namespace);
        let mut secret = self.secret.clone();
        let annotations = secret.metadata.annotations.get_or_insert_default();
        annotations.insert(GRANT_ANNOTATION.to_owned(), self.record.to_annotation());
        self.render(secret.data.get_or_insert_default());
        let params =
            PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        let written = if secret.metadata.resource_version.is_some() {
            let name = secret.metadata.name.clone().unwrap_or_default();
            with_timeout(api.replace(&name, &params, &secret)).await?
        } else {
            with_timeout(api.create(&params, &secret)).await?
        };
        self.secret = written;
        Ok(())
    }

    fn render(&self, data: &mut BTreeMap<String, ByteString>) {
        // Fields of an earlier response must not stay; keys of other field managers do.
        data.retain(|key, _| {
            key != REFRESH_TOKEN && key != ACCESS_TOKEN && !key.starts_with(EXTRA_PREFIX)
        });
        let mut put = |key: String, value: &SecretString| {
            data.insert(key, ByteString(value.expose_secret().as_bytes().to_vec()));
        };
        if let Some(token) = &self.refresh_token {
            put(REFRESH_TOKEN.to_owned(), token);
        }
        if let Some(access) = &self.access {
            put(ACCESS_TOKEN.to_owned(), &access.access_token);
            for (name, value) in &access.extras {
                put(format!("{EXTRA_PREFIX}{name}"), value);
            }
        }
    }

    /// Deletes the version that was read. Returns `Conflict` if the Secret was changed since.
    pub async fn delete(&self, client: &Client) -> Result<(), ApiError> {
        let api = Api::<Secret>::namespaced(client.clone(), &self.namespace);
        let metadata = &self.secret.metadata;
        // A refresh token that the consent page wrote since must not be deleted.
        let preconditions = Preconditions {
            uid: metadata.uid.clone(),
            resource_version: metadata.resource_version.clone(),
        };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        match with_timeout(api.delete(metadata.name.as_deref().unwrap_or_default(), &params)).await
        {
            Ok(_) | Err(ApiError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
