//! Rejected flows and fields that do not match the flow.

use super::Rejected;
use crate::api::case::{AUTHORIZATION_CODE, CLIENT_CREDENTIALS, JWT, JWT_CLIENT_ASSERTION};

pub const TABLE: &[Rejected] = &[
    ("no flow", JWT, "flow: null", "spec.flow: Required value"),
    (
        "a flow in lower case",
        JWT,
        "flow: jwt",
        r#"spec.flow: Unsupported value: "jwt": supported values: "AuthorizationCode", "ClientCredentials", "JWT", "JWTClientAssertion""#,
    ),
    (
        "the grant type instead of the flow",
        CLIENT_CREDENTIALS,
        "flow: client_credentials",
        "spec.flow: Unsupported value",
    ),
    ("an unknown field", JWT, "clientId: crm", r#"unknown field "spec.clientId""#),
    (
        "a namespace in a reference",
        JWT,
        "assertion: { keystoreRef: { namespace: other } }",
        r#"unknown field "spec.assertion.keystoreRef.namespace""#,
    ),
    (
        "no assertion in a flow that sends one",
        JWT,
        "assertion: null",
        "spec.assertion: Required value: flows JWT and JWTClientAssertion send an assertion: set assertion.keystoreRef",
    ),
    (
        "no client assertion in a flow that sends one",
        JWT_CLIENT_ASSERTION,
        "assertion: null",
        "spec.assertion: Required value",
    ),
    (
        "an assertion in a flow that sends none",
        CLIENT_CREDENTIALS,
        "assertion: { keystoreRef: { name: crm } }",
        "spec.assertion: Forbidden: this flow sends no assertion: set flow",
    ),
    (
        "an assertion in the authorization code flow",
        AUTHORIZATION_CODE,
        "assertion: { keystoreRef: { name: crm } }",
        "spec.assertion: Forbidden",
    ),
    (
        "authorization in a flow without consent",
        JWT,
        "authorization: { keepAliveSeconds: 3600 }",
        "spec.authorization: Forbidden: authorization is used only by flow AuthorizationCode",
    ),
];
