//! Algorithms that the servers accept.

use serde_json::json;

use super::server::header;
use super::trial::{Trial, bearer, jwt, with};

/// Algorithm and key.
const CASES: [(&str, &str); 7] = [
    ("RS256", "rsa"),
    ("RS512", "rsa"),
    ("PS256", "rsa"),
    ("PS384", "rsa3072"),
    ("ES256", "p256"),
    ("ES384", "p384"),
    ("EdDSA", "ed25519"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_algorithm_is_verified_and_results_in_a_token() {
    let clients = CASES.map(|(algorithm, key)| bearer(algorithm, key));
    let trial = Trial::open("algorithms", clients.into()).await;
    for (_, key) in CASES {
        trial.put_key(key).await;
    }
    for server in &trial.servers {
        for (algorithm, key) in CASES {
            let patch = json!({ "assertion": { "algorithm": algorithm } });
            let spec = with(jwt(server, algorithm, key), &patch);
            let name = format!("{}-{}", server.name, algorithm.to_lowercase());
            trial.scene.apply(&name, spec).await;
        }
    }
    for server in &trial.servers {
        for (algorithm, _) in CASES {
            let name = format!("{}-{}", server.name, algorithm.to_lowercase());
            trial.scene.until_issued(&name).await;
            let request = server.last_accepted_of(algorithm);
            assert_eq!(header(&request, "alg"), algorithm);
            let data = trial.scene.data(&format!("{name}-token")).await.expect("a token Secret");
            assert_eq!(Some(&data["access_token"]), request.access_token.as_ref(), "{name}");
        }
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_algorithm_depends_on_the_key() {
    let clients = vec![bearer("rsa", "rsa"), bearer("p256", "p256")];
    let trial = Trial::open("default-algorithm", clients).await;
    for server in &trial.servers {
        for (key, algorithm) in [("rsa", "RS256"), ("p256", "ES256")] {
            trial.put_key(key).await;
            let name = format!("{}-{key}", server.name);
            trial.scene.apply(&name, jwt(server, key, key)).await;
            trial.scene.until_issued(&name).await;
            assert_eq!(header(&server.last_accepted_of(key), "alg"), algorithm);
        }
    }
    trial.end().await;
}
