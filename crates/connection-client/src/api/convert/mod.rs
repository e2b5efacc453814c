//! Converts a spec and its preset to the desired state. The spec overrides the preset; defaults are
//! set here.

mod assertion;
mod authorization;
mod client;
mod output;
mod transport;

use std::collections::BTreeMap;

use kube::ResourceExt;
use url::Url;

use crate::api::connection::{Connection, ConnectionSpec};
use crate::api::names::grant_secret;
use crate::api::spec::assertion::AssertionSpec;
use crate::api::spec::parameter::ParameterFrom;
use connection_core::connection::assertion_options::ScopeIn;
use connection_core::connection::desired::{
    Client, Desired, DesiredGrant, DesiredRequest, RefreshPolicy,
};
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::flow::Flow;
use connection_core::connection::preset::Preset;
use connection_core::connection::reason::Reason;
use connection_core::connection::secret_key::SecretKey;
use connection_core::connection::secret_ref::SecretRef;
use connection_core::connection::secret_refs::secret_refs;

/// Returns the desired state of a Connection.
///
/// # Errors
///
/// The error contains the path of the invalid field.
pub fn desired(
    connection: &Connection,
    preset: Option<&Preset>,
) -> Result<Desired, ConnectionError> {
    let spec = &connection.spec;
    // First, because later errors would suggest fields of a flow that is not supported.
    ensure_flow_supported(spec, preset)?;
    let context = Conversion {
        spec,
        preset,
        endpoint: token_endpoint(spec, preset)?,
        // Never empty: without an endpoint, `token_endpoint` returns an error.
        endpoint_text: endpoint_text(spec, preset).unwrap_or_default().to_owned(),
        scopes: scopes(spec, preset)?,
    };
    let refresh = spec.refresh.clone().unwrap_or_default();
    let (request, authorization) = (context.request()?, context.authorization()?);
    let transport = transport::transport(spec);
    let outputs = outputs(connection);
    Ok(Desired {
        flow: spec.flow,
        secret_refs: secret_refs(&request, &transport, authorization.as_ref(), outputs),
        request,
        authorization,
        transport,
        answer: preset.map(|preset| preset.response.clone()).unwrap_or_default(),
        refresh: RefreshPolicy {
            before: refresh.before_seconds,
            every: refresh.every_seconds,
            keep_alive: authorization::keep_alive(spec, preset),
            preset_lifetime: preset.and_then(|preset| preset.lifetime_for(spec.flow)),
        },
        output: output::output(&connection.name_any(), spec.secret.as_ref()),
    })
}

/// Returns the name of the token Secret of a Connection.
pub fn token_secret(connection: &Connection) -> String {
    output::output(&connection.name_any(), connection.spec.secret.as_ref()).name
}

/// Returns the references to the Secrets that the operator writes, which need no valid spec.
pub fn outputs(connection: &Connection) -> Vec<SecretRef> {
    let mut outputs = vec![SecretRef::token(token_secret(connection))];
    if connection.spec.flow == Flow::AuthorizationCode {
        outputs.push(SecretRef::grant(grant_secret(&connection.name_any())));
    }
    outputs
}

/// The inputs of a conversion.
struct Conversion<'a> {
    spec: &'a ConnectionSpec,
    preset: Option<&'a Preset>,
    endpoint: Endpoint,
    /// The token endpoint or the issuer, not normalized, because providers compare `aud` as text.
    endpoint_text: String,
    scopes: Vec<String>,
}

impl Conversion<'_> {
    fn request(&self) -> Result<DesiredRequest, ConnectionError> {
        let grant = match self.spec.flow {
            Flow::Jwt => {
                let spec = required("spec.assertion", self.spec.assertion.as_ref())?;
                DesiredGrant::JwtBearer(self.desired_assertion("spec.assertion", spec)?)
            }
            Flow::ClientCredentials => {
                let grant_type = self.preset.and_then(|preset| preset.grant_type.clone());
                DesiredGrant::ClientCredentials { grant_type }
            }
            // The `grant_type` of a preset is for flow ClientCredentials only.
            Flow::JwtClientAssertion => DesiredGrant::ClientCredentials { grant_type: None },
            Flow::AuthorizationCode => self.authorization_code()?,
        };
        // The authorization request contains scopes and parameters instead of the token request.
        let consent = self.spec.flow == Flow::AuthorizationCode;
        Ok(DesiredRequest {
            endpoint: self.endpoint.clone(),
            client: self.client()?,
            identity: transport::identity(self.spec),
            scope: self.scope_in_body().filter(|_| !consent),
            grant,
            scopes: if consent { Vec::new() } else { self.scopes.clone() },
            parameters: if consent { self.exchange_parameters() } else { self.parameters() },
            secret_parameters: self.spec.parameters_from.iter().map(secret_parameter).collect(),
        })
    }

    /// Returns the value of the parameter `scope`, with the separator of the provider.
    fn scope(&self) -> Option<String> {
        let separator = self.preset.map_or(' ', |preset| preset.scopes.separator.as_char());
        let joined = self.scopes.join(separator.to_string().as_str());
        (!joined.is_empty()).then_some(joined)
    }

    fn scope_in(&self, spec: Option<&AssertionSpec>) -> ScopeIn {
        let preset = || Some(self.preset?.assertion.scope_in);
        spec.and_then(|spec| spec.scope_in).or_else(preset).unwrap_or(ScopeIn::Body)
    }

    fn scope_in_body(&self) -> Option<String> {
        let client = self.spec.client.as_ref().and_then(|client| client.assertion.as_ref());
        let assertion = match self.spec.flow {
            // A client assertion does not contain the scopes of the grant.
            Flow::Jwt => self.spec.assertion.as_ref(),
            _ => client.or(self.spec.assertion.as_ref()),
        };
        let in_claim = assertion.is_some() && self.scope_in(assertion) == ScopeIn::Claim;
        if in_claim { None } else { self.scope() }
    }

    fn parameters(&self) -> BTreeMap<String, String> {
        let mut parameters =
            self.preset.map(|preset| preset.parameters.clone()).unwrap_or_default();
        parameters.extend(self.spec.parameters.clone());
        // A parameter must not be sent twice (RFC 6749 section 3.2).
        for secret in &self.spec.parameters_from {
            parameters.remove(&secret.name);
        }
        parameters
    }
}

