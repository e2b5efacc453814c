//! The environment of a test: a namespace, both servers, and keystores.

use rig::servers::config::{Client, Config};
use serde_json::{Value, json};

use super::server::Server;
use crate::keys::fixtures;
use crate::stage::Scene;

pub const CLIENT_SECRET: &str = "canary-client-secret-of-32-bytes";

/// A namespace with an operator, and both servers.
pub struct Trial {
    pub scene: Scene,
    pub servers: [Server; 2],
}

impl Trial {
    /// Starts both servers with the clients.
    pub async fn open(prefix: &str, clients: Vec<Client>) -> Self {
        Self::configured(prefix, &Config { clients, ..Config::default() }).await
    }

    pub async fn configured(prefix: &str, config: &Config) -> Self {
        let scene = Scene::open(prefix).await;
        Self { scene, servers: Server::both(config) }
    }

    /// Writes a key of the fixtures and its certificate to a Secret of the same name.
    pub async fn put_key(&self, key: &str) {
        self.put_key_as(key, key).await;
    }

    /// Writes a key of the fixtures and its certificate to a Secret.
    pub async fn put_key_as(&self, secret: &str, key: &str) {
        let file = |end: &str| fixtures::bytes(&format!("{key}.{end}.pem"));
        self.scene.put_secret(secret, &[("tls.key", &file("p8")), ("tls.crt", &file("crt"))]).await;
    }

    /// Asserts that no token, assertion or key was leaked.
    pub async fn end(&self) {
        let mut secrets: Vec<String> = self.servers.iter().flat_map(Server::secrets).collect();
        secrets.push(CLIENT_SECRET.to_owned());
        for key in ["rsa", "rsa3072", "p256"] {
            let pem = String::from_utf8(fixtures::bytes(&format!("{key}.p8.pem"))).unwrap();
            // The first line is the same for all keys of a type.
            secrets.extend(pem.lines().nth(2).map(str::to_owned));
        }
        self.scene.demand_no_leak(&secrets).await;
    }
}

/// A client that the server verifies with the certificate of a key of the fixtures.
pub fn bearer(id: &str, key: &str) -> Client {
    Client::bearer(id, &certificate(key))
}

/// Returns the certificate of a key of the fixtures.
pub fn certificate(key: &str) -> String {
    String::from_utf8(fixtures::bytes(&format!("{key}.crt.pem"))).unwrap()
}

/// Returns the spec of a Connection with flow JWT and the key in the Secret.
pub fn jwt(server: &Server, client: &str, secret: &str) -> Value {
    json!({
        "flow": "JWT",
        "endpoints": { "token": server.token_endpoint() },
        "client": { "id": client },
        "assertion": { "claims": { "sub": "user" }, "keystoreRef": { "name": secret } },
    })
}

/// Applies a JSON merge patch to a spec (RFC 7396).
pub fn with(mut spec: Value, patch: &Value) -> Value {
    merge(&mut spec, patch);
    spec
}

fn merge(target: &mut Value, patch: &Value) {
    let (Some(target), Some(patch)) = (target.as_object_mut(), patch.as_object()) else {
        *target = patch.clone();
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}
