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

/// How to obtain an OAuth 2.0 access token, and the Secret to keep it fresh in.
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
    doc = "An OAuth 2.0 connection: how to obtain an access token, and the Secret to keep it fresh in.",
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
        "metadata.name must have at most 240 characters, so that the names of its Secrets fit"),
    validation = invalid("(has(self.spec.secret) && has(self.spec.secret.name) ? self.spec.secret.name : self.metadata.name + '-token') == (has(oldSelf.spec.secret) && has(oldSelf.spec.secret.name) ? oldSelf.spec.secret.name : oldSelf.metadata.name + '-token')",
        "spec.secret.name cannot be changed, since workloads mount that Secret: change it back, or create another Connection"),
    validation = invalid("self.spec.?secret.?name.orValue('') != self.metadata.name + '-grant'",
        "spec.secret.name must not be the Connection's name with -grant, which is the Secret of the refresh token: choose another name")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = required("has(self.provider) || self.?endpoints.?token.hasValue() || self.?endpoints.?issuer.hasValue()", ".endpoints",
    "the token endpoint is not known: give endpoints.token, endpoints.issuer or provider"))]
#[x_kube(validation = required("self.flow != 'AuthorizationCode' || has(self.provider) || self.?endpoints.?authorization.hasValue() || self.?endpoints.?issuer.hasValue() || self.?authorization.?refreshTokenRef.hasValue()", ".endpoints",
    "flow AuthorizationCode needs a page to send the person to: give endpoints.authorization, endpoints.issuer or provider, or start from authorization.refreshTokenRef"))]
#[x_kube(validation = required("self.flow == 'JWT' || has(self.client)", ".client",
    "this flow needs the client that is registered at the provider: give client.id"))]
#[x_kube(validation = required("self.flow != 'JWT' || has(self.client) || self.?assertion.?valueFrom.hasValue() || (self.?assertion.?claims.?iss.hasValue() && self.?assertion.?claims.?sub.hasValue())", ".client",
    "the issuer and the subject of the assertion are not known: give client.id, which they default to, or assertion.claims with iss and sub"))]
#[x_kube(validation = required("!(self.flow in ['JWT', 'JWTClientAssertion']) || has(self.assertion)", ".assertion",
    "flows JWT and JWTClientAssertion send an assertion: give assertion.keystoreRef (the operator signs) or assertion.valueFrom (it is ready-made)"))]
#[x_kube(validation = forbidden("self.flow in ['JWT', 'JWTClientAssertion'] || !has(self.assertion) || self.?client.?authentication.orValue('') == 'PrivateKeyJWT'", ".assertion",
    "this flow sends no assertion of its own: change flow to JWT or JWTClientAssertion, set client.authentication: PrivateKeyJWT, or remove assertion"))]
#[x_kube(validation = required("self.?client.?authentication.orValue('') != 'PrivateKeyJWT' || self.?client.?assertion.hasValue() || (self.flow != 'JWT' && has(self.assertion))", ".client",
    "authentication PrivateKeyJWT needs an assertion: give client.assertion, or assertion (in flow JWT that one is the grant, and client.assertion is needed beside it)"))]
#[x_kube(validation = forbidden("self.flow == 'JWT' || !has(self.assertion) || !self.?client.?assertion.hasValue()", ".client.assertion",
    "this flow sends one assertion: remove client.assertion or assertion (only flow JWT sends two)"))]
#[x_kube(validation = forbidden("self.flow != 'JWTClientAssertion' || self.?client.?authentication.orValue('PrivateKeyJWT') == 'PrivateKeyJWT'", ".client.authentication",
    "flow JWTClientAssertion authenticates the client by its assertion: remove client.authentication, or change flow to ClientCredentials"))]
#[x_kube(validation = forbidden("self.flow != 'JWTClientAssertion' || !self.?client.?secretRef.hasValue()", ".client.secretRef",
    "flow JWTClientAssertion authenticates the client by its assertion: remove client.secretRef, or change flow to ClientCredentials"))]
#[x_kube(validation = required("self.flow != 'ClientCredentials' || !has(self.client) || has(self.client.secretRef) || self.client.?authentication.orValue('None') != 'None' || (has(self.client.authentication) && has(self.parametersFrom))", ".client",
    "flow ClientCredentials must authenticate the client: give client.secretRef, or client.authentication PrivateKeyJWT or TLS, or None with the secret in parametersFrom"))]
#[x_kube(validation = required("self.?client.?authentication.orValue('') != 'TLS' || self.?tls.?keystoreRef.hasValue()", ".tls",
    "client.authentication TLS needs the client certificate: give tls.keystoreRef"))]
#[x_kube(validation = forbidden("!has(self.authorization) || self.flow == 'AuthorizationCode'", ".authorization",
    "authorization is used by flow AuthorizationCode only: remove it or change flow"))]
#[x_kube(validation = invalid("!has(self.parametersFrom) || !has(self.parameters) || self.parametersFrom.all(one, !(one.name in self.parameters))",
    "a parameter is given twice: name it in parameters or in parametersFrom, and not in both").field_path(".parametersFrom"))]
pub struct ConnectionSpec {
    /// The OAuth 2.0 flow: how the token is obtained. AuthorizationCode: a person gives consent once
    /// (RFC 6749 section 4.1, with PKCE). ClientCredentials: the client's own credentials (RFC 6749
    /// section 4.4). JWT: a signed JWT as the grant (RFC 7523 section 2.1). JWTClientAssertion: a
    /// signed JWT as the client's credential (RFC 7523 section 2.2).
    pub flow: Flow,
    /// A preset of defaults for a known provider; whatever the spec says elsewhere wins over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderSpec>,
    /// The provider's endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<EndpointsSpec>,
    /// The client that is registered at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientSpec>,
    /// Scopes to ask for (RFC 6749 section 3.3), each an entry of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "scope::schema")]
    pub scopes: Vec<String>,
    /// Further request parameters, by name; those that the operator sets itself are refused. Secret
    /// values belong into parametersFrom.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "parameter::schema")]
    #[x_kube(validation = names_are_free(), validation = mode_is_query(), validation = names_fit())]
    pub parameters: BTreeMap<String, String>,
    /// Further request parameters whose value is secret.
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
    /// `username`, `password`, `no-proxy`. A named proxy is strict: nothing is sent without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_ref: Option<SecretReference>,
    /// What only flow AuthorizationCode needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<AuthorizationSpec>,
    /// When the token is renewed. Default: at two thirds of its lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<RefreshSpec>,
    /// The Secret that the token is written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretSpec>,
    /// Stops everything: no token is requested, the Secret stays as it is. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}
