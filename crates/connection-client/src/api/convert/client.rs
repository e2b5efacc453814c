//! `spec.client`.

use super::Context;
use crate::api::spec::client::ClientSpec;
use connection_core::connection::client_authentication::AuthenticationMethod as Method;
use connection_core::connection::desired::Client;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::flow::Flow;
use connection_core::connection::secret_key::SecretKey;

/// How the client says who it is.
pub(super) fn client(context: &Context<'_>) -> Result<Client, ConnectionError> {
    let required = context.preset.is_some_and(|one| one.client.secret_required);
    let Some(spec) = &context.spec.client else { return Ok(Client::None) };
    if required && spec.secret_ref.is_none() && spec.authentication.is_none() {
        return Err(ConnectionError::invalid_spec(
            "spec.client.secretRef",
            "is needed by this provider: name the Secret that holds the client secret",
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
            let given = spec.assertion.as_ref().or(context.spec.assertion.as_ref());
            let assertion = context.desired_assertion(field, super::given(field, given)?)?;
            // RFC 7523 section 2.2: the assertion names the client; the identifier beside it is
            // optional, and what most providers expect.
            let send_id = context.preset.is_none_or(|one| one.client.send_id);
            Ok(Client::PrivateKeyJwt { id, send_id, assertion })
        }
    }
}

/// Whether a client that does not authenticate sends its id. A code is bound to a client, so with one
/// it always does (RFC 6749 section 4.1.3); else the assertion may say it all.
fn sends_client_id(context: &Context<'_>) -> bool {
    context.spec.flow == Flow::AuthorizationCode
        || context.preset.is_none_or(|one| one.client.send_id)
}

fn authentication(context: &Context<'_>, spec: &ClientSpec) -> Method {
    // A preset decides only how a client secret is sent.
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
        ConnectionError::invalid_spec(field, "is needed by this way of client authentication: name the Secret that holds the client secret")
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

    /// A provider that is told the client by the assertion alone, where there is one.
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

    fn client_of(flow: &str, secret: bool) -> Client {
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
    fn a_public_client_of_the_authorization_code_flow_names_itself_and_one_with_an_assertion_need_not()
     {
        assert!(
            matches!(client_of("AuthorizationCode", false), Client::Public { id } if id == "crm")
        );
        assert!(matches!(client_of("JWT", false), Client::None));
    }

    #[test]
    fn a_secret_is_sent_the_way_that_the_preset_says() {
        assert!(
            matches!(client_of("AuthorizationCode", true), Client::ClientSecretPost { id, .. } if id == "crm")
        );
    }
}
