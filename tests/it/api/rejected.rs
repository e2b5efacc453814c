//! What people write wrongly, and what they are told.

use super::case::{AUTHORIZATION_CODE, CLIENT_CREDENTIALS, JWT, JWT_CLIENT_ASSERTION};

/// What is wrong, a good spec, the changes to it, and a part of the answer.
pub type Rejected = (&'static str, &'static str, &'static str, &'static str);

pub const FLOW: &[Rejected] = &[
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

pub const ENDPOINTS: &[Rejected] = &[
    (
        "no endpoints",
        JWT,
        "endpoints: null",
        "spec.endpoints: Required value: the token endpoint is not known: give endpoints.token, endpoints.issuer or provider",
    ),
    (
        "endpoints without the token endpoint",
        JWT,
        "endpoints: { token: null, revocation: 'https://login.example.com/revoke' }",
        "the token endpoint is not known",
    ),
    (
        "no authorization endpoint",
        AUTHORIZATION_CODE,
        "endpoints: { authorization: null }",
        "spec.endpoints: Required value: flow AuthorizationCode needs a page to send the person to",
    ),
    (
        "http",
        JWT,
        "endpoints: { token: 'http://login.example.com/token' }",
        "spec.endpoints.token: Invalid value: \"http://login.example.com/token\": must be a URL that starts with https://",
    ),
    (
        "a scheme in upper case",
        JWT,
        "endpoints: { token: 'HTTPS://login.example.com/token' }",
        "must be a URL that starts with https://",
    ),
    (
        "no scheme",
        JWT,
        "endpoints: { token: login.example.com/token }",
        "must be a URL that starts with https://",
    ),
    (
        "another scheme",
        JWT,
        "endpoints: { token: 'ftp://login.example.com/token' }",
        "must be a URL that starts with https://",
    ),
    (
        "a path alone",
        JWT,
        "endpoints: { token: /oauth2/token }",
        "must be a URL that starts with https://",
    ),
    (
        "no host",
        JWT,
        "endpoints: { token: 'https:///token' }",
        "must be a URL that starts with https://",
    ),
    (
        "a user in the endpoint",
        JWT,
        "endpoints: { token: 'https://me@login.example.com/token' }",
        "has no user information",
    ),
    (
        "user and password in the endpoint",
        JWT,
        "endpoints: { token: 'https://me:secret@login.example.com/token' }",
        "has no user information",
    ),
    (
        "a user that looks like a host and a password like a port",
        JWT,
        "endpoints: { token: 'https://login.example.com:443@evil.example/token' }",
        "has no user information",
    ),
    (
        "a host behind a backslash",
        JWT,
        r"endpoints: { token: 'https://evil.example\@login.example.com/token' }",
        "must be a URL that starts with https://",
    ),
    (
        "a fragment",
        JWT,
        "endpoints: { token: 'https://login.example.com/token#here' }",
        "no fragment",
    ),
    (
        "a line break at the end",
        JWT,
        "endpoints:\n  token: |\n    https://login.example.com/token\n",
        "no white space",
    ),
    (
        "a space within",
        JWT,
        "endpoints: { token: 'https://login.example.com/to ken' }",
        "no white space",
    ),
    (
        "a port that is none",
        JWT,
        "endpoints: { token: 'https://login.example.com:https/token' }",
        "must be a URL that starts with https://",
    ),
    (
        "a host that begins like the machine itself",
        JWT,
        "endpoints: { token: 'http://localhost.example.com/token' }",
        "http:// is accepted for localhost alone",
    ),
    (
        "a placeholder in braces",
        JWT,
        "endpoints: { token: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token' }",
        "holds a placeholder: write your own value in place of {…} or <…>",
    ),
    (
        "a placeholder in angle brackets",
        JWT,
        "endpoints: { token: 'https://<domain>.my.salesforce.com/services/oauth2/token' }",
        "holds a placeholder",
    ),
    (
        "the address of the metadata as issuer",
        JWT,
        "endpoints: { issuer: 'https://login.example.com/.well-known/openid-configuration' }",
        "must be the issuer itself",
    ),
    (
        "an issuer with a query",
        JWT,
        "endpoints: { issuer: 'https://login.example.com/?a=b' }",
        "must be the issuer itself",
    ),
    ("an empty endpoint", JWT, "endpoints: { token: '' }", "spec.endpoints.token: Invalid value"),
    (
        "http for the authorization endpoint",
        AUTHORIZATION_CODE,
        "endpoints: { authorization: 'http://login.example.com/authorize' }",
        "spec.endpoints.authorization: Invalid value",
    ),
    (
        "the preset's title in place of its name",
        JWT,
        "provider: { name: Salesforce }",
        "spec.provider.name: Invalid value: \"Salesforce\": must be the name of a preset, in lower case",
    ),
    ("a preset as plain text", JWT, "provider: salesforce", "spec.provider: Invalid value"),
];

pub const CLIENT: &[Rejected] = &[
    (
        "no client in a flow that has one",
        CLIENT_CREDENTIALS,
        "client: null",
        "spec.client: Required value: this flow needs the client that is registered at the provider: give client.id",
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
        "spec.client: Required value: the issuer and the subject of the assertion are not known: give client.id",
    ),
    (
        "an issuer and no subject",
        JWT,
        "{ client: null, assertion: { claims: { iss: me } } }",
        "the issuer and the subject of the assertion are not known",
    ),
    (
        "a client that does not authenticate, in a flow that is about it",
        CLIENT_CREDENTIALS,
        "client: { secretRef: null }",
        "spec.client: Required value: flow ClientCredentials must authenticate the client: give client.secretRef",
    ),
    (
        "no authentication said aloud, and nothing secret",
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
        "spec.client.secretRef: Forbidden: secretRef is used by authentication ClientSecretBasic and ClientSecretPost only",
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
        "spec.tls: Required value: client.authentication TLS needs the client certificate: give tls.keystoreRef",
    ),
    (
        "authentication by a JWT without one",
        CLIENT_CREDENTIALS,
        "client: { secretRef: null, authentication: PrivateKeyJWT }",
        "spec.client: Required value: authentication PrivateKeyJWT needs an assertion",
    ),
    (
        "one assertion where two are sent",
        JWT,
        "client: { authentication: PrivateKeyJWT }",
        "in flow JWT that one is the grant, and client.assertion is needed beside it",
    ),
    (
        "two assertions where one is sent",
        CLIENT_CREDENTIALS,
        "{ assertion: { keystoreRef: { name: crm } }, client: { secretRef: null, authentication: PrivateKeyJWT, assertion: { keystoreRef: { name: crm } } } }",
        "spec.client.assertion: Forbidden: this flow sends one assertion",
    ),
    (
        "a client assertion for another authentication",
        CLIENT_CREDENTIALS,
        "client: { assertion: { keystoreRef: { name: crm } } }",
        "spec.client.assertion: Forbidden: assertion is used by authentication PrivateKeyJWT only",
    ),
    (
        "a secret in a flow that authenticates by an assertion",
        JWT_CLIENT_ASSERTION,
        "client: { secretRef: { name: crm } }",
        "spec.client.secretRef: Forbidden: flow JWTClientAssertion authenticates the client by its assertion",
    ),
    (
        "another authentication in that flow",
        JWT_CLIENT_ASSERTION,
        "client: { authentication: None }",
        "spec.client.authentication: Forbidden: flow JWTClientAssertion authenticates the client by its assertion",
    ),
    (
        "the protocol's name of an authentication",
        CLIENT_CREDENTIALS,
        "client: { authentication: client_secret_post }",
        "spec.client.authentication: Unsupported value",
    ),
    (
        "the secret itself in place of a reference",
        CLIENT_CREDENTIALS,
        "client: { secret: hush }",
        r#"unknown field "spec.client.secret""#,
    ),
];

pub const ASSERTION: &[Rejected] = &[
    (
        "neither a key nor a ready-made assertion",
        JWT,
        "assertion: { keystoreRef: null, lifetimeSeconds: 60 }",
        "spec.assertion: Invalid value: give keystoreRef (the operator signs) or valueFrom (a ready-made assertion), and not both",
    ),
    (
        "a key and a ready-made assertion",
        JWT,
        "assertion: { valueFrom: { secretKeyRef: { name: a, key: b } } }",
        "give keystoreRef (the operator signs) or valueFrom",
    ),
    (
        "claims for a ready-made assertion",
        JWT,
        "assertion: { keystoreRef: null, claims: { sub: me }, valueFrom: { secretKeyRef: { name: a, key: b } } }",
        "spec.assertion.valueFrom: Forbidden: a ready-made assertion is sent as it is",
    ),
    (
        "an alias for a ready-made assertion",
        JWT,
        "assertion: { keystoreRef: null, keyAlias: crm, valueFrom: { secretKeyRef: { name: a, key: b } } }",
        "a ready-made assertion is sent as it is",
    ),
    (
        "scopes in the claims of a ready-made assertion",
        JWT,
        "assertion: { keystoreRef: null, scopeIn: Claim, valueFrom: { secretKeyRef: { name: a, key: b } } }",
        "a ready-made assertion is sent as it is",
    ),
    (
        "a ready-made assertion without the Secret's key",
        JWT,
        "assertion: { keystoreRef: null, valueFrom: { secretKeyRef: { name: a } } }",
        "spec.assertion.valueFrom.secretKeyRef.key: Required value",
    ),
    (
        "a type for a signed assertion",
        JWT,
        "assertion: { type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' }",
        "spec.assertion.type: Forbidden: type goes with valueFrom",
    ),
    (
        "a fixed expiry",
        JWT,
        "assertion: { claims: { exp: 1900000000 } }",
        "spec.assertion.claims: Invalid value: exp, iat, jti and nbf are made anew for every JWT: remove them, and use lifetimeSeconds and generatedClaims",
    ),
    (
        "a fixed identifier",
        JWT,
        "assertion: { claims: { jti: one } }",
        "exp, iat, jti and nbf are made anew",
    ),
    (
        "a subject that ends with a line break",
        JWT,
        "assertion:\n  claims:\n    sub: |\n      me@example.com\n",
        "spec.assertion.claims.sub: Invalid value",
    ),
    (
        "a number as subject, which has to be text",
        JWT,
        "assertion: { claims: { sub: 1234567 } }",
        "spec.assertion.claims.sub: Invalid value: \"integer\": spec.assertion.claims.sub in body must be of type string",
    ),
    (
        "a lifetime of nothing",
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
        "no algorithm, said aloud",
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

pub const REQUEST: &[Rejected] = &[
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

pub const SECRET: &[Rejected] = &[
    (
        "a Secret's name in upper case",
        JWT,
        "secret: { name: CRM-Token }",
        "spec.secret.name: Invalid value: \"CRM-Token\": must be the name of a Secret",
    ),
    (
        "the Secret of the refresh token",
        JWT,
        "secret: { name: crm-grant }",
        "spec.secret.name must not be the Connection's name with -grant",
    ),
    (
        "an unknown format",
        JWT,
        "secret: { format: Json }",
        "spec.secret.format: Unsupported value: \"Json\": supported values: \"Plain\", \"CloudStreams\"",
    ),
    (
        "a prefix with a space",
        JWT,
        "secret: { headerPrefix: 'Bearer ' }",
        "spec.secret.headerPrefix: Invalid value: \"Bearer \": must be one word",
    ),
    (
        "a label of the operator",
        JWT,
        "secret: { labels: { connection-operator.io/connection: crm } }",
        "spec.secret.labels: Invalid value: connection-operator.io/… and app.kubernetes.io/managed-by are the operator's own labels: choose another key",
    ),
    (
        "who manages the Secret",
        JWT,
        "secret: { labels: { app.kubernetes.io/managed-by: Helm } }",
        "are the operator's own labels",
    ),
    (
        "a label's key with a space",
        JWT,
        "secret: { labels: { my team: crm } }",
        "a label's key must be a name",
    ),
    (
        "a label's value with a space",
        JWT,
        "secret: { labels: { team: my team } }",
        "a label's value must have at most 63 letters",
    ),
    (
        "an annotation of the operator",
        JWT,
        "secret: { annotations: { connection-operator.io/connection: crm } }",
        "connection-operator.io/… are the operator's own annotations: choose another key",
    ),
    (
        "an annotation's key with two slashes",
        JWT,
        "secret: { annotations: { a/b/c: crm } }",
        "an annotation's key must be a name",
    ),
    (
        "a renewal at every moment",
        JWT,
        "refresh: { everySeconds: 0 }",
        "spec.refresh.everySeconds: Invalid value: 0",
    ),
    ("text for a switch", JWT, "suspend: 'true'", "spec.suspend: Invalid value"),
];

/// The tables.
pub const ALL: &[&[Rejected]] = &[FLOW, ENDPOINTS, CLIENT, ASSERTION, REQUEST, SECRET];
