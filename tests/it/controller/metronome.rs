//! Time that provably passed for the operator: a Connection whose token is renewed every second.

use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use serde_json::json;

use crate::keys::fixtures;
use crate::stage::{SOON, Scene};

/// A Connection that is renewed every second. While others rest, it shows that the operator works.
pub struct Metronome(Simulator);

impl Metronome {
    pub async fn start(scene: &Scene) -> Self {
        let simulator = Simulator::start().expect("the simulator starts");
        simulator.otherwise(Behavior::token().lifetime(1.5));
        scene
            .put_secret("metronome", &[("keystore.pem", &fixtures::bytes("ed25519.p8.pem"))])
            .await;
        let spec = json!({
            "flow": "JWT",
            "endpoints": { "token": simulator.token_endpoint() },
            "client": { "id": "metronome" },
            "assertion": { "keystoreRef": { "name": "metronome" } },
        });
        scene.apply("metronome", spec).await;
        scene.until_issued("metronome").await;
        Self(simulator)
    }

    /// Waits until the operator has renewed the token so many times more.
    pub async fn beats(&self, count: usize) {
        let wanted = self.0.count() + count;
        assert!(self.0.wait_for(wanted, SOON).await, "the operator goes on renewing tokens");
    }
}
