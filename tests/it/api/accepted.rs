//! Valid specs for various providers, with and without a preset.

use super::case::{AUTHORIZATION_CODE, CLIENT_CREDENTIALS, JWT, JWT_CLIENT_ASSERTION, spec};
use super::server::DryRun;

/// Description, valid spec, and changes to it.
type Accepted = (&'static str, &'static str, &'static str);

const FLOWS: &[Accepted] = &[
    ("the minimal spec of flow JWT", JWT, "{}"),
    ("the minimal spec of flow JWTClientAssertion", JWT_CLIENT_ASSERTION, "{}"),
    ("the minimal spec of flow ClientCredentials", CLIENT_CREDENTIALS, "{}"),
    ("the minimal spec of flow AuthorizationCode", AUTHORIZATION_CODE, "{}"),
    (
        "issuer and subject instead of a client",
        JWT,
        "{ client: null, assertion: { claims: { iss: me, sub: me } } }",
    ),
    (
        "a static assertion and no client",
        JWT,
        "{ client: null, assertion: { keystoreRef: null, valueFrom: { secretKeyRef: { name: a, key: b } } } }",
    ),
    (
        "a static SAML assertion",
        JWT,
        "assertion: { keystoreRef: null, type: 'urn:ietf:params:oauth:grant-type:saml2-bearer', scopeIn: Body, valueFrom: { secretKeyRef: { name: a, key: b } } }",
    ),
    (
        "a static client assertion",
        JWT_CLIENT_ASSERTION,
        "assertion: { keystoreRef: null, valueFrom: { secretKeyRef: { name: a, key: b } } }",
    ),
    (
        "the authentication of the flow, set explicitly",
        JWT_CLIENT_ASSERTION,
        "client: { authentication: PrivateKeyJWT }",
    ),
    (
        "two assertions in flow JWT",
        JWT,
        "client: { authentication: PrivateKeyJWT, assertion: { keystoreRef: { name: client } } }",
    ),
    (
        "client credentials by a JWT",
        CLIENT_CREDENTIALS,
        "{ client: { secretRef: null, authentication: PrivateKeyJWT }, assertion: { keystoreRef: { name: crm } } }",
    ),
    (
        "client credentials by the client's own assertion",
        CLIENT_CREDENTIALS,
        "client: { secretRef: null, authentication: PrivateKeyJWT, assertion: { keystoreRef: { name: crm } } }",
    ),
    (
        "client credentials by a certificate",
        CLIENT_CREDENTIALS,
        "{ client: { secretRef: null, authentication: TLS }, tls: { keystoreRef: { name: mtls }, keyAlias: mtls } }",
    ),
    (
        "a secret under another parameter's name",
        CLIENT_CREDENTIALS,
        "{ client: { secretRef: null, authentication: None }, parametersFrom: [{ name: app_secret, secretKeyRef: { name: a, key: b } }] }",
    ),
    (
        "a client certificate and a client secret",
        CLIENT_CREDENTIALS,
        "tls: { keystoreRef: { name: mtls }, truststoreRef: { name: cas } , truststoreMode: Add }",
    ),
    ("a public client", AUTHORIZATION_CODE, "client: { secretRef: null }"),
    (
        "a public client, set explicitly",
        AUTHORIZATION_CODE,
        "client: { secretRef: null, authentication: None }",
    ),
    (
        "consent with a client assertion",
        AUTHORIZATION_CODE,
        "{ client: { secretRef: null, authentication: PrivateKeyJWT }, assertion: { keystoreRef: { name: crm } } }",
    ),
    (
        "endpoints from the issuer",
        AUTHORIZATION_CODE,
        "endpoints: { token: null, authorization: null, issuer: 'https://login.example.com/' }",
    ),
    (
        "an imported refresh token without an authorization endpoint",
        AUTHORIZATION_CODE,
        "{ endpoints: { authorization: null }, authorization: { refreshTokenRef: { name: a, key: b } } }",
    ),
    (
        "a client secret with the authentication method of the preset",
        JWT,
        "{ endpoints: null, provider: { name: box }, client: { secretRef: { name: a } } }",
    ),
];

const VALUES: &[Accepted] = &[
    (
        "an endpoint with a port",
        JWT,
        "endpoints: { token: 'https://login.example.com:8443/token' }",
    ),
    (
        "an endpoint with a query",
        JWT,
        "endpoints: { token: 'https://login.example.com/token?tenant=a%20b&v=2' }",
    ),
    ("an endpoint without a path", JWT, "endpoints: { token: 'https://login.example.com' }"),
    (
        "an endpoint with an address",
        JWT,
        "endpoints: { token: 'https://[2001:db8::1]:8443/token' }",
    ),
    (
        "an endpoint with an underscore in its host",
        JWT,
        "endpoints: { token: 'https://my_host.example.com/token' }",
    ),
    (
        "an endpoint in the cluster",
        JWT,
        "endpoints: { token: 'https://keycloak.identity.svc/realms/a/protocol/openid-connect/token' }",
    ),
    (
        "an endpoint with an @ and a colon in its path",
        JWT,
        "endpoints: { token: 'https://login.example.com/a@b:c;d=e/token' }",
    ),
    ("localhost by its IPv4 address", JWT, "endpoints: { token: 'http://127.0.0.1:8080/token' }"),
    ("localhost by its name", JWT, "endpoints: { token: 'http://localhost/token' }"),
    ("localhost by its IPv6 address", JWT, "endpoints: { token: 'http://[::1]:8080/token' }"),
    ("a client id with a space within", JWT, "client: { id: 'Robot 1' }"),
    (
        "a client id that is a URL",
        JWT,
        "client: { id: 'https://client.example.com/metadata.json' }",
    ),
    (
        "scopes that are URLs",
        JWT,
        "scopes: ['https://www.googleapis.com/auth/drive.readonly', 'api://00000000-0000-4000-8000-000000000000/.default']",
    ),
    (
        "scopes with commas and colons",
        JWT,
        "scopes: ['restlets,rest_webservices', 'read:jira-work', 'urn:a:b']",
    ),
    (
        "parameters of several kinds",
        JWT,
        "parameters: { resource: 'https://api.example.com', audience: '', access_type: offline, 'x-custom.name': a }",
    ),
    ("an empty list of generated claims", JWT, "assertion: { generatedClaims: [] }"),
    ("a prefix of another kind", JWT, "secret: { headerPrefix: Zoho-oauthtoken }"),
    (
        "labels and annotations as tools use them",
        JWT,
        "secret: { labels: { app.kubernetes.io/part-of: crm, argocd.argoproj.io/secret-type: repository, empty: '' }, annotations: { reloader.stakater.com/match: 'true', Note: 'any text: with spaces' } }",
    ),
    (
        "a key with its own password",
        JWT,
        "assertion: { keystoreRef: { key: store.p12, passwordKey: store_password, keyPasswordKey: Key.Password } }",
    ),
    ("an alias of a Java tool", JWT, "assertion: { keyAlias: 'CN=crm, O=Example (2026)' }"),
    ("a token for a long time", JWT, "refresh: { everySeconds: 31536000, beforeSeconds: 1 }"),
    ("suspended", JWT, "suspend: true"),
];

const PROVIDERS: &[Accepted] = &[
    (
        "Salesforce, classic",
        JWT,
        "{ endpoints: { token: 'https://test.salesforce.com/services/oauth2/token' }, client: { id: 3MVG9EXAMPLE }, assertion: { claims: { sub: me@example.com, aud: 'https://test.salesforce.com' }, generatedClaims: [] }, refresh: { everySeconds: 7200 } }",
    ),
    (
        "Salesforce, by its preset, at another audience",
        JWT,
        "{ endpoints: null, provider: { name: salesforce, values: { domain: example--dev.sandbox.my } }, assertion: { claims: { sub: me, aud: 'https://login.salesforce.com' } }, tls: { keystoreRef: { name: mtls } } }",
    ),
    (
        "Google with delegation",
        JWT,
        "{ endpoints: null, provider: { name: google }, scopes: ['https://www.googleapis.com/auth/drive'], client: { id: reader@p.iam.gserviceaccount.com }, assertion: { claims: { sub: user@example.com } } }",
    ),
    (
        "Google without a preset",
        JWT,
        "{ endpoints: { token: 'https://oauth2.googleapis.com/token' }, client: null, assertion: { scopeIn: Claim, lifetimeSeconds: 3600, claims: { iss: r@p.iam.gserviceaccount.com, sub: r@p.iam.gserviceaccount.com } }, scopes: [a] }",
    ),
    (
        "Box for a user",
        JWT,
        "{ endpoints: null, provider: { name: box, values: { subjectType: user } }, client: { secretRef: { name: box } }, assertion: { claims: { sub: '99' }, header: { kid: a }, keystoreRef: { name: a } } }",
    ),
    (
        "Box without a preset",
        JWT,
        "{ endpoints: { token: 'https://api.box.com/oauth2/token' }, client: { secretRef: { name: box }, authentication: ClientSecretPost }, assertion: { lifetimeSeconds: 45, claims: { sub: '99', box_sub_type: enterprise }, header: { kid: a } } }",
    ),
    (
        "DocuSign without a preset",
        JWT,
        "{ endpoints: { token: 'https://account-d.docusign.com/oauth/token' }, scopes: [signature, impersonation], assertion: { scopeIn: Claim, claims: { sub: 7d2b8e4f, aud: account-d.docusign.com } } }",
    ),
    (
        "ServiceNow, a public client",
        JWT,
        "{ endpoints: null, provider: { name: servicenow, values: { instance: dev12345.service-now.com } }, client: { authentication: None }, assertion: { header: { kid: a } } }",
    ),
    (
        "Microsoft Entra with a certificate",
        JWT_CLIENT_ASSERTION,
        "{ endpoints: { token: 'https://login.microsoftonline.com/00000000-0000-4000-8000-000000000000/oauth2/v2.0/token' }, scopes: ['https://graph.microsoft.com/.default'], assertion: { algorithm: PS256, generatedClaims: [iat, jti, nbf], header: { thumbprints: ['x5t#S256'] } } }",
    ),
    (
        "Microsoft Entra with consent",
        AUTHORIZATION_CODE,
        "{ endpoints: { token: null, authorization: null, issuer: 'https://login.microsoftonline.com/common/v2.0' }, scopes: [offline_access, openid, Mail.Send], parameters: { prompt: select_account }, authorization: { expectedAccount: { email: me@example.com } } }",
    ),
    (
        "NetSuite",
        JWT_CLIENT_ASSERTION,
        "{ endpoints: { token: 'https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token' }, scopes: ['restlets,rest_webservices'], assertion: { scopeIn: Claim, algorithm: ES256, header: { kid: certificate-id } } }",
    ),
    (
        "Workday",
        JWT,
        "{ endpoints: { token: 'https://host.workday.com/ccx/oauth2/tenant/token' }, assertion: { claims: { sub: ISU_User, aud: wd } }, refresh: { everySeconds: 3600 } }",
    ),
    (
        "SMART backend services",
        JWT_CLIENT_ASSERTION,
        "{ scopes: [system/Patient.rs], assertion: { algorithm: RS384, lifetimeSeconds: 300, header: { kid: a } } }",
    ),
    (
        "SAP SuccessFactors",
        JWT,
        "{ endpoints: { token: 'https://api4.successfactors.com/oauth/token' }, parameters: { company_id: ACME }, assertion: { keystoreRef: null, type: 'urn:ietf:params:oauth:grant-type:saml2-bearer', valueFrom: { secretKeyRef: { name: sf, key: assertion.b64 } } } }",
    ),
    (
        "Auth0 with an audience",
        CLIENT_CREDENTIALS,
        "{ parameters: { audience: 'https://api.example.com' }, client: { authentication: ClientSecretPost } }",
    ),
    (
        "Google with consent",
        AUTHORIZATION_CODE,
        "{ endpoints: { token: 'https://oauth2.googleapis.com/token', authorization: 'https://accounts.google.com/o/oauth2/v2/auth' }, parameters: { access_type: offline, prompt: consent } }",
    ),
    (
        "Atlassian with consent",
        AUTHORIZATION_CODE,
        "{ parameters: { audience: api.atlassian.com, prompt: consent }, scopes: ['read:jira-work', offline_access], authorization: { keepAliveSeconds: 604800, onDelete: Revoke } }",
    ),
    (
        "Zoho",
        AUTHORIZATION_CODE,
        "{ secret: { headerPrefix: Zoho-oauthtoken }, scopes: [ZohoCRM.modules.ALL], parameters: { access_type: offline } }",
    ),
];

#[tokio::test]
async fn valid_specs_are_accepted_and_stored_unchanged() {
    let server = DryRun::new("accepted").await;
    let mut wrong = Vec::new();
    for (description, base, changes) in [FLOWS, VALUES, PROVIDERS].concat() {
        let spec = spec(base, changes);
        match server.spec(&spec).await {
            Ok(stored) if stored["spec"] == spec => {}
            Ok(stored) => wrong.push(format!("{description}\n  stored: {}", stored["spec"])),
            Err(message) => wrong.push(format!("{description}\n  rejected: {message}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
