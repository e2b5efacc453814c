//! Rejected clients and authentication methods.

use super::Rejected;
use crate::api::case::{CLIENT_CREDENTIALS, JWT, JWT_CLIENT_ASSERTION};

pub const TABLE: &[Rejected] = &[
    (
        "no client in a flow that has one",
        CLIENT_CREDENTIALS,
        "client: null",
        "spec.client: Required value: this flow needs a client that is registered at the provider: set client.id",
    ),
    (
        "a client without an id",
        CLIENT_CREDENTIALS,
        "client: { id: null }",
        "spec.client.id: Required value",
    ),
    (
        "an id that ends with a line break",
        JWT,
        "client:\n  id: |\n    integration\n",
        "spec.client.id: Invalid value: \"integration\\n\": must not begin or end with white space",
    ),
    (
        "neither a client nor issuer and subject",
        JWT,
        "client: null",
        "spec.client: Required value: the issuer and the subject of the assertion are not known: set client.id",
    ),
    (
        "an issuer and no subject",
        JWT,
        "{ client: null, assertion: { claims: { iss: me } } }",
        "the issuer and the subject of the assertion are not known",
    ),
    (
        "a client that does not authenticate, in a flow that requires authentication",
        CLIENT_CREDENTIALS,
        "client: { secretRef: null }",
        "spec.client: Required value: flow ClientCredentials must authenticate the client: set client.secretRef",
    ),
    (
        "authentication None without a secret parameter",
        CLIENT_CREDENTIALS,
        "client: { secretRef: null, authentication: None }",
        "flow ClientCredentials must authenticate the client",
    ),
    (
        "authentication by a secret without the secret",
        CLIENT_CREDENTIALS,
        "client: { secretRef: null, authentication: ClientSecretPost }",
        "spec.client.secretRef: Required value: authentication ClientSecretBasic and ClientSecretPost need secretRef",
    ),
    (
        "a secret for authentication by a JWT",
        CLIENT_CREDENTIALS,
        "{ client: { authentication: PrivateKeyJWT }, assertion: { keystoreRef: { name: crm } } }",
        "spec.client.secretRef: Forbidden: secretRef is used only by authentication ClientSecretBasic and ClientSecretPost",
    ),
    (
        "a secret and no authentication",
        JWT,
        "client: { secretRef: { name: crm }, authentication: None }",
        "spec.client.secretRef: Forbidden",
    ),
    (
        "a secret for authentication by a certificate",
        CLIENT_CREDENTIALS,
        "{ client: { authentication: TLS }, tls: { keystoreRef: { name: mtls } } }",
        "spec.client.secretRef: Forbidden",
    ),
    (
        "authentication by a certificate without one",
        CLIENT_CREDENTIALS,
        "client: { secretRef: null, authentication: TLS }",
        "spec.tls: Required value: client.authentication TLS needs a client certificate: set tls.keystoreRef",
    ),
    (
        "authentication by a JWT without one",
        CLIENT_CREDENTIALS,
        "client: { secretRef: null, authentication: PrivateKeyJWT }",
        "spec.client: Required value: authentication PrivateKeyJWT needs an assertion",
    ),
    (
        "one assertion in a flow that sends two",
        JWT,
        "client: { authentication: PrivateKeyJWT }",
        "flow JWT needs both, because assertion is the grant",
    ),
    (
        "two assertions in a flow that sends one",
        CLIENT_CREDENTIALS,
        "{ assertion: { keystoreRef: { name: crm } }, client: { secretRef: null, authentication: PrivateKeyJWT, assertion: { keystoreRef: { name: crm } } } }",
        "spec.client.assertion: Forbidden: this flow sends one assertion",
    ),
    (
        "a client assertion for another authentication",
        CLIENT_CREDENTIALS,
        "client: { assertion: { keystoreRef: { name: crm } } }",
        "spec.client.assertion: Forbidden: assertion is used only by authentication PrivateKeyJWT",
    ),
    (
        "a secret in a flow that authenticates with an assertion",
        JWT_CLIENT_ASSERTION,
        "client: { secretRef: { name: crm } }",
        "spec.client.secretRef: Forbidden: flow JWTClientAssertion authenticates the client with its assertion",
    ),
    (
        "another authentication in that flow",
        JWT_CLIENT_ASSERTION,
        "client: { authentication: None }",
        "spec.client.authentication: Forbidden: flow JWTClientAssertion authenticates the client with its assertion",
    ),
    (
        "the protocol's name of an authentication",
        CLIENT_CREDENTIALS,
        "client: { authentication: client_secret_post }",
        "spec.client.authentication: Unsupported value",
    ),
    (
        "the secret itself instead of a reference",
        CLIENT_CREDENTIALS,
        "client: { secret: hush }",
        r#"unknown field "spec.client.secret""#,
    ),
];
