//! Rejected scopes, parameters and references.

use super::Rejected;
use crate::api::case::{AUTHORIZATION_CODE, CLIENT_CREDENTIALS, JWT};

pub const TABLE: &[Rejected] = &[
    (
        "scopes in one entry",
        JWT,
        "scopes: ['api refresh_token']",
        "spec.scopes[0]: Invalid value: \"api refresh_token\": must be a single scope without spaces, quotes and backslashes: add an entry for each scope",
    ),
    ("scopes as text", JWT, "scopes: api", "spec.scopes: Invalid value"),
    ("an empty scope", JWT, "scopes: ['']", "spec.scopes[0]: Invalid value"),
    ("a scope with a quote", JWT, "scopes: [api, '\"web\"']", "spec.scopes[1]: Invalid value"),
    (
        "the grant type as a parameter",
        JWT,
        "parameters: { grant_type: password }",
        "spec.parameters: Invalid value: grant_type is a parameter that the operator sets: remove it",
    ),
    (
        "the scope as a parameter",
        JWT,
        "parameters: { audience: a, scope: api }",
        "scope is a parameter that the operator sets",
    ),
    (
        "the client secret as a parameter",
        CLIENT_CREDENTIALS,
        "parameters: { client_secret: hush }",
        "client_secret is a parameter that the operator sets",
    ),
    (
        "the client secret as a secret parameter",
        CLIENT_CREDENTIALS,
        "parametersFrom: [{ name: client_secret, secretKeyRef: { name: a, key: b } }]",
        "spec.parametersFrom[0].name: Invalid value: \"client_secret\": is a parameter that the operator sets",
    ),
    (
        "a response mode other than query",
        AUTHORIZATION_CODE,
        "parameters: { response_mode: form_post }",
        "spec.parameters: Invalid value: response_mode cannot be set, because only the query of the redirect URI is supported: remove it",
    ),
    (
        "a response mode from a Secret",
        AUTHORIZATION_CODE,
        "parametersFrom: [{ name: response_mode, secretKeyRef: { name: a, key: b } }]",
        "spec.parametersFrom[0].name: Invalid value: \"response_mode\": response_mode cannot be set",
    ),
    (
        "a reserved parameter of the refresh request",
        AUTHORIZATION_CODE,
        "authorization: { refreshParameters: { refresh_token: a } }",
        "spec.authorization.refreshParameters: Invalid value: refresh_token is a parameter",
    ),
    (
        "a parameter without a name",
        JWT,
        "parameters: { '': a }",
        "the name of a parameter must have 1 to 128 characters",
    ),
    (
        "a number as the value of a parameter",
        JWT,
        "parameters: { expires_in: 3600 }",
        "spec.parameters.expires_in: Invalid value",
    ),
    (
        "a parameter in both places",
        JWT,
        "{ parameters: { api_key: a }, parametersFrom: [{ name: api_key, secretKeyRef: { name: a, key: b } }] }",
        "spec.parametersFrom: Invalid value: a parameter is set in parameters and in parametersFrom",
    ),
    (
        "a secret parameter twice",
        JWT,
        "parametersFrom: [{ name: api_key, secretKeyRef: { name: a, key: b } }, { name: api_key, secretKeyRef: { name: a, key: c } }]",
        "spec.parametersFrom[1]: Duplicate value",
    ),
    (
        "a Secret of another namespace by a path",
        JWT,
        "assertion: { keystoreRef: { name: other/crm } }",
        "spec.assertion.keystoreRef.name: Invalid value: \"other/crm\": must be the name of a Secret in the Connection's namespace",
    ),
    (
        "a key with a slash",
        JWT,
        "assertion: { keystoreRef: { key: /keystore.jks } }",
        "spec.assertion.keystoreRef.key: Invalid value: \"/keystore.jks\": must be a key of the Secret",
    ),
    (
        "an alias without a keystore",
        JWT,
        "tls: { keyAlias: mtls }",
        "spec.tls.keystoreRef: Required value: keyAlias selects a key of keystoreRef",
    ),
    (
        "a mode without a truststore",
        JWT,
        "tls: { truststoreMode: Replace }",
        "spec.tls.truststoreRef: Required value: truststoreMode applies to truststoreRef",
    ),
    (
        "an account without email and sub",
        AUTHORIZATION_CODE,
        "authorization: { expectedAccount: {} }",
        "spec.authorization.expectedAccount: Invalid value: expectedAccount: set email or sub",
    ),
    (
        "a proxy as an address",
        JWT,
        "proxyRef: 'http://proxy.example.com:3128'",
        "spec.proxyRef: Invalid value",
    ),
];
