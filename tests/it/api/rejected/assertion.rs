//! Rejected assertions.

use super::Rejected;
use crate::api::case::JWT;

pub const TABLE: &[Rejected] = &[
    (
        "neither a key nor a static assertion",
        JWT,
        "assertion: { keystoreRef: null, lifetimeSeconds: 60 }",
        "spec.assertion: Invalid value: set either keystoreRef (the operator signs) or valueFrom (a static assertion)",
    ),
    (
        "a key and a static assertion",
        JWT,
        "assertion: { valueFrom: { secretKeyRef: { name: a, key: b } } }",
        "set either keystoreRef (the operator signs) or valueFrom",
    ),
    (
        "claims for a static assertion",
        JWT,
        "assertion: { keystoreRef: null, claims: { sub: me }, valueFrom: { secretKeyRef: { name: a, key: b } } }",
        "spec.assertion.valueFrom: Forbidden: a static assertion is sent unchanged",
    ),
    (
        "an alias for a static assertion",
        JWT,
        "assertion: { keystoreRef: null, keyAlias: crm, valueFrom: { secretKeyRef: { name: a, key: b } } }",
        "a static assertion is sent unchanged",
    ),
    (
        "scopes in the claims of a static assertion",
        JWT,
        "assertion: { keystoreRef: null, scopeIn: Claim, valueFrom: { secretKeyRef: { name: a, key: b } } }",
        "a static assertion is sent unchanged",
    ),
    (
        "a static assertion without the Secret's key",
        JWT,
        "assertion: { keystoreRef: null, valueFrom: { secretKeyRef: { name: a } } }",
        "spec.assertion.valueFrom.secretKeyRef.key: Required value",
    ),
    (
        "a type for a signed assertion",
        JWT,
        "assertion: { type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' }",
        "spec.assertion.type: Forbidden: type is used only with valueFrom",
    ),
    (
        "a fixed expiry",
        JWT,
        "assertion: { claims: { exp: 1900000000 } }",
        "spec.assertion.claims: Invalid value: exp, iat, jti and nbf are generated for each JWT: remove them, and set lifetimeSeconds and generatedClaims",
    ),
    (
        "a fixed identifier",
        JWT,
        "assertion: { claims: { jti: one } }",
        "exp, iat, jti and nbf are generated",
    ),
    (
        "a subject that ends with a line break",
        JWT,
        "assertion:\n  claims:\n    sub: |\n      me@example.com\n",
        "spec.assertion.claims.sub: Invalid value",
    ),
    (
        "a number as subject, which must be a string",
        JWT,
        "assertion: { claims: { sub: 1234567 } }",
        "spec.assertion.claims.sub: Invalid value: \"integer\": spec.assertion.claims.sub in body must be of type string",
    ),
    (
        "a lifetime of zero",
        JWT,
        "assertion: { lifetimeSeconds: 0 }",
        "spec.assertion.lifetimeSeconds: Invalid value: 0: spec.assertion.lifetimeSeconds in body should be greater than or equal to 1",
    ),
    (
        "a lifetime with a unit",
        JWT,
        "assertion: { lifetimeSeconds: 3m }",
        "spec.assertion.lifetimeSeconds: Invalid value",
    ),
    (
        "a symmetric algorithm",
        JWT,
        "assertion: { algorithm: HS256 }",
        "spec.assertion.algorithm: Unsupported value: \"HS256\"",
    ),
    (
        "the algorithm none",
        JWT,
        "assertion: { algorithm: none }",
        "spec.assertion.algorithm: Unsupported value",
    ),
    (
        "a claim that is not generated",
        JWT,
        "assertion: { generatedClaims: [exp] }",
        "spec.assertion.generatedClaims[0]: Unsupported value",
    ),
    (
        "a generated claim twice",
        JWT,
        "assertion: { generatedClaims: [iat, iat] }",
        "spec.assertion.generatedClaims[1]: Duplicate value",
    ),
    (
        "a thumbprint of another kind",
        JWT,
        "assertion: { header: { thumbprints: [x5t256] } }",
        "spec.assertion.header.thumbprints[0]: Unsupported value",
    ),
    (
        "a key id that ends with a space",
        JWT,
        "assertion: { header: { kid: 'key ' } }",
        "spec.assertion.header.kid: Invalid value",
    ),
    (
        "the same rules for the client's assertion",
        JWT,
        "client: { authentication: PrivateKeyJWT, assertion: { keystoreRef: { name: a }, claims: { exp: 1 } } }",
        "spec.client.assertion.claims: Invalid value",
    ),
];
