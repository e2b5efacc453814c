//! Collects the references to Secrets from the desired state.

use crate::connection::authorization::DesiredAuthorization;
use crate::connection::desired::{
    Client, DesiredAssertion, DesiredRequest, DesiredTransport, KeyLocation, PROXY_FIELD,
    TRUSTSTORE_FIELD,
};
use crate::connection::secret_ref::{
    KEYSTORE_KEYS, PROXY_ADDRESS_KEY, SecretRef, SecretRefs, SecretRole, TLS_KEY, TRUSTSTORE_KEYS,
};

/// Returns all references of a Connection: those of its desired state, then `outputs`, the Secrets
/// that the operator writes.
pub fn secret_refs(
    request: &DesiredRequest,
    transport: &DesiredTransport,
    authorization: Option<&DesiredAuthorization>,
    outputs: Vec<SecretRef>,
) -> SecretRefs {
    let import = authorization.and_then(|authorization| authorization.import.as_ref());
    let import = import.map(|at| SecretRef::new(at, SecretRole::RefreshToken));
    let refs = request_refs(request).into_iter();
    refs.chain(import).chain(transport_refs(transport)).chain(outputs).collect()
}

fn request_refs(request: &DesiredRequest) -> Vec<SecretRef> {
    let mut refs: Vec<_> = request.assertions().flat_map(assertion_refs).collect();
    if let Client::ClientSecretBasic { secret, .. } | Client::ClientSecretPost { secret, .. } =
        &request.client
    {
        refs.push(SecretRef::new(secret, SecretRole::ClientSecret));
    }
    let identity = request.identity.iter();
    refs.extend(identity.flat_map(|keystore| keystore_refs(keystore, SecretRole::ClientKeystore)));
    let parameters = request.secret_parameters.values();
    refs.extend(parameters.map(|at| SecretRef::new(at, SecretRole::Parameter)));
    refs
}

fn assertion_refs(assertion: &DesiredAssertion) -> Vec<SecretRef> {
    match assertion {
        DesiredAssertion::Static { value, .. } => {
            vec![SecretRef::new(value, SecretRole::Assertion)]
        }
        DesiredAssertion::Signed(signed) => {
            let mut refs = keystore_refs(&signed.key, SecretRole::AssertionKeystore);
            let certificate = signed.certificate.iter();
            refs.extend(certificate.map(|at| SecretRef::new(at, SecretRole::AssertionCertificate)));
            refs
        }
    }
}

/// The keystore, and its passwords if the spec names their keys: passwords under the default keys
/// are optional.
fn keystore_refs(location: &KeyLocation, role: SecretRole) -> Vec<SecretRef> {
    let reference =
        |keys| SecretRef { field: location.field, name: location.secret.clone(), keys, role };
    let keystore = match &location.key {
        Some(key) => vec![key.clone()],
        None => KEYSTORE_KEYS.into_iter().chain([TLS_KEY]).map(str::to_owned).collect(),
    };
    let passwords = [&location.password_key, &location.key_password_key].into_iter().flatten();
    // One of the keys of a reference suffices, so each password has a reference of its own.
    let passwords = passwords.map(|key| reference(vec![key.clone()]));
    std::iter::once(reference(keystore)).chain(passwords).collect()
}

fn transport_refs(transport: &DesiredTransport) -> Vec<SecretRef> {
    let truststore = transport.truststore.as_ref().map(|location| SecretRef {
        field: TRUSTSTORE_FIELD,
        name: location.secret.clone(),
        keys: match &location.key {
            Some(key) => vec![key.clone()],
            None => TRUSTSTORE_KEYS.map(str::to_owned).to_vec(),
        },
        role: SecretRole::Truststore,
    });
    let proxy = transport.proxy.as_ref().map(|name| SecretRef {
        field: PROXY_FIELD,
        name: name.clone(),
        keys: vec![PROXY_ADDRESS_KEY.to_owned()],
        role: SecretRole::Proxy,
    });
    truststore.into_iter().chain(proxy).collect()
}
