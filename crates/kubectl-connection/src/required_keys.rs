//! The Secrets that a Connection reads, and which of their keys it looks for.

use connection_client::store::inputs::keystore::{KEYSTORE_KEYS, TLS_KEY};
use connection_client::store::inputs::transport::{PROXY_ADDRESS_KEY, TRUSTSTORE_KEYS};
use connection_core::connection::desired::{Client, Desired, DesiredAssertion, KeyLocation};
use connection_core::connection::desired::{PROXY_FIELD, TRUSTSTORE_FIELD};
use connection_core::connection::secret_key::SecretKey;

/// A key that is looked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RequiredKey {
    /// The field of the spec that names the Secret.
    pub field: &'static str,
    /// Name of the Secret.
    pub secret: String,
    /// The keys any of which will do.
    pub any_of: Vec<String>,
}

impl RequiredKey {
    fn named(field: &'static str, secret: &str, key: &str) -> Self {
        Self { field, secret: secret.to_owned(), any_of: vec![key.to_owned()] }
    }

    fn of(at: &SecretKey) -> Self {
        Self::named(at.field, &at.secret, &at.key)
    }
}

/// All keys that a Connection looks for, in the order of the spec's fields.
pub(crate) fn wanted(desired: &Desired) -> Vec<RequiredKey> {
    let request = &desired.request;
    let mut all = Vec::new();
    for assertion in request.assertions() {
        add_assertion(&mut all, assertion);
    }
    if let Client::ClientSecretBasic { secret, .. } | Client::ClientSecretPost { secret, .. } =
        &request.client
    {
        all.push(RequiredKey::of(secret));
    }
    if let Some(location) = &request.identity {
        add_keystore(&mut all, location);
    }
    all.extend(request.secret_parameters.values().map(RequiredKey::of));
    all.extend(
        desired.authorization.iter().filter_map(|one| one.import.as_ref()).map(RequiredKey::of),
    );
    if let Some(location) = &desired.transport.truststore {
        let any_of = match &location.key {
            Some(key) => vec![key.clone()],
            None => TRUSTSTORE_KEYS.map(str::to_owned).to_vec(),
        };
        all.push(RequiredKey { field: TRUSTSTORE_FIELD, secret: location.secret.clone(), any_of });
    }
    if let Some(name) = &desired.transport.proxy {
        all.push(RequiredKey::named(PROXY_FIELD, name, PROXY_ADDRESS_KEY));
    }
    all
}

fn add_assertion(all: &mut Vec<RequiredKey>, assertion: &DesiredAssertion) {
    match assertion {
        DesiredAssertion::Static { value, .. } => all.push(RequiredKey::of(value)),
        DesiredAssertion::Signed(signed) => {
            add_keystore(all, &signed.key);
            all.extend(signed.certificate.iter().map(RequiredKey::of));
        }
    }
}

fn add_keystore(all: &mut Vec<RequiredKey>, location: &KeyLocation) {
    let any_of = match &location.key {
        Some(key) => vec![key.clone()],
        None => KEYSTORE_KEYS.into_iter().chain([TLS_KEY]).map(str::to_owned).collect(),
    };
    all.push(RequiredKey { field: location.field, secret: location.secret.clone(), any_of });
    for key in [&location.password_key, &location.key_password_key].into_iter().flatten() {
        all.push(RequiredKey::named(location.field, &location.secret, key));
    }
}