fn required<'a>(
    field: &str,
    spec: Option<&'a AssertionSpec>,
) -> Result<&'a AssertionSpec, ConnectionError> {
    spec.ok_or_else(|| ConnectionError::invalid_spec(field, "is required by this flow: set it"))
}

fn secret_parameter(from: &ParameterFrom) -> (String, SecretKey) {
    let reference = &from.secret_key_ref;
    let key = SecretKey {
        field: "spec.parametersFrom",
        secret: reference.name.clone(),
        key: reference.key.clone(),
    };
    (from.name.clone(), key)
}

fn scopes(spec: &ConnectionSpec, preset: Option<&Preset>) -> Result<Vec<String>, ConnectionError> {
    let Some(preset) = preset else { return Ok(spec.scopes.clone()) };
    let preset = preset.scopes_for(spec.flow);
    let scopes = if spec.scopes.is_empty() { &preset.default } else { &spec.scopes };
    if scopes.is_empty() && preset.required {
        return Err(ConnectionError::invalid_spec(
            "spec.scopes",
            "are required by this provider: set the scopes that the API requires",
        ));
    }
    Ok(scopes.clone())
}

/// Returns the token endpoint of the spec or preset, otherwise the issuer.
fn endpoint_text<'a>(spec: &'a ConnectionSpec, preset: Option<&'a Preset>) -> Option<&'a str> {
    let endpoints = spec.endpoints.as_ref();
    let token = endpoints.and_then(|endpoints| endpoints.token.as_deref());
    let preset = preset.and_then(|preset| preset.endpoints.token.as_deref());
    token.or(preset).or(endpoints.and_then(|endpoints| endpoints.issuer.as_deref()))
}

fn token_endpoint(
    spec: &ConnectionSpec,
    preset: Option<&Preset>,
) -> Result<Endpoint, ConnectionError> {
    let endpoints = spec.endpoints.as_ref();
    let token = endpoints.and_then(|endpoints| endpoints.token.as_deref());
    let issuer = endpoints.and_then(|endpoints| endpoints.issuer.as_deref());
    let preset = preset.and_then(|preset| preset.endpoints.token.as_deref());
    match (token.or(preset), issuer) {
        (Some(text), _) => url("spec.endpoints.token", text).map(Endpoint::Url),
        (None, Some(text)) => {
            // Only validated: the metadata must contain the issuer as it is written (RFC 8414
            // section 3.3).
            url("spec.endpoints.issuer", text)?;
            Ok(Endpoint::FromMetadata(text.to_owned()))
        }
        (None, None) => {
            let message =
                "is not known: set endpoints.token or endpoints.issuer, or a provider that has one";
            Err(ConnectionError::invalid_spec("spec.endpoints.token", message))
        }
    }
}

fn url(field: &str, text: &str) -> Result<Url, ConnectionError> {
    Url::parse(text).map_err(|_| {
        ConnectionError::invalid_spec(field, "is not a URL: write it as https://host/path")
    })
}

fn ensure_flow_supported(
    spec: &ConnectionSpec,
    preset: Option<&Preset>,
) -> Result<(), ConnectionError> {
    let flow = spec.flow;
    if let Some(preset) = preset
        && !preset.supports(flow)
    {
        let (name, flow) = (&preset.name, flow.as_str());
        let message = format!(
            "spec.provider.name: the preset `{name}` does not support flow {flow}: set another flow, or set the endpoints instead of a preset"
        );
        return Err(ConnectionError::on_change(Reason::PresetInvalid, message));
    }
    Ok(())
}

impl Conversion<'_> {
    fn client(&self) -> Result<Client, ConnectionError> {
        client::client(self)
    }
}
