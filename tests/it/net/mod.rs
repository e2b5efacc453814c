//! How requests travel: by TLS with certificates on either side, through proxies, past the guard.
//! Between the operator and the simulator are nginx, squid and a SOCKS server.

mod allowed_hosts;
mod certificates;
mod client_certificates;
mod discovered;
mod egress_policy;
mod environment;
mod faults;
mod proxies;
mod proxy_errors;
mod rotation;
mod server_certificates;
mod sharing;

use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use serde_json::{Value, json};

use crate::stage::Scene;

/// The client secret, which only the token endpoint may see.
pub const CLIENT_SECRET: &str = "client-secret-canary";

/// A client that authenticates with a secret.
pub fn client_secret(endpoint: &str) -> Value {
    json!({
        "flow": "ClientCredentials",
        "endpoints": { "token": endpoint },
        "client": { "id": "client", "secretRef": { "name": "client" } },
    })
}

/// The same, with `tls.truststoreRef` naming the Secret `authority`.
pub fn trusting(endpoint: &str) -> Value {
    with(client_secret(endpoint), &json!({ "tls": { "truststoreRef": { "name": "authority" } } }))
}

/// The same through the proxy of a Secret.
fn through(endpoint: &str, proxy: &str) -> Value {
    with(trusting(endpoint), &json!({ "proxyRef": { "name": proxy } }))
}

/// A spec with more fields.
pub fn with(mut spec: Value, more: &Value) -> Value {
    let fields = more.as_object().expect("an object").clone();
    spec.as_object_mut().expect("an object").extend(fields);
    spec
}

/// Puts the Secrets that these specs name into a scene.
pub async fn furnish(scene: &Scene) {
    scene.put_secret("client", &[("client_secret", CLIENT_SECRET.as_bytes())]).await;
    let authority = &certificates::servers().pair.certificate;
    scene.put_secret("authority", &[("ca.crt", authority.as_bytes())]).await;
}

/// A provider that ends every connection after its answer: each request makes its own.
fn provider() -> Simulator {
    let simulator = Simulator::start().expect("the simulator starts");
    simulator.otherwise(Behavior::token().header("connection", "close"));
    simulator
}
