//! From a spec and its preset to what the connection wants.
//! Whatever the spec says wins over the preset; what neither says gets its default here.

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
use connection_core::connection::desired::{Client, Desired, DesiredRequest, Grant, RefreshPolicy};
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::flow::Flow;
use connection_core::connection::preset::Preset;
use connection_core::connection::reason::Reason;
use connection_core::connection::secret_key::SecretKey;
use connection_core::connection::secret_ref::SecretRef;
use connection_core::connection::secret_refs::secret_refs;

/// Turns a Connection into what it wants.
///
/// # Errors
///
/// Returns a fault with the path of the field that cannot be done.
pub fn desired(
    connection: &Connection,
    preset: Option<&Preset>,
) -> Result<Desired, ConnectionError> {
    let spec = &connection.spec;
    served(spec, preset)?;
    let context = Context {
        spec,
        preset,
        endpoint: token_endpoint(spec, preset)?,
        written: written(spec, preset).unwrap_or_default().to_owned(),
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
        answer: preset.map(|one| one.response.clone()).unwrap_or_default(),
        refresh: RefreshPolicy {
            before: refresh.before_seconds,
            every: refresh.every_seconds,
            keep_alive: authorization::keep_alive(spec, preset),
            preset_lifetime: preset.and_then(|preset| preset.lifetime_for(spec.flow)),
        },
        output: output::output(&connection.name_any(), spec.secret.as_ref()),
    })
}

/// The name of a Connection's token Secret.
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

/// What the parts of a conversion share.
struct Context<'a> {
    spec: &'a ConnectionSpec,
    preset: Option<&'a Preset>,
    endpoint: Endpoint,
    /// The token endpoint or the issuer as it is written: what stands in `aud` is compared as text.
    written: String,
    scopes: Vec<String>,
}

impl Context<'_> {
    fn request(&self) -> Result<DesiredRequest, ConnectionError> {
        let grant = match self.spec.flow {
            Flow::Jwt => {
                let spec = given("spec.assertion", self.spec.assertion.as_ref())?;
                Grant::JwtBearer(self.desired_assertion("spec.assertion", spec)?)
            }
            Flow::ClientCredentials => {
                let grant_type = self.preset.and_then(|one| one.grant_type.clone());
                Grant::ClientCredentials { grant_type }
            }
            Flow::JwtClientAssertion => Grant::ClientCredentials { grant_type: None },
            Flow::AuthorizationCode => self.consent()?,
        };
        // What a person consents to is asked for on the way to that person.
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

    /// The scopes as one text, joined as the provider wants it.
    fn scope(&self) -> Option<String> {
        let separator = self.preset.map_or(' ', |one| one.scopes.separator.as_char());
        let joined = self.scopes.join(separator.to_string().as_str());
        (!joined.is_empty()).then_some(joined)
    }

    fn scope_in(&self, spec: Option<&AssertionSpec>) -> ScopeIn {
        let preset = || Some(self.preset?.assertion.scope_in);
        spec.and_then(|one| one.scope_in).or_else(preset).unwrap_or(ScopeIn::Body)
    }

    fn scope_in_body(&self) -> Option<String> {
        let client = self.spec.client.as_ref().and_then(|one| one.assertion.as_ref());
        let assertion = match self.spec.flow {
            Flow::Jwt => self.spec.assertion.as_ref(),
            _ => client.or(self.spec.assertion.as_ref()),
        };
        let in_claim = assertion.is_some() && self.scope_in(assertion) == ScopeIn::Claim;
        if in_claim { None } else { self.scope() }
    }

    fn parameters(&self) -> BTreeMap<String, String> {
        let mut parameters = self.preset.map(|one| one.parameters.clone()).unwrap_or_default();
        parameters.extend(self.spec.parameters.clone());
        for given in &self.spec.parameters_from {
            parameters.remove(&given.name);
        }
        parameters
    }
}

/// The assertion that a flow needs.
fn given<'a>(
    field: &str,
    spec: Option<&'a AssertionSpec>,
) -> Result<&'a AssertionSpec, ConnectionError> {
    spec.ok_or_else(|| ConnectionError::invalid_spec(field, "is needed by this flow: add it"))
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
    let of_flow = preset.scopes_for(spec.flow);
    let scopes = if spec.scopes.is_empty() { &of_flow.default } else { &spec.scopes };
    if scopes.is_empty() && of_flow.required {
        return Err(ConnectionError::invalid_spec(
            "spec.scopes",
            "are needed by this provider: name those that the API asks for",
        ));
    }
    Ok(scopes.clone())
}

/// What the spec or the preset gives as the token endpoint, else the issuer.
fn written<'a>(spec: &'a ConnectionSpec, preset: Option<&'a Preset>) -> Option<&'a str> {
    let endpoints = spec.endpoints.as_ref();
    let given = endpoints.and_then(|one| one.token.as_deref());
    let preset = preset.and_then(|one| one.endpoints.token.as_deref());
    given.or(preset).or(endpoints.and_then(|one| one.issuer.as_deref()))
}

fn token_endpoint(
    spec: &ConnectionSpec,
    preset: Option<&Preset>,
) -> Result<Endpoint, ConnectionError> {
    let endpoints = spec.endpoints.as_ref();
    let given = endpoints.and_then(|one| one.token.as_deref());
    let issuer = endpoints.and_then(|one| one.issuer.as_deref());
    let preset = preset.and_then(|one| one.endpoints.token.as_deref());
    match (given.or(preset), issuer) {
        (Some(text), _) => url("spec.endpoints.token", text).map(Endpoint::Url),
        (None, Some(text)) => {
            url("spec.endpoints.issuer", text)?;
            Ok(Endpoint::FromMetadata(text.to_owned()))
        }
        (None, None) => {
            let what = "is not known: give endpoints.token or endpoints.issuer, or a provider that has one";
            Err(ConnectionError::invalid_spec("spec.endpoints.token", what))
        }
    }
}

fn url(field: &str, text: &str) -> Result<Url, ConnectionError> {
    Url::parse(text).map_err(|_| {
        ConnectionError::invalid_spec(field, "is not a URL: write it as https://host/path")
    })
}

/// Refuses a preset that says nothing of the flow.
fn served(spec: &ConnectionSpec, preset: Option<&Preset>) -> Result<(), ConnectionError> {
    let flow = spec.flow;
    if let Some(preset) = preset
        && !preset.supports(flow)
    {
        let (name, flow) = (&preset.name, flow.as_str());
        let message = format!(
            "spec.provider.name: the preset `{name}` does not fit flow {flow}: use another flow, or give the endpoints without a preset"
        );
        return Err(ConnectionError::on_change(Reason::PresetInvalid, message));
    }
    Ok(())
}

impl Context<'_> {
    fn client(&self) -> Result<Client, ConnectionError> {
        client::client(self)
    }
}
