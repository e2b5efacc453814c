//! The Secrets and data keys that a Connection needs.

use connection_client::store::inputs::keystore::{KEYSTORE_KEYS, TLS_KEY};
use connection_client::store::inputs::transport::{PROXY_ADDRESS_KEY, TRUSTSTORE_KEYS};
use connection_core::connection::desired::{Client, Desired, DesiredAssertion, KeyLocation};
use connection_core::connection::desired_transport::{PROXY_FIELD, TRUSTSTORE_FIELD};
use connection_core::connection::secret_key::SecretKey;

/// A data key that a Connection needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RequiredKey {
    /// The field of the spec that names the Secret.
    pub field: &'static str,
    /// Name of the Secret.
    pub secret: String,
    /// Alternative keys; one of them suffices.
    pub any_of: Vec<String>,
}

impl RequiredKey {
    fn new(field: &'static str, secret: &str, key: &str) -> Self {
        Self { field, secret: secret.to_owned(), any_of: vec![key.to_owned()] }
    }
}

impl From<&SecretKey> for RequiredKey {
    fn from(key: &SecretKey) -> Self {
        Self::new(key.field, &key.secret, &key.key)
    }
}

/// Returns all keys that a Connection needs, in the order of the spec's fields.
pub(crate) fn required_keys(desired: &Desired) -> Vec<RequiredKey> {
    let request = &desired.request;
    let mut keys = Vec::new();
    for assertion in request.assertions() {
        add_assertion(&mut keys, assertion);
    }
    if let Client::ClientSecretBasic { secret, .. } | Client::ClientSecretPost { secret, .. } =
        &request.client
    {
        keys.push(secret.into());
    }
    if let Some(location) = &request.identity {
        add_keystore(&mut keys, location);
    }
    keys.extend(request.secret_parameters.values().map(RequiredKey::from));
    let authorization = desired.authorization.as_ref();
    let import = authorization.and_then(|authorization| authorization.import.as_ref());
    keys.extend(import.map(RequiredKey::from));
    if let Some(location) = &desired.transport.truststore {
        let any_of = match &location.key {
            Some(key) => vec![key.clone()],
            None => TRUSTSTORE_KEYS.map(str::to_owned).to_vec(),
        };
        keys.push(RequiredKey { field: TRUSTSTORE_FIELD, secret: location.secret.clone(), any_of });
    }
    if let Some(name) = &desired.transport.proxy {
        keys.push(RequiredKey::new(PROXY_FIELD, name, PROXY_ADDRESS_KEY));
    }
    keys
}

fn add_assertion(keys: &mut Vec<RequiredKey>, assertion: &DesiredAssertion) {
    match assertion {
        DesiredAssertion::Static { value, .. } => keys.push(value.into()),
        DesiredAssertion::Signed(signed) => {
            add_keystore(keys, &signed.key);
            keys.extend(signed.certificate.iter().map(RequiredKey::from));
        }
    }
}

fn add_keystore(keys: &mut Vec<RequiredKey>, location: &KeyLocation) {
    let any_of = match &location.key {
        Some(key) => vec![key.clone()],
        None => KEYSTORE_KEYS.into_iter().chain([TLS_KEY]).map(str::to_owned).collect(),
    };
    keys.push(RequiredKey { field: location.field, secret: location.secret.clone(), any_of });
    for key in [&location.password_key, &location.key_password_key].into_iter().flatten() {
        keys.push(RequiredKey::new(location.field, &location.secret, key));
    }
}
