//! Assertions signed by openssl, sent to both servers and to the simulator.

use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::servers::authlib::Authlib;
use crate::servers::config::{AccessToken, Client, Config};
use crate::servers::ledger::Entry;
use crate::servers::loopback::{Answer, post_form};
use crate::servers::oidc_provider::OidcProvider;
use crate::simulator::ledger::{Outcome, decoded};
use crate::simulator::{Simulator, clock};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An RSA key and its certificate, made for one test.
struct Key {
    folder: TempDir,
    certificate: String,
}

impl Key {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let arguments = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test \
                         -keyout key.pem -out certificate.pem";
        openssl(folder.path(), arguments, b"");
        let certificate =
            std::fs::read_to_string(folder.path().join("certificate.pem")).expect("a certificate");
        Self { folder, certificate }
    }

    /// An RS256 assertion.
    fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({"alg": "RS256", "typ": "JWT"}), "-sha256", claims)
    }

    /// An assertion with this header, signed with these options of `openssl dgst`.
    fn sign_as(&self, header: &Value, options: &str, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let arguments = format!("dgst {options} -sign key.pem");
        let signature = openssl(self.folder.path(), &arguments, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn openssl(folder: &Path, arguments: &str, input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut child = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl");
    child.stdin.take().expect("a pipe").write_all(input).expect("openssl reads");
    let output = child.wait_with_output().expect("openssl ends");
    assert!(output.status.success(), "openssl {arguments}");
    output.stdout
}

fn claims(issuer: &str, audience: &str, jti: &str) -> Value {
    let now = clock::now().as_second();
    json!({"iss": issuer, "sub": "user", "aud": audience, "iat": now, "exp": now + 180, "jti": jti})
}

/// A running server of either kind.
enum Server {
    Authlib(Authlib),
    OidcProvider(OidcProvider),
}

impl Server {
    /// Both servers with the same configuration.
    fn both(config: &Config) -> [Self; 2] {
        [
            Self::Authlib(Authlib::start(config).expect("Authlib")),
            Self::OidcProvider(OidcProvider::start(config).expect("oidc-provider")),
        ]
    }

    fn endpoint(&self) -> &str {
        match self {
            Self::Authlib(server) => &server.token_endpoint,
            Self::OidcProvider(server) => &server.token_endpoint,
        }
    }

    fn last(&self) -> Entry {
        let ledger = match self {
            Self::Authlib(server) => server.ledger(),
            Self::OidcProvider(server) => server.ledger(),
        };
        ledger.expect("a ledger").pop().expect("a request")
    }

    /// Why it refused the last request, in its own words.
    fn reason(&self) -> String {
        let entry = self.last();
        entry.error_detail.or(entry.error_description).unwrap_or_default()
    }

    fn grant(&self, assertion: &str) -> Answer {
        bearer(self.endpoint(), assertion)
    }
}

fn bearer(endpoint: &str, assertion: &str) -> Answer {
    let form = [("grant_type", JWT_BEARER), ("assertion", assertion)];
    post_form(endpoint, &form, &[]).expect("an answer")
}

fn error(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json()["error"].clone())
}

#[test]
fn a_valid_assertion_is_accepted_once_and_recorded() {
    let key = Key::new();
    let config =
        Config { clients: vec![Client::bearer("app", &key.certificate)], ..Config::default() };
    for server in Server::both(&config) {
        let assertion = key.sign(&claims("app", server.endpoint(), "1"));
        let answer = server.grant(&assertion);
        assert_eq!(answer.status, 200, "{}", answer.json());
        assert_eq!(answer.json()["expires_in"], 3600);
        let entry = server.last();
        assert_eq!(entry.access_token.as_deref(), answer.json()["access_token"].as_str());
        assert_eq!(entry.claims.expect("claims")["sub"], "user");
        assert_eq!(entry.parameters, ["assertion", "grant_type"]);
        assert_eq!(entry.registered_thumbprints.expect("thumbprints").len(), 2);
        assert_eq!(error(&server.grant(&assertion)), (400, json!("invalid_grant")), "a replay");
    }
}

#[test]
fn other_algorithms_and_a_header_with_the_chain_are_accepted() {
    let key = Key::new();
    let config =
        Config { clients: vec![Client::bearer("app", &key.certificate)], ..Config::default() };
    let body: String = key.certificate.lines().filter(|line| !line.contains("---")).collect();
    let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";
    let cases = [("RS512", "-sha512".to_owned()), ("PS256", format!("-sha256 {pss}"))];
    let simulator = Simulator::start().expect("a free port");
    simulator.register("app", &key.certificate).expect("a certificate");
    let servers = Server::both(&config);
    let endpoints = servers.iter().map(Server::endpoint).map(str::to_owned);
    for endpoint in endpoints.chain([simulator.token_endpoint()]) {
        for (algorithm, options) in &cases {
            let header =
                json!({"alg": algorithm, "typ": "JWT", "x5c": [body, body], "x5t": "dGVzdA"});
            let assertion = key.sign_as(&header, options, &claims("app", &endpoint, algorithm));
            let answer = bearer(&endpoint, &assertion);
            assert_eq!(answer.status, 200, "{algorithm} {}", answer.json());
        }
    }
}

#[test]
fn an_assertion_with_the_wrong_audience_or_key_is_rejected() {
    let (key, other) = (Key::new(), Key::new());
    let config =
        Config { clients: vec![Client::bearer("app", &key.certificate)], ..Config::default() };
    for server in Server::both(&config) {
        // The same claims by the right key pass: it was the signature.
        let same = claims("app", server.endpoint(), "1");
        let wrong_key = server.grant(&other.sign(&same));
        assert_eq!(error(&wrong_key), (400, json!("invalid_grant")));
        assert_eq!(server.grant(&key.sign(&same)).status, 200);
        let wrong_audience = key.sign(&claims("app", "https://elsewhere.example", "2"));
        assert_eq!(error(&server.grant(&wrong_audience)), (400, json!("invalid_grant")));
        assert!(server.reason().contains("aud"), "{}", server.reason());
    }
}

#[test]
fn an_assertion_with_the_wrong_issuer_is_rejected() {
    let key = Key::new();
    let config =
        Config { clients: vec![Client::bearer("app", &key.certificate)], ..Config::default() };
    for server in Server::both(&config) {
        let assertion = key.sign(&claims("stranger", server.endpoint(), "1"));
        // oidc-provider knows clients before grants: who is not there is no client.
        let wanted = match server {
            Server::Authlib(_) => (400, json!("invalid_grant")),
            Server::OidcProvider(_) => (401, json!("invalid_client")),
        };
        assert_eq!(error(&server.grant(&assertion)), wanted);
    }
}

#[test]
fn a_server_whose_clock_is_ahead_rejects_an_assertion_and_reports_its_time() {
    let key = Key::new();
    let clients = vec![Client::bearer("app", &key.certificate)];
    let year = 366 * 86_400;
    for server in Server::both(&Config { clients, clock_offset_seconds: year, ..Config::default() })
    {
        let claims = claims("app", server.endpoint(), "1");
        let answer = server.grant(&key.sign(&claims));
        assert_eq!(error(&answer), (400, json!("invalid_grant")));
        assert!(server.reason().contains("exp"), "{}", server.reason());
        let issued = jiff::Timestamp::from_second(claims["iat"].as_i64().expect("iat"))
            .expect("a time")
            .strftime("%Y")
            .to_string();
        assert!(!answer.header("date").expect("a date").contains(&issued));
    }
}

#[test]
fn a_jwt_access_token_may_be_the_only_source_of_the_expiry() {
    let key = Key::new();
    let config = Config {
        clients: vec![Client::bearer("app", &key.certificate)],
        access_token: AccessToken::Jwt,
        omit_expires_in: true,
        token_lifetime_seconds: Some(90),
        ..Config::default()
    };
    for server in Server::both(&config) {
        let assertion = key.sign(&claims("app", server.endpoint(), "1"));
        let body = server.grant(&assertion).json();
        assert_eq!(body.get("expires_in"), None, "{body}");
        let token = decoded(body["access_token"].as_str().expect("a token"), 1).expect("claims");
        assert_eq!(token["exp"].as_i64().zip(token["iat"].as_i64()).map(|(e, i)| e - i), Some(90));
        assert_eq!(token["sub"], "user");
    }
}

#[test]
fn clients_authenticate_with_a_secret_or_an_assertion() {
    let key = Key::new();
    let secret = "a secret of thirty-two characters";
    let clients = vec![
        Client::secret_basic("basic", secret),
        Client::private_key_jwt("signer", &key.certificate),
    ];
    for server in Server::both(&Config { clients, ..Config::default() }) {
        // Authlib undoes percent-encoding only: a space is %20, not a plus sign.
        let encoded = secret.replace(' ', "%20");
        let basic = format!("Basic {}", STANDARD.encode(format!("basic:{encoded}")));
        let grant = ("grant_type", "client_credentials");
        let ask = |form: &[(&str, &str)], headers: &[(&str, &str)]| {
            post_form(server.endpoint(), form, headers).expect("an answer")
        };
        let answer = ask(&[grant], &[("Authorization", &basic)]);
        assert_eq!(answer.status, 200, "{}", answer.json());
        let mut claims = claims("signer", server.endpoint(), "1");
        claims["sub"] = json!("signer");
        let assertion = key.sign(&claims);
        let form =
            [grant, ("client_assertion_type", CLIENT_ASSERTION), ("client_assertion", &assertion)];
        let answer = ask(&form, &[]);
        assert_eq!(answer.status, 200, "{}", answer.json());
        assert_eq!(ask(&form, &[]).json()["error"], "invalid_client", "a replay");
    }
}

#[test]
fn the_bearer_grant_may_also_require_the_client_secret() {
    let key = Key::new();
    let secret = "a-secret-of-thirty-two-characters";
    let client = Client {
        auth_method: Some("client_secret_post".to_owned()),
        client_secret: Some(secret.to_owned()),
        ..Client::bearer("app", &key.certificate)
    };
    for server in Server::both(&Config { clients: vec![client], ..Config::default() }) {
        let first = key.sign(&claims("app", server.endpoint(), "1"));
        assert_eq!(server.grant(&first).json()["error"], "invalid_client");
        let second = key.sign(&claims("app", server.endpoint(), "2"));
        let form = [
            ("grant_type", JWT_BEARER),
            ("assertion", second.as_str()),
            ("client_id", "app"),
            ("client_secret", secret),
        ];
        let answer = post_form(server.endpoint(), &form, &[]).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.json());
    }
}

