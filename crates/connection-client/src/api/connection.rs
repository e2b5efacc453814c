//! The `Connection` resource.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::api::spec::assertion::AssertionSpec;
use crate::api::spec::authorization::AuthorizationSpec;
use crate::api::spec::client::ClientSpec;
use crate::api::spec::endpoints::EndpointsSpec;
use crate::api::spec::parameter::{self, ParameterFrom, mode_is_query, names_are_free, names_fit};
use crate::api::spec::provider::ProviderSpec;
use crate::api::spec::reference::SecretReference;
use crate::api::spec::refresh::RefreshSpec;
use crate::api::spec::rule::{forbidden, invalid, required};
use crate::api::spec::scope;
use crate::api::spec::secret::SecretSpec;
use crate::api::spec::tls::TlsSpec;
use crate::api::status::ConnectionStatus;
use connection_core::connection::flow::Flow;

/// The desired token: how to obtain it, and the Secret that contains it.
#[derive(Clone, CustomResource, Debug, Deserialize, KubeSchema, PartialEq, Serialize)]
#[kube(
    group = "connection-operator.io",
    version = "v1alpha1",
    kind = "Connection",
    namespaced,
    status = "ConnectionStatus",
    shortname = "conn",
    category = "connection-operator",
    derive = "PartialEq",
    doc = "An OAuth 2.0 connection: how to obtain an access token, and the Secret that contains it.",
    selectable = ".spec.flow",
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Flow", type_ = "string", json_path = ".spec.flow"),
    printcolumn(name = "Expires", type_ = "string", json_path = ".status.connectionGroup.expiresAt"),
    printcolumn(name = "Secret", type_ = "string", json_path = ".status.connectionGroup.secretName"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Refreshed", type_ = "string", json_path = r#".status.conditions[?(@.type=="Refreshed")].reason"#, priority = 1),
    printcolumn(name = "Next refresh", type_ = "string", json_path = ".status.connectionGroup.nextRefreshAt", priority = 1),
    printcolumn(name = "Client", type_ = "string", json_path = ".status.connectionGroup.clientID", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].message"#, priority = 1),
    validation = invalid("size(self.metadata.name) <= 240",
        "metadata.name must have at most 240 characters, because the names of its Secrets are longer"),
    validation = invalid("(has(self.spec.secret) && has(self.spec.secret.name) ? self.spec.secret.name : self.metadata.name + '-token') == (has(oldSelf.spec.secret) && has(oldSelf.spec.secret.name) ? oldSelf.spec.secret.name : oldSelf.metadata.name + '-token')",
        "spec.secret.name cannot be changed, because workloads mount the Secret: restore the name, or create another Connection"),
    validation = invalid("self.spec.?secret.?name.orValue('') != self.metadata.name + '-grant'",
        "spec.secret.name must not be the Connection's name with the suffix -grant, which is the Secret of the refresh token: set another name")
)]
#[serde(rename_all = "camelCase")]
// Rules cannot read presets, so `convert` checks what a preset must provide.
#[x_kube(validation = required("has(self.provider) || self.?endpoints.?token.hasValue() || self.?endpoints.?issuer.hasValue()", ".endpoints",
    "the token endpoint is not known: set endpoints.token, endpoints.issuer or provider"))]
#[x_kube(validation = required("self.flow != 'AuthorizationCode' || has(self.provider) || self.?endpoints.?authorization.hasValue() || self.?endpoints.?issuer.hasValue() || self.?authorization.?refreshTokenRef.hasValue()", ".endpoints",
    "the authorization endpoint is not known: set endpoints.authorization, endpoints.issuer or provider, or import a refresh token with authorization.refreshTokenRef"))]
#[x_kube(validation = required("self.flow == 'JWT' || has(self.client)", ".client",
    "this flow needs a client that is registered at the provider: set client.id"))]
#[x_kube(validation = required("self.flow != 'JWT' || has(self.client) || self.?assertion.?valueFrom.hasValue() || (self.?assertion.?claims.?iss.hasValue() && self.?assertion.?claims.?sub.hasValue())", ".client",
    "the issuer and the subject of the assertion are not known: set client.id, which is their default, or iss and sub in assertion.claims"))]
#[x_kube(validation = required("!(self.flow in ['JWT', 'JWTClientAssertion']) || has(self.assertion)", ".assertion",
    "flows JWT and JWTClientAssertion send an assertion: set assertion.keystoreRef (the operator signs) or assertion.valueFrom (static)"))]
