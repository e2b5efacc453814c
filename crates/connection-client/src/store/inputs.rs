//! Reads the Secrets that a request uses, and parses their content.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client, ResourceExt};
use secrecy::SecretString;

use crate::api::names::ALLOWED_HOSTS_ANNOTATION;
use crate::net::host_pattern::HostPattern;
use crate::store::allowed_hosts::AllowedHosts;
use crate::store::api_call::{ApiError, with_timeout};
use crate::store::secret_summary::SecretSummary;
use connection_core::connection::desired::{
    Client as DesiredClient, Desired, DesiredAssertion, DesiredGrant, DesiredRequest,
};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::material::{AssertionMaterial, Material};
use connection_core::connection::reason::Reason;
use connection_core::connection::secret_key::SecretKey;
use connection_core::connection::secret_ref::{SecretRef, SecretRefs, SecretRole};
use connection_core::connection::token_record::Versions;

pub mod keystore;
pub mod transport;

/// The Secrets that a request uses.
pub struct Inputs(BTreeMap<String, ReadSecret>);

struct ReadSecret {
    data: BTreeMap<String, ByteString>,
    summary: SecretSummary,
    /// The value of the annotation.
    allowed_hosts: Option<String>,
}

impl ReadSecret {
    fn new(secret: Secret) -> Self {
        let annotations = secret.metadata.annotations.as_ref();
        Self {
            summary: SecretSummary::new(&secret.metadata),
            allowed_hosts: annotations.and_then(|all| all.get(ALLOWED_HOSTS_ANNOTATION).cloned()),
            data: secret.data.unwrap_or_default(),
        }
    }
}

impl Inputs {
    /// Reads the Secrets of the request and of its transport.
    pub async fn read(
        client: &Client,
        namespace: &str,
        desired: &Desired,
    ) -> Result<Self, ConnectionError> {
        let api = Api::<Secret>::namespaced(client.clone(), namespace);
        let mut inputs = BTreeMap::new();
        for SecretRef { field, name, .. } in desired.secret_refs.secrets(SecretRole::is_input) {
            inputs.insert(name.clone(), read(&api, field, name).await?);
        }
        Ok(Self(inputs))
    }

    /// Reads one key of a Secret as text. Also returns the Secret's allowed hosts and metadata.
    pub async fn read_key(
        client: &Client,
        namespace: &str,
        at: &SecretKey,
    ) -> Result<(SecretString, AllowedHosts, SecretSummary), ConnectionError> {
        let api = Api::<Secret>::namespaced(client.clone(), namespace);
        let secret = read(&api, at.field, &at.secret).await?;
        let summary = secret.summary.clone();
        let hosts = secret.allowed_hosts.as_deref().map(HostPattern::parse_list);
        let allowed_hosts = AllowedHosts { field: at.field, secret: at.secret.clone(), hosts };
        let inputs = Self([(at.secret.clone(), secret)].into());
        Ok((inputs.text(at)?, allowed_hosts, summary))
    }

    pub fn from_secrets(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let named = |secret: Secret| (secret.name_any(), ReadSecret::new(secret));
        Self(secrets.into_iter().map(named).collect())
    }

    /// Returns name and metadata of each Secret.
    pub fn summaries(&self) -> impl Iterator<Item = (&str, &SecretSummary)> {
        self.0.iter().map(|(name, secret)| (name.as_str(), &secret.summary))
    }

    pub fn versions(&self) -> Versions {
        self.0.iter().map(|(name, secret)| (name.clone(), secret.summary.version())).collect()
    }

    /// Returns the hosts to which the Secrets of a request may be sent, as their owners state.
    pub fn allowed_hosts(&self, refs: &SecretRefs) -> Vec<AllowedHosts> {
        let allowed_hosts = |SecretRef { field, name, .. }: &SecretRef| {
            let hosts = self.0.get(name)?.allowed_hosts.as_deref().map(HostPattern::parse_list);
            Some(AllowedHosts { field, secret: name.clone(), hosts })
        };
        refs.secrets(SecretRole::is_request).into_iter().filter_map(allowed_hosts).collect()
    }

    /// Parses the inputs of a request. Blocks: opening a keystore takes milliseconds to seconds of CPU
    /// time.
    pub fn open(&self, request: &DesiredRequest) -> Result<Material, ConnectionError> {
        let mut material = Material::default();
        if let DesiredGrant::JwtBearer(assertion) = &request.grant {
            material.grant = Some(self.assertion(assertion)?);
        }
        if let Some(location) = &request.identity {
            material.identity = Some(Arc::new(keystore::identity(self, location)?));
        }
        match &request.client {
            DesiredClient::PrivateKeyJwt { assertion, .. } => {
                material.client = Some(self.assertion(assertion)?);
            }
            DesiredClient::ClientSecretBasic { secret, .. }
            | DesiredClient::ClientSecretPost { secret, .. } => {
                material.client_secret = Some(self.text(secret)?);
            }
            DesiredClient::None
            | DesiredClient::TlsClientAuth { .. }
            | DesiredClient::Public { .. } => {}
        }
        for (name, key) in &request.secret_parameters {
            material.parameters.push((name.clone(), self.text(key)?));
        }
        Ok(material)
    }

    fn assertion(&self, desired: &DesiredAssertion) -> Result<AssertionMaterial, ConnectionError> {
        match desired {
            DesiredAssertion::Static { value, .. } => {
                Ok(AssertionMaterial::Static(Arc::new(self.text(value)?)))
            }
            DesiredAssertion::Signed(signed) => {
                Ok(AssertionMaterial::Signed(Arc::new(keystore::signer(self, signed)?)))
            }
        }
    }

    fn secret(
        &self,
        name: &str,
        field: &str,
    ) -> Result<&BTreeMap<String, ByteString>, ConnectionError> {
        self.0
            .get(name)
            .map(|secret| &secret.data)
            .ok_or_else(|| ConnectionError::secret_not_found(field, name))
    }

    fn bytes(&self, at: &SecretKey) -> Result<&[u8], ConnectionError> {
        let data = self.secret(&at.secret, at.field)?;
        let value = data
            .get(&at.key)
            .ok_or_else(|| ConnectionError::secret_key_not_found(at.field, &at.secret, &at.key))?;
        Ok(&value.0)
    }

    /// Returns a value as text, without the line break that editors add at the end.
    fn text(&self, at: &SecretKey) -> Result<SecretString, ConnectionError> {
        let text = str::from_utf8(self.bytes(at)?).map_err(|_| {
            ConnectionError::secret_invalid(at, "is not UTF-8 text: store it as text")
        })?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(ConnectionError::secret_invalid(at, "is empty: set a value"));
        }
        Ok(text.into())
    }
}

async fn read(api: &Api<Secret>, field: &str, name: &str) -> Result<ReadSecret, ConnectionError> {
    let secret = with_timeout(api.get(name)).await.map_err(|error| match error {
        ApiError::NotFound => ConnectionError::secret_not_found(field, name),
        error => error.connection_error(&format!("{field}: failed to read Secret `{name}`")),
    })?;
    Ok(ReadSecret::new(secret))
}

fn invalid_certificate(at: &SecretKey) -> ConnectionError {
    let message = format!(
        "{}: key `{}` of Secret `{}` is not an X.509 certificate: store it in PEM form",
        at.field, at.key, at.secret
    );
    ConnectionError::on_change(Reason::CertificateInvalid, message)
}
