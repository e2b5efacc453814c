//! Reads the truststore and the proxy.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;

use super::Inputs;
use super::keystore::password;
use crate::net::proxy::ProxyServer;
use crate::net::transport::Transport;
use crate::net::trust::Trust;
use connection_core::connection::desired::{
    DesiredTransport, PROXY_FIELD, TRUSTSTORE_FIELD, TruststoreLocation,
};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::material::Material;
use connection_core::connection::reason::Reason;
use connection_core::connection::secret_key::SecretKey;
use connection_core::connection::secret_ref::{PASSWORD_KEY, PROXY_ADDRESS_KEY, TRUSTSTORE_KEYS};
use connection_core::keys::certificate::Certificate;
use connection_core::keys::keystore::Keystore;

impl Inputs {
    /// Returns the transport of a request.
    pub fn transport(
        &self,
        desired: &DesiredTransport,
        material: &Material,
    ) -> Result<Transport, ConnectionError> {
        let trust = match &desired.truststore {
            None => Trust::Public,
            Some(location) if location.alone => Trust::Only(self.truststore(location)?),
            Some(location) => Trust::And(self.truststore(location)?),
        };
        let proxy = desired.proxy.as_ref().map(|name| self.proxy(name)).transpose()?;
        Ok(Transport { identity: material.identity.clone(), trust, proxy, direct: false })
    }

    fn truststore(
        &self,
        location: &TruststoreLocation,
    ) -> Result<Vec<Certificate>, ConnectionError> {
        let data = self.secret(&location.secret, TRUSTSTORE_FIELD)?;
        let key = match &location.key {
            Some(key) => key.as_str(),
            None => *TRUSTSTORE_KEYS
                .iter()
                .find(|key| data.contains_key(**key))
                // For the message: the first key is the usual one.
                .unwrap_or(&TRUSTSTORE_KEYS[0]),
        };
        let missing =
            || ConnectionError::secret_key_not_found(TRUSTSTORE_FIELD, &location.secret, key);
        let bytes = &data.get(key).ok_or_else(missing)?.0;
        let invalid = |what: String| {
            ConnectionError::on_change(
                Reason::TruststoreInvalid,
                format!("{TRUSTSTORE_FIELD}: {what}"),
            )
        };
        let at = SecretKey {
            field: TRUSTSTORE_FIELD,
            secret: location.secret.clone(),
            key: PASSWORD_KEY.to_owned(),
        };
        let password = password(data, &at, false)?;
        let certificates = Keystore::open(bytes, password.as_ref())
            .and_then(|store| store.certificates())
            .map_err(|error| invalid(error.to_string()))?;
        // With an empty truststore every server would be rejected, without a hint why.
        if certificates.is_empty() {
            return Err(invalid(
                "contains no certificate: add the certificate of the CA".to_owned(),
            ));
        }
        Ok(certificates)
    }

    fn proxy(&self, name: &str) -> Result<ProxyServer, ConnectionError> {
        let data = self.secret(name, PROXY_FIELD)?;
        let at = |key: &str| SecretKey {
            field: PROXY_FIELD,
            secret: name.to_owned(),
            key: key.to_owned(),
        };
        let address = text(data, &at(PROXY_ADDRESS_KEY))?.ok_or_else(|| {
            ConnectionError::secret_key_not_found(PROXY_FIELD, name, PROXY_ADDRESS_KEY)
        })?;
        let username = text(data, &at("username"))?;
        let bypass = text(data, &at("no-proxy"))?.unwrap_or_default();
        let proxy = ProxyServer::new(
            &address,
            username,
            password(data, &at(PASSWORD_KEY), false)?,
            &bypass,
        );
        proxy.map_err(|error| {
            let message = format!("{PROXY_FIELD}: key `address` of Secret `{name}` {error}");
            ConnectionError::on_change(Reason::ProxyInvalid, message)
        })
    }
}

fn text(
    data: &BTreeMap<String, ByteString>,
    at: &SecretKey,
) -> Result<Option<String>, ConnectionError> {
    let Some(value) = data.get(&at.key) else { return Ok(None) };
    let text = str::from_utf8(&value.0)
        .map_err(|_| ConnectionError::secret_invalid(at, "is not UTF-8 text: store it as text"))?;
    // An address contains no white space, but editors add a line break.
    Ok(Some(text.trim().to_owned()))
}
