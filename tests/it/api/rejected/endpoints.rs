//! Rejected endpoints and presets.

use super::Rejected;
use crate::api::case::{AUTHORIZATION_CODE, JWT};

pub const TABLE: &[Rejected] = &[
    (
        "no endpoints",
        JWT,
        "endpoints: null",
        "spec.endpoints: Required value: the token endpoint is not known: set endpoints.token, endpoints.issuer or provider",
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
        "spec.endpoints: Required value: the authorization endpoint is not known: set endpoints.authorization",
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
        "a port that is not a number",
        JWT,
        "endpoints: { token: 'https://login.example.com:https/token' }",
        "must be a URL that starts with https://",
    ),
    (
        "a host that begins like localhost",
        JWT,
        "endpoints: { token: 'http://localhost.example.com/token' }",
        "http:// is accepted only for localhost",
    ),
    (
        "a placeholder in braces",
        JWT,
        "endpoints: { token: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token' }",
        "contains a placeholder: replace {…} or <…> by a value",
    ),
    (
        "a placeholder in angle brackets",
        JWT,
        "endpoints: { token: 'https://<domain>.my.salesforce.com/services/oauth2/token' }",
        "contains a placeholder",
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
        "the preset's title instead of its name",
        JWT,
        "provider: { name: Salesforce }",
        "spec.provider.name: Invalid value: \"Salesforce\": must be the name of a preset, in lower case",
    ),
    ("a preset as plain text", JWT, "provider: salesforce", "spec.provider: Invalid value"),
];