#[test]
fn a_server_that_cannot_start_reports_the_cause_and_the_remedy() {
    let config = Config { clients: vec![Client::bearer("app", "no key")], ..Config::default() };
    let errors = [
        Authlib::start(&config).err().map(|error| error.to_string()),
        OidcProvider::start(&config).err().map(|error| error.to_string()),
    ];
    for error in errors {
        let error = error.expect("a failed start");
        assert!(error.contains("it wrote") && error.contains("CONNECTION_OPERATOR_"), "{error}");
    }
}

#[test]
fn the_simulator_verifies_for_registered_issuers() {
    let (key, other) = (Key::new(), Key::new());
    let simulator = Simulator::start().expect("a free port");
    simulator.register("app", &key.certificate).expect("a certificate");
    let endpoint = simulator.token_endpoint();
    let good = key.sign(&claims("app", &endpoint, "1"));
    assert_eq!(bearer(&endpoint, &good).status, 200);
    let refused = [
        good,
        other.sign(&claims("app", &endpoint, "2")),
        key.sign(&claims("app", "https://elsewhere.example", "3")),
        key.sign(&claims("stranger", &endpoint, "4")),
    ];
    for assertion in refused {
        assert_eq!(error(&bearer(&endpoint, &assertion)), (400, json!("invalid_grant")));
    }
    simulator.set_clock_offset(3600);
    let expired = key.sign(&claims("app", &endpoint, "5"));
    assert_eq!(error(&bearer(&endpoint, &expired)), (400, json!("invalid_grant")));
    let last = simulator.requests().pop().expect("a request");
    assert_eq!(last.outcome, Outcome::Refused("the assertion is expired".into()));
    assert_eq!(last.issuer().as_deref(), Some("app"));
}
