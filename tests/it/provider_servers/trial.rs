//! A namespace, both servers, and keystores.

use rig::servers::config::{Client, Config};
use serde_json::{Value, json};

use super::server::Server;
use crate::keys::fixtures;
use crate::stage::Scene;

/// The password of a client that has one.
pub const CLIENT_SECRET: &str = "canary-client-secret-of-32-bytes";

/// What a test plays on.
pub struct Trial {
    pub scene: Scene,
    pub servers: [Server; 2],
}

impl Trial {
    /// Starts both servers, which know these clients.
    pub async fn open(prefix: &str, clients: Vec<Client>) -> Self {
        Self::configured(prefix, &Config { clients, ..Config::default() }).await
    }

    pub async fn configured(prefix: &str, config: &Config) -> Self {
        let scene = Scene::open(prefix).await;
        Self { scene, servers: Server::both(config) }
    }

    /// Puts a key of the fixtures with its certificate into the Secret of its name.
    pub async fn put_key(&self, key: &str) {
        self.put_key_as(key, key).await;
    }

    /// Puts a key of the fixtures into another Secret.
    pub async fn put_key_as(&self, secret: &str, key: &str) {
        let file = |end: &str| fixtures::bytes(&format!("{key}.{end}.pem"));
        self.scene.put_secret(secret, &[("tls.key", &file("p8")), ("tls.crt", &file("crt"))]).await;
    }

    /// Demands that nothing of what was sent, received or signed with is seen anywhere.
    pub async fn end(&self) {
        let mut secrets: Vec<String> = self.servers.iter().flat_map(Server::secrets).collect();
        secrets.push(CLIENT_SECRET.to_owned());
        for key in ["rsa", "rsa3072", "p256"] {
            let pem = String::from_utf8(fixtures::bytes(&format!("{key}.p8.pem"))).unwrap();
            // The first line of a key begins like that of any other.
            secrets.extend(pem.lines().nth(2).map(str::to_owned));
        }
        self.scene.assert_no_leak(&secrets).await;
    }
}

/// A client whose issuer is its id, verified with the certificate of a key of the fixtures.
pub fn bearer(id: &str, key: &str) -> Client {
    Client::bearer(id, &certificate(key))
}

/// The certificate of a key of the fixtures.
pub fn certificate(key: &str) -> String {
    String::from_utf8(fixtures::bytes(&format!("{key}.crt.pem"))).unwrap()
}

/// A Connection of flow JWT: the client signs with the key of the Secret.
pub fn jwt(server: &Server, client: &str, secret: &str) -> Value {
    json!({
        "flow": "JWT",
        "endpoints": { "token": server.token_endpoint() },
        "client": { "id": client },
        "assertion": { "claims": { "sub": "user" }, "keystoreRef": { "name": secret } },
    })
}

/// A spec with some of it changed (RFC 7396).
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
