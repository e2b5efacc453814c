//! A common interface to both servers.

use rig::servers::authlib::Authlib;
use rig::servers::config::Config;
use rig::servers::ledger::Entry;
use rig::servers::oidc_provider::OidcProvider;

/// A running authorization server.
pub struct Server {
    /// Prefix of the names of its Connections.
    pub name: &'static str,
    program: Program,
}

enum Program {
    Authlib(Authlib),
    OidcProvider(OidcProvider),
}

impl Server {
    /// Starts both servers with the same configuration.
    pub fn both(config: &Config) -> [Self; 2] {
        let authlib = Authlib::start(config).expect("Authlib starts");
        let oidc = OidcProvider::start(config).expect("oidc-provider starts");
        [
            Self { name: "authlib", program: Program::Authlib(authlib) },
            Self { name: "oidc", program: Program::OidcProvider(oidc) },
        ]
    }

    pub fn token_endpoint(&self) -> &str {
        match &self.program {
            Program::Authlib(server) => &server.token_endpoint,
            Program::OidcProvider(server) => &server.token_endpoint,
        }
    }

    /// Returns all requests, oldest first.
    pub fn requests(&self) -> Vec<Entry> {
        let ledger = match &self.program {
            Program::Authlib(server) => server.ledger(),
            Program::OidcProvider(server) => server.ledger(),
        };
        ledger.expect("the ledger of the server")
    }

    /// Returns the last successful request.
    pub fn last_accepted(&self) -> Entry {
        let mut requests = self.requests().into_iter();
        requests.rfind(|request| request.access_token.is_some()).expect("a request was accepted")
    }

    /// Returns the last successful request with an assertion of the issuer.
    pub fn last_accepted_of(&self, issuer: &str) -> Entry {
        let of = |entry: &Entry| entry.access_token.is_some() && claim(entry, "iss") == issuer;
        self.requests().into_iter().rfind(of).expect("a request of this issuer was accepted")
    }

    /// Returns the secrets that were sent: tokens and the signatures of assertions.
    pub fn secrets(&self) -> Vec<String> {
        let of = |entry: Entry| {
            let signature =
                entry.assertion.and_then(|jwt| Some(jwt.rsplit_once('.')?.1.to_owned()));
            [entry.access_token, signature]
        };
        self.requests().into_iter().flat_map(of).flatten().collect()
    }
}

/// Returns a claim of the assertion, or null.
pub fn claim(entry: &Entry, name: &str) -> serde_json::Value {
    entry.claims.as_ref().and_then(|claims| claims.get(name)).cloned().unwrap_or_default()
}

/// Returns a header parameter of the assertion, or null.
pub fn header(entry: &Entry, name: &str) -> serde_json::Value {
    entry.header.as_ref().and_then(|header| header.get(name)).cloned().unwrap_or_default()
}
