//! Converts `spec.client`.

use super::Conversion;
use crate::api::spec::client::ClientSpec;
use connection_core::connection::client_authentication::AuthenticationMethod as Method;
use connection_core::connection::desired::Client;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::flow::Flow;
use connection_core::connection::secret_key::SecretKey;

/// Returns the authentication of the client.
pub(super) fn client(context: &Conversion<'_>) -> Result<Client, ConnectionError> {
    let required = context.preset.is_some_and(|preset| preset.client.secret_required);
    // With an assertion as the grant, client authentication is optional (RFC 7521 section 4.1).
    let Some(spec) = &context.spec.client else { return Ok(Client::None) };
    // An explicit method overrides the preset, and may need no secret.
    if required && spec.secret_ref.is_none() && spec.authentication.is_none() {
        return Err(ConnectionError::invalid_spec(
            "spec.client.secretRef",
            "is required by this provider: set it to the Secret that holds the client secret",
        ));
    }
    let id = spec.id.clone();
    match authentication(context, spec) {
        Method::None if !sends_client_id(context) => Ok(Client::None),
        Method::None => Ok(Client::Public { id }),
        Method::ClientSecretBasic => Ok(Client::ClientSecretBasic { id, secret: secret(spec)? }),
        Method::ClientSecretPost => Ok(Client::ClientSecretPost { id, secret: secret(spec)? }),
        Method::TLS => Ok(Client::TlsClientAuth { id }),
        Method::PrivateKeyJWT => {
            let field =
                if spec.assertion.is_some() { "spec.client.assertion" } else { "spec.assertion" };
            let assertion = spec.assertion.as_ref().or(context.spec.assertion.as_ref());
            let assertion = context.desired_assertion(field, super::required(field, assertion)?)?;
            // `client_id` is optional next to an assertion (RFC 7523 section 2.2), but most
            // providers expect it.
            let send_id = context.preset.is_none_or(|preset| preset.client.send_id);
            Ok(Client::PrivateKeyJwt { id, send_id, assertion })
        }
    }
}

/// Returns true if a client without authentication sends `client_id`. It is required with a code
/// (RFC 6749 section 4.1.3); an assertion may identify the client instead.
fn sends_client_id(context: &Conversion<'_>) -> bool {
    context.spec.flow == Flow::AuthorizationCode
        || context.preset.is_none_or(|preset| preset.client.send_id)
}

fn authentication(context: &Conversion<'_>, spec: &ClientSpec) -> Method {
    // A preset sets only the method for a client secret.
    let preset = || {
        let method = context.preset?.client.authentication;
        matches!(method, Method::ClientSecretBasic | Method::ClientSecretPost).then_some(method)
    };
    match context.spec.flow {
        Flow::JwtClientAssertion => Method::PrivateKeyJWT,
        _ => spec.authentication.unwrap_or_else(|| match spec.secret_ref {
            Some(_) => preset().unwrap_or(Method::ClientSecretBasic),
            None => Method::None,
        }),
    }
}

fn secret(spec: &ClientSpec) -> Result<SecretKey, ConnectionError> {
    let field = "spec.client.secretRef";
    let reference = spec.secret_ref.as_ref().ok_or_else(|| {
        ConnectionError::invalid_spec(field, "is required by this authentication method: set it to the Secret that holds the client secret")
    })?;
    Ok(SecretKey {
        field,
        secret: reference.name.clone(),
        key: reference.key.clone().unwrap_or_else(|| "client_secret".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::api::connection::Connection;
    use crate::api::convert::desired;
    use connection_core::connection::preset::definition::PresetDefinition;

    /// Does not send `client_id` with an assertion.
    const PRESET: &str = r#"
        name = "acme"
        title = "Acme"
        sources = []
        flows = ["JWT", "AuthorizationCode"]
        [client]
        authentication = "ClientSecretPost"
        [endpoints]
        token = "https://login.example.com/token"
        authorization = "https://login.example.com/authorize"
    "#;

    fn desired_client(flow: &str, secret: bool) -> Client {
        let mut spec = json!({
            "flow": flow,
            "provider": { "name": "acme" },
            "client": { "id": "crm" },
        });
        if secret {
            spec["client"]["secretRef"] = json!({ "name": "crm-client" });
        }
        if flow == "JWT" {
            spec["assertion"] = json!({ "keystoreRef": { "name": "crm-keystore" } });
        }
        let connection: Connection = serde_json::from_value(json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": "crm", "namespace": "integrations" },
            "spec": spec,
        }))
        .unwrap();
        let preset: PresetDefinition = toml::from_str(PRESET).unwrap();
        let preset = preset.resolve(&BTreeMap::new()).unwrap();
        desired(&connection, Some(&preset)).unwrap().request.client
    }

    #[test]
    fn a_public_client_always_sends_its_id_with_a_code() {
        assert!(
            matches!(desired_client("AuthorizationCode", false), Client::Public { id } if id == "crm")
        );
        assert!(matches!(desired_client("JWT", false), Client::None));
    }

    #[test]
    fn the_preset_sets_the_authentication_method_of_a_secret() {
        assert!(
            matches!(desired_client("AuthorizationCode", true), Client::ClientSecretPost { id, .. } if id == "crm")
        );
    }
}
