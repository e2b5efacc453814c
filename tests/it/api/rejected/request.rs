//! Scopes, parameters, references.

use super::Rejected;
use crate::api::case::{AUTHORIZATION_CODE, CLIENT_CREDENTIALS, JWT};

pub const TABLE: &[Rejected] = &[
    (
        "scopes in one entry",
        JWT,
        "scopes: ['api refresh_token']",
        "spec.scopes[0]: Invalid value: \"api refresh_token\": must be one scope, without spaces, quotes and backslashes: give each scope as an entry of its own",
    ),
    ("scopes as text", JWT, "scopes: api", "spec.scopes: Invalid value"),
    ("an empty scope", JWT, "scopes: ['']", "spec.scopes[0]: Invalid value"),
    ("a scope with a quote", JWT, "scopes: [api, '\"web\"']", "spec.scopes[1]: Invalid value"),
    (
        "the grant type as a parameter",
        JWT,
        "parameters: { grant_type: password }",
        "spec.parameters: Invalid value: grant_type is a parameter that the operator sets itself: remove it",
    ),
    (
        "the scope as a parameter",
        JWT,
        "parameters: { audience: a, scope: api }",
        "scope is a parameter that the operator sets itself",
    ),
    (
        "the client secret as a parameter",
        CLIENT_CREDENTIALS,
        "parameters: { client_secret: hush }",
        "client_secret is a parameter that the operator sets itself",
    ),
    (
        "the client secret as a secret parameter",
        CLIENT_CREDENTIALS,
        "parametersFrom: [{ name: client_secret, secretKeyRef: { name: a, key: b } }]",
        "spec.parametersFrom[0].name: Invalid value: \"client_secret\": is a parameter that the operator sets itself",
    ),
    (
        "another way back than the query",
        AUTHORIZATION_CODE,
        "parameters: { response_mode: form_post }",
        "spec.parameters: Invalid value: response_mode cannot be chosen: the provider's answer comes in the query of the redirect URI, form_post and fragment are not supported: remove it",
    ),
    (
        "another way back from a Secret",
        AUTHORIZATION_CODE,
        "parametersFrom: [{ name: response_mode, secretKeyRef: { name: a, key: b } }]",
        "spec.parametersFrom[0].name: Invalid value: \"response_mode\": response_mode cannot be chosen",
    ),
    (
        "a parameter of the refresh request that is not free",
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
        "spec.parametersFrom: Invalid value: a parameter is given twice",
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
        "spec.assertion.keystoreRef.name: Invalid value: \"other/crm\": must be the name of a Secret in the Connection's own namespace",
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
        "spec.tls.keystoreRef: Required value: keyAlias names a key of keystoreRef",
    ),
    (
        "a mode without a truststore",
        JWT,
        "tls: { truststoreMode: Replace }",
        "spec.tls.truststoreRef: Required value: truststoreMode says how truststoreRef is used",
    ),
    (
        "an account without a name",
        AUTHORIZATION_CODE,
        "authorization: { expectedAccount: {} }",
        "spec.authorization.expectedAccount: Invalid value: the account is not known: give expectedAccount.email or expectedAccount.sub",
    ),
    (
        "a proxy as an address",
        JWT,
        "proxyRef: 'http://proxy.example.com:3128'",
        "spec.proxyRef: Invalid value",
    ),
];
