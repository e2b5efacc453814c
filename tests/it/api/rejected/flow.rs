//! Flows and what belongs to them.

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
        "the name of the grant in place of the flow",
        CLIENT_CREDENTIALS,
        "flow: client_credentials",
        "spec.flow: Unsupported value",
    ),
    ("a field that is not there", JWT, "clientId: crm", r#"unknown field "spec.clientId""#),
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
        "spec.assertion: Required value: flows JWT and JWTClientAssertion send an assertion: give assertion.keystoreRef",
    ),
    (
        "no client assertion in a flow that is about one",
        JWT_CLIENT_ASSERTION,
        "assertion: null",
        "spec.assertion: Required value",
    ),
    (
        "an assertion where the flow sends none",
        CLIENT_CREDENTIALS,
        "assertion: { keystoreRef: { name: crm } }",
        "spec.assertion: Forbidden: this flow sends no assertion of its own: change flow",
    ),
    (
        "an assertion in the authorization code flow",
        AUTHORIZATION_CODE,
        "assertion: { keystoreRef: { name: crm } }",
        "spec.assertion: Forbidden",
    ),
    (
        "the consent of a person in a flow without one",
        JWT,
        "authorization: { keepAliveSeconds: 3600 }",
        "spec.authorization: Forbidden: authorization is used by flow AuthorizationCode only",
    ),
];
