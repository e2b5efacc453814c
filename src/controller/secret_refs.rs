//! Which Secrets a Connection names: a change to one of them concerns it.

use connection_client::api::connection::Connection;
use connection_client::api::spec::assertion::AssertionSpec;
use connection_client::api::spec::authorization::AuthorizationSpec;
use connection_client::api::spec::tls::TlsSpec;
use connection_core::connection::flow::Flow;
use kube::ResourceExt;

/// Whether a Connection names the Secret, as an input, as its token Secret or as its grant Secret.
pub(super) fn names(connection: &Connection, secret: &str) -> bool {
    let spec = &connection.spec;
    let output = spec.secret.as_ref().and_then(|one| one.name.as_deref());
    let is_output = output.map_or_else(
        || secret.strip_suffix("-token") == Some(connection.name_any().as_str()),
        |name| name == secret,
    );
    let client = spec.client.as_ref();
    is_output
        || spec.assertion.as_ref().is_some_and(|one| assertion_names(one, secret))
        || client
            .and_then(|one| one.assertion.as_ref())
            .is_some_and(|one| assertion_names(one, secret))
        || client.and_then(|one| one.secret_ref.as_ref()).is_some_and(|one| one.name == secret)
        || spec.proxy_ref.as_ref().is_some_and(|one| one.name == secret)
        || spec.tls.as_ref().is_some_and(|one| tls_names(one, secret))
        || spec.authorization.as_ref().is_some_and(|one| authorization_names(one, secret))
        || spec.flow == Flow::AuthorizationCode
            && secret.strip_suffix("-grant") == Some(connection.name_any().as_str())
        || spec.parameters_from.iter().any(|one| one.secret_key_ref.name == secret)
}

fn authorization_names(authorization: &AuthorizationSpec, secret: &str) -> bool {
    authorization.refresh_token_ref.as_ref().is_some_and(|one| one.name == secret)
}

fn tls_names(tls: &TlsSpec, secret: &str) -> bool {
    tls.keystore_ref.as_ref().is_some_and(|one| one.name == secret)
        || tls.truststore_ref.as_ref().is_some_and(|one| one.name == secret)
}

fn assertion_names(assertion: &AssertionSpec, secret: &str) -> bool {
    let certificate = assertion.header.as_ref().and_then(|one| one.certificate_ref.as_ref());
    assertion.keystore_ref.as_ref().is_some_and(|one| one.name == secret)
        || certificate.is_some_and(|one| one.name == secret)
        || assertion.value_from.as_ref().is_some_and(|one| one.secret_key_ref.name == secret)
}
