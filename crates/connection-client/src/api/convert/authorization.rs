//! Converts the settings of the Authorization Code flow: `spec.authorization`, `spec.endpoints`,
//! `spec.scopes` and `spec.parameters`.

use std::collections::BTreeMap;

use url::Url;

use super::{Conversion, url};
use crate::api::connection::ConnectionSpec;
use crate::api::spec::authorization::AuthorizationSpec;
use crate::api::spec::endpoints::EndpointsSpec;
use connection_core::connection::authorization::{DesiredAuthorization, ExpectedAccount};
use connection_core::connection::desired::DesiredGrant;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::flow::Flow;
use connection_core::connection::preset::Preset;
use connection_core::connection::secret_key::SecretKey;

/// The only additional parameter that the code exchange repeats (RFC 8707 section 2.2).
const RESOURCE: &str = "resource";

/// Returns the maximum interval between two refreshes, in seconds.
pub(super) fn keep_alive(spec: &ConnectionSpec, preset: Option<&Preset>) -> Option<u32> {
    // Only grants with a refresh token expire for inactivity.
    if spec.flow != Flow::AuthorizationCode {
        return None;
    }
    let keep_alive = spec.authorization.as_ref().and_then(|spec| spec.keep_alive_seconds);
    keep_alive.or(preset.and_then(|preset| preset.authorization_code.keep_alive_seconds))
}

impl Conversion<'_> {
    /// Returns the grant of the Authorization Code flow.
    pub(super) fn authorization_code(&self) -> Result<DesiredGrant, ConnectionError> {
        let endpoint = self.endpoints().and_then(|endpoints| endpoints.refresh.as_deref());
        let preset = self.preset.and_then(|preset| preset.endpoints.refresh.as_deref());
        let mut refresh_parameters = self
            .preset
            .map(|preset| preset.authorization_code.refresh_parameters.clone())
            .unwrap_or_default();
        refresh_parameters.extend(self.authorization_spec().refresh_parameters);
        Ok(DesiredGrant::AuthorizationCode {
            refresh_endpoint: optional_url("spec.endpoints.refresh", endpoint.or(preset))?,
            refresh_parameters,
        })
    }

    /// Returns the settings of the authorization request; `None` in other flows.
    pub(super) fn authorization(&self) -> Result<Option<DesiredAuthorization>, ConnectionError> {
        if self.spec.flow != Flow::AuthorizationCode {
            return Ok(None);
        }
        let (endpoints, spec) = (self.endpoints(), self.authorization_spec());
        let preset = self.preset.map(|preset| &preset.endpoints);
        let revocation = endpoints.and_then(|endpoints| endpoints.revocation.as_deref());
        let revocation = revocation.or(preset.and_then(|preset| preset.revocation.as_deref()));
        let push = endpoints.and_then(|endpoints| endpoints.pushed_authorization.as_deref());
        Ok(Some(DesiredAuthorization {
            endpoint: self.authorization_endpoint()?,
            issuer: self.issuer(),
            scope: self.scope(),
            scopes: self.scopes.clone(),
            parameters: self.authorization_parameters(),
            // Servers ignore unknown parameters (RFC 6749 section 3.1), so PKCE is the default.
            pkce: self.preset.is_none_or(|preset| preset.authorization_code.pkce),
            push: optional_url("spec.endpoints.pushedAuthorization", push)?,
            expected: spec
                .expected_account
                .map(|account| ExpectedAccount { email: account.email, sub: account.sub }),
            import: spec.refresh_token_ref.map(|reference| SecretKey {
                field: "spec.authorization.refreshTokenRef",
                secret: reference.name,
                key: reference.key,
            }),
            on_delete: spec.on_delete.unwrap_or_default(),
            revocation: optional_url("spec.endpoints.revocation", revocation)?,
        }))
    }

    fn endpoints(&self) -> Option<&EndpointsSpec> {
        self.spec.endpoints.as_ref()
    }

    fn authorization_spec(&self) -> AuthorizationSpec {
        self.spec.authorization.clone().unwrap_or_default()
    }

    /// Returns the issuer of the spec, otherwise of the preset.
    fn issuer(&self) -> Option<String> {
        let issuer = self.endpoints().and_then(|endpoints| endpoints.issuer.clone());
        // A token endpoint in the spec may belong to another issuer than that of the preset.
        let overridden = self.endpoints().is_some_and(|endpoints| endpoints.token.is_some());
        issuer.or_else(|| self.preset.filter(|_| !overridden)?.endpoints.issuer.clone())
    }

    fn authorization_endpoint(&self) -> Result<Option<Endpoint>, ConnectionError> {
        let field = "spec.endpoints.authorization";
        let endpoint = self.endpoints().and_then(|endpoints| endpoints.authorization.as_deref());
        let preset = self.preset.and_then(|preset| preset.endpoints.authorization.as_deref());
        let issuer = self.endpoints().and_then(|endpoints| endpoints.issuer.clone());
        Ok(match (optional_url(field, endpoint.or(preset))?, issuer) {
            (Some(url), _) => Some(Endpoint::Url(url)),
            (None, Some(issuer)) => Some(Endpoint::FromMetadata(issuer)),
            (None, None) => None,
        })
    }

    fn authorization_parameters(&self) -> BTreeMap<String, String> {
        let preset = self.preset.map(|preset| preset.authorization_code.parameters.clone());
        let mut parameters = preset.unwrap_or_default();
        parameters.extend(self.spec.parameters.clone());
        parameters
    }

    /// Returns the additional parameters of the code exchange. Secret parameters are sent only in
    /// the exchange, because the browser sees the authorization request.
    pub(super) fn exchange_parameters(&self) -> BTreeMap<String, String> {
        let mut parameters = self.authorization_parameters();
        parameters.retain(|name, _| name == RESOURCE);
        parameters
    }
}

fn optional_url(field: &str, text: Option<&str>) -> Result<Option<Url>, ConnectionError> {
    text.map(|text| url(field, text)).transpose()
}
