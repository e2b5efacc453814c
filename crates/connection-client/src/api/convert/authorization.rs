//! What the Authorization Code flow wants, of `spec.authorization`, `spec.endpoints`, `spec.scopes`
//! and `spec.parameters`.

use std::collections::BTreeMap;

use url::Url;

use super::{Context, url};
use crate::api::connection::ConnectionSpec;
use crate::api::spec::authorization::AuthorizationSpec;
use crate::api::spec::endpoints::EndpointsSpec;
use connection_core::connection::authorization::{DesiredAuthorization, ExpectedAccount};
use connection_core::connection::desired::Grant;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::flow::Flow;
use connection_core::connection::preset::Preset;
use connection_core::connection::secret_key::SecretKey;

/// The one further parameter that an exchange repeats (RFC 8707 section 2.2).
const RESOURCE: &str = "resource";

/// How often to refresh at least, in seconds.
pub(super) fn keep_alive(spec: &ConnectionSpec, preset: Option<&Preset>) -> Option<u32> {
    if spec.flow != Flow::AuthorizationCode {
        return None;
    }
    let given = spec.authorization.as_ref().and_then(|one| one.keep_alive_seconds);
    given.or(preset.and_then(|one| one.authorization_code.keep_alive_seconds))
}

impl Context<'_> {
    /// The grant of a person's consent.
    pub(super) fn consent(&self) -> Result<Grant, ConnectionError> {
        let given = self.endpoints().and_then(|one| one.refresh.as_deref());
        let preset = self.preset.and_then(|one| one.endpoints.refresh.as_deref());
        let mut refresh_parameters = self
            .preset
            .map(|one| one.authorization_code.refresh_parameters.clone())
            .unwrap_or_default();
        refresh_parameters.extend(self.own().refresh_parameters.clone());
        Ok(Grant::AuthorizationCode {
            refresh_endpoint: optional("spec.endpoints.refresh", given.or(preset))?,
            refresh_parameters,
        })
    }

    /// How the consent is asked for, in the flow that needs one.
    pub(super) fn authorization(&self) -> Result<Option<DesiredAuthorization>, ConnectionError> {
        if self.spec.flow != Flow::AuthorizationCode {
            return Ok(None);
        }
        let (endpoints, own) = (self.endpoints(), self.own());
        let preset = self.preset.map(|one| &one.endpoints);
        let given = endpoints.and_then(|one| one.revocation.as_deref());
        let revocation = given.or(preset.and_then(|one| one.revocation.as_deref()));
        let push = endpoints.and_then(|one| one.pushed_authorization.as_deref());
        Ok(Some(DesiredAuthorization {
            endpoint: self.authorization_endpoint()?,
            issuer: self.issuer(),
            scope: self.scope(),
            scopes: self.scopes.clone(),
            parameters: self.authorization_parameters(),
            pkce: self.preset.is_none_or(|one| one.authorization_code.pkce),
            push: optional("spec.endpoints.pushedAuthorization", push)?,
            expected: own
                .expected_account
                .map(|one| ExpectedAccount { email: one.email, sub: one.sub }),
            import: own.refresh_token_ref.map(|one| SecretKey {
                field: "spec.authorization.refreshTokenRef",
                secret: one.name,
                key: one.key,
            }),
            on_delete: own.on_delete.unwrap_or_default(),
            revocation: optional("spec.endpoints.revocation", revocation)?,
        }))
    }

    fn endpoints(&self) -> Option<&EndpointsSpec> {
        self.spec.endpoints.as_ref()
    }

    fn own(&self) -> AuthorizationSpec {
        self.spec.authorization.clone().unwrap_or_default()
    }

    /// The issuer of spec or preset; a preset's does not hold for a token endpoint of the spec's own.
    fn issuer(&self) -> Option<String> {
        let given = self.endpoints().and_then(|one| one.issuer.clone());
        let foreign = self.endpoints().is_some_and(|one| one.token.is_some());
        given.or_else(|| self.preset.filter(|_| !foreign)?.endpoints.issuer.clone())
    }

    fn authorization_endpoint(&self) -> Result<Option<Endpoint>, ConnectionError> {
        let field = "spec.endpoints.authorization";
        let given = self.endpoints().and_then(|one| one.authorization.as_deref());
        let preset = self.preset.and_then(|one| one.endpoints.authorization.as_deref());
        let issuer = self.endpoints().and_then(|one| one.issuer.clone());
        Ok(match (optional(field, given.or(preset))?, issuer) {
            (Some(url), _) => Some(Endpoint::Url(url)),
            (None, Some(issuer)) => Some(Endpoint::FromMetadata(issuer)),
            (None, None) => None,
        })
    }

    fn authorization_parameters(&self) -> BTreeMap<String, String> {
        let of_flow = self.preset.map(|one| one.authorization_code.parameters.clone());
        let mut parameters = of_flow.unwrap_or_default();
        parameters.extend(self.spec.parameters.clone());
        parameters
    }

    /// The parameters of the exchange: a person's browser must not see the secret ones, so those go
    /// with it alone.
    pub(super) fn exchange_parameters(&self) -> BTreeMap<String, String> {
        let mut parameters = self.authorization_parameters();
        parameters.retain(|name, _| name == RESOURCE);
        parameters
    }
}

fn optional(field: &str, text: Option<&str>) -> Result<Option<Url>, ConnectionError> {
    text.map(|text| url(field, text)).transpose()
}
