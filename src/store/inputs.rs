//! Reads the Secrets that a request uses, and opens what is in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};
use secrecy::SecretString;

use crate::connection::desired::{
    Client as DesiredClient, DesiredAssertion, DesiredRequest, Grant, SecretKey,
};
use crate::connection::fault::Fault;
use crate::connection::material::{AssertionMaterial, Material};
use crate::connection::reason::Reason;
use crate::connection::record::Versions;
use crate::store::call::{CallError, within};
use crate::store::secret_facts::SecretFacts;

mod keystore;

/// The Secrets that a request uses, as they were read.
pub struct Inputs {
    secrets: BTreeMap<String, BTreeMap<String, ByteString>>,
    /// The version of each.
    pub versions: Versions,
}

impl Inputs {
    /// Reads the Secrets that a request uses.
    ///
    /// # Errors
    ///
    /// Returns a fault when one cannot be read.
    pub async fn read(
        client: &Client,
        namespace: &str,
        request: &DesiredRequest,
    ) -> Result<Self, Fault> {
        let api = Api::<Secret>::namespaced(client.clone(), namespace);
        let mut inputs = Self { secrets: BTreeMap::new(), versions: Versions::new() };
        for name in request.secrets() {
            let secret = within(api.get(name)).await.map_err(|error| match error {
                CallError::NotFound => Fault::secret_not_found("spec", name),
                error => error.fault(&format!("Secret `{name}` cannot be read")),
            })?;
            inputs.versions.insert(name.to_owned(), SecretFacts::of(&secret.metadata).version());
            inputs.secrets.insert(name.to_owned(), secret.data.unwrap_or_default());
        }
        Ok(inputs)
    }

    /// Opens what a request uses. Takes milliseconds to seconds of a processor for a keystore: call
    /// it where that disturbs nobody.
    ///
    /// # Errors
    ///
    /// Returns a fault when something cannot be used.
    pub fn open(&self, request: &DesiredRequest) -> Result<Material, Fault> {
        let mut material = Material::default();
        if let Grant::JwtBearer(assertion) = &request.grant {
            material.grant = Some(self.assertion(assertion)?);
        }
        match &request.client {
            DesiredClient::Assertion { assertion, .. } => {
                material.client = Some(self.assertion(assertion)?);
            }
            DesiredClient::SecretBasic { secret, .. }
            | DesiredClient::SecretPost { secret, .. } => {
                material.client_secret = Some(self.text(secret)?);
            }
            DesiredClient::Anonymous | DesiredClient::Identified { .. } => {}
        }
        for (name, key) in &request.secret_parameters {
            material.parameters.push((name.clone(), self.text(key)?));
        }
        Ok(material)
    }

    fn assertion(&self, wanted: &DesiredAssertion) -> Result<AssertionMaterial, Fault> {
        match wanted {
            DesiredAssertion::Ready { value, .. } => {
                Ok(AssertionMaterial::Ready(Arc::new(self.text(value)?)))
            }
            DesiredAssertion::Signed(signed) => {
                Ok(AssertionMaterial::Signed(Arc::new(keystore::signer(self, signed)?)))
            }
        }
    }

    fn secret(&self, name: &str, field: &str) -> Result<&BTreeMap<String, ByteString>, Fault> {
        self.secrets.get(name).ok_or_else(|| Fault::secret_not_found(field, name))
    }

    fn bytes(&self, at: &SecretKey) -> Result<&[u8], Fault> {
        let data = self.secret(&at.secret, at.field)?;
        let value = data
            .get(&at.key)
            .ok_or_else(|| Fault::secret_key_not_found(at.field, &at.secret, &at.key))?;
        Ok(&value.0)
    }

    /// A value that is text: without the line break that an editor leaves at its end.
    fn text(&self, at: &SecretKey) -> Result<SecretString, Fault> {
        let text = str::from_utf8(self.bytes(at)?)
            .map_err(|_| Fault::secret_invalid(at, "is not UTF-8 text: write it as text"))?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(Fault::secret_invalid(at, "is empty: give it a value"));
        }
        Ok(text.into())
    }
}

/// What stands where a certificate should be.
fn certificate_unreadable(at: &SecretKey) -> Fault {
    let message = format!(
        "{}: key `{}` of Secret `{}` is not an X.509 certificate: write it in PEM form",
        at.field, at.key, at.secret
    );
    Fault::on_change(Reason::CertificateUnreadable, message)
}
