//! The `Connection` resource.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::api::spec::assertion::AssertionSpec;
use crate::api::spec::authorization::AuthorizationSpec;
use crate::api::spec::client::ClientSpec;
use crate::api::spec::endpoints::EndpointsSpec;
use crate::api::spec::flow::FlowName;
use crate::api::spec::parameter::{ParameterFrom, names_are_free};
use crate::api::spec::provider::ProviderSpec;
use crate::api::spec::reference::SecretReference;
use crate::api::spec::refresh::RefreshSpec;
use crate::api::spec::secret::SecretSpec;
use crate::api::spec::tls::TlsSpec;
use crate::api::status::ConnectionStatus;

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
    validation = Rule::new("size(self.metadata.name) <= 240")
        .message("metadata.name must have at most 240 characters, so that the names of its Secrets fit")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.provider) || (has(self.endpoints) && (has(self.endpoints.token) || has(self.endpoints.issuer)))")
    .message("the token endpoint is not known: give endpoints.token, endpoints.issuer or provider"))]
#[x_kube(validation = Rule::new("self.flow != 'AuthorizationCode' || has(self.provider) || (has(self.endpoints) && (has(self.endpoints.authorization) || has(self.endpoints.issuer)))")
    .message("flow AuthorizationCode needs endpoints.authorization, endpoints.issuer or provider"))]
#[x_kube(validation = Rule::new("has(self.client) || self.flow == 'JWT'")
    .message("this flow needs client.id"))]
#[x_kube(validation = Rule::new("has(self.client) || self.flow != 'JWT' || (has(self.assertion) && (has(self.assertion.valueFrom) || (has(self.assertion.claims) && has(self.assertion.claims.iss) && has(self.assertion.claims.sub))))")
    .message("flow JWT needs client.id, or assertion.claims with iss and sub: they default to the client id"))]
#[x_kube(validation = Rule::new("!(self.flow in ['JWT', 'JWTClientAssertion']) || has(self.assertion)")
    .message("flows JWT and JWTClientAssertion need assertion: give assertion.keystoreRef or assertion.valueFrom"))]
#[x_kube(validation = Rule::new("self.flow in ['JWT', 'JWTClientAssertion'] || !has(self.assertion) || (has(self.client) && has(self.client.authentication) && self.client.authentication == 'PrivateKeyJWT')")
    .message("this flow uses assertion with client.authentication PrivateKeyJWT only: remove assertion or change client.authentication"))]
#[x_kube(validation = Rule::new("!has(self.client) || !has(self.client.authentication) || self.client.authentication != 'PrivateKeyJWT' || has(self.client.assertion) || (self.flow != 'JWT' && has(self.assertion))")
    .message("client.authentication PrivateKeyJWT needs an assertion: give assertion, or client.assertion (flow JWT sends two and needs both)"))]
#[x_kube(validation = Rule::new("self.flow != 'JWTClientAssertion' || !has(self.client) || (!has(self.client.authentication) && !has(self.client.secretRef)) || (has(self.client.authentication) && self.client.authentication == 'PrivateKeyJWT')")
    .message("flow JWTClientAssertion authenticates by its assertion: remove client.authentication and client.secretRef"))]
#[x_kube(validation = Rule::new("self.flow != 'ClientCredentials' || !has(self.client) || has(self.client.secretRef) || (has(self.client.authentication) && self.client.authentication != 'None')")
    .message("flow ClientCredentials must authenticate the client: give client.secretRef, or client.authentication PrivateKeyJWT or TLS"))]
#[x_kube(validation = Rule::new("!has(self.client) || !has(self.client.authentication) || self.client.authentication != 'TLS' || (has(self.tls) && has(self.tls.keystoreRef))")
    .message("client.authentication TLS needs the client certificate: give tls.keystoreRef"))]
#[x_kube(validation = Rule::new("!has(self.authorization) || self.flow == 'AuthorizationCode'")
    .message("authorization is used by flow AuthorizationCode only: remove it or change flow"))]
#[x_kube(validation = Rule::new("!has(self.parametersFrom) || !has(self.parameters) || self.parametersFrom.all(one, !(one.name in self.parameters))")
    .message("a parameter is given twice: name it in parameters or in parametersFrom, and not in both"))]
#[x_kube(validation = Rule::new("(has(self.secret) && has(self.secret.name) ? self.secret.name : '') == (has(oldSelf.secret) && has(oldSelf.secret.name) ? oldSelf.secret.name : '')")
    .message("secret.name cannot be changed, since workloads mount that Secret: create another Connection"))]
pub struct ConnectionSpec {
    /// How the token is obtained.
    pub flow: FlowName,
    /// A preset of defaults for a known provider; whatever the spec says elsewhere wins over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderSpec>,
    /// The provider's endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<EndpointsSpec>,
    /// The client that is registered at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientSpec>,
    /// Scopes to ask for (RFC 6749 section 3.3).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self.all(scope, size(scope) <= 512 && scope.matches('^[\\\\x21\\\\x23-\\\\x5B\\\\x5D-\\\\x7E]+$'))")
        .message("a scope is a word without spaces, quotes and backslashes: give each scope as an entry of its own"))]
    pub scopes: Vec<String>,
    /// Further request parameters; those that the operator sets itself are refused.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    #[x_kube(validation = names_are_free())]
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