#[x_kube(validation = forbidden("self.flow in ['JWT', 'JWTClientAssertion'] || !has(self.assertion) || self.?client.?authentication.orValue('') == 'PrivateKeyJWT'", ".assertion",
    "this flow sends no assertion: set flow to JWT or JWTClientAssertion, set client.authentication to PrivateKeyJWT, or remove assertion"))]
#[x_kube(validation = required("self.?client.?authentication.orValue('') != 'PrivateKeyJWT' || self.?client.?assertion.hasValue() || (self.flow != 'JWT' && has(self.assertion))", ".client",
    "authentication PrivateKeyJWT needs an assertion: set client.assertion or assertion (flow JWT needs both, because assertion is the grant)"))]
#[x_kube(validation = forbidden("self.flow == 'JWT' || !has(self.assertion) || !self.?client.?assertion.hasValue()", ".client.assertion",
    "this flow sends one assertion: remove client.assertion or assertion (only flow JWT sends two)"))]
#[x_kube(validation = forbidden("self.flow != 'JWTClientAssertion' || self.?client.?authentication.orValue('PrivateKeyJWT') == 'PrivateKeyJWT'", ".client.authentication",
    "flow JWTClientAssertion authenticates the client with its assertion: remove client.authentication, or set flow to ClientCredentials"))]
#[x_kube(validation = forbidden("self.flow != 'JWTClientAssertion' || !self.?client.?secretRef.hasValue()", ".client.secretRef",
    "flow JWTClientAssertion authenticates the client with its assertion: remove client.secretRef, or set flow to ClientCredentials"))]
// A provider may take the secret as another parameter; an explicit None shows that this is meant.
#[x_kube(validation = required("self.flow != 'ClientCredentials' || !has(self.client) || has(self.client.secretRef) || self.client.?authentication.orValue('None') != 'None' || (has(self.client.authentication) && has(self.parametersFrom))", ".client",
    "flow ClientCredentials must authenticate the client: set client.secretRef, or set client.authentication to PrivateKeyJWT, to TLS, or to None with the secret in parametersFrom"))]
#[x_kube(validation = required("self.?client.?authentication.orValue('') != 'TLS' || self.?tls.?keystoreRef.hasValue()", ".tls",
    "client.authentication TLS needs a client certificate: set tls.keystoreRef"))]
#[x_kube(validation = forbidden("!has(self.authorization) || self.flow == 'AuthorizationCode'", ".authorization",
    "authorization is used only by flow AuthorizationCode: remove it or change flow"))]
#[x_kube(validation = invalid("!has(self.parametersFrom) || !has(self.parameters) || self.parametersFrom.all(parameter, !(parameter.name in self.parameters))",
    "a parameter is set in parameters and in parametersFrom: remove one of them").field_path(".parametersFrom"))]
pub struct ConnectionSpec {
    /// The OAuth 2.0 flow: how the token is obtained. AuthorizationCode: a user gives consent once
    /// (RFC 6749 section 4.1, with PKCE). ClientCredentials: the client's own credentials (RFC 6749
    /// section 4.4). JWT: a signed JWT as the grant (RFC 7523 section 2.1). JWTClientAssertion: a
    /// signed JWT as the client's credential (RFC 7523 section 2.2).
    pub flow: Flow,
    /// A preset of defaults for a known provider. Fields of the spec override it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderSpec>,
    /// The provider's endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<EndpointsSpec>,
    /// The client that is registered at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientSpec>,
    /// Scopes to request (RFC 6749 section 3.3), one per entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "scope::schema")]
    pub scopes: Vec<String>,
    /// Additional request parameters, by name. Set secret values in parametersFrom. Parameters that
    /// the operator sets are rejected.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "parameter::schema")]
    #[x_kube(validation = names_are_free(), validation = mode_is_query(), validation = names_fit())]
    pub parameters: BTreeMap<String, String>,
    /// Additional request parameters with secret values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["name".to_owned()]))]
    pub parameters_from: Vec<ParameterFrom>,
    /// The signed JWT of the flows JWT and JWTClientAssertion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion: Option<AssertionSpec>,
    /// Client certificate and trusted authorities for the provider's endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSpec>,
    /// Secret that holds the proxy: `address` (http, https, socks5, socks5h), and optionally
    /// `username`, `password`, `no-proxy`. If the proxy is not reachable, requests fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_ref: Option<SecretReference>,
    /// Settings of flow AuthorizationCode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<AuthorizationSpec>,
    /// Time of renewal. Default: at two thirds of its lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<RefreshSpec>,
    /// The Secret that the token is written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretSpec>,
    /// Suspends the Connection: no token is requested, and the Secret stays unchanged. Default:
    /// false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}
