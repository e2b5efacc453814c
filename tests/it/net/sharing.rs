//! Connections that travel alike share their HTTP client, and so its connections.

use rig::parts::relay::Relay;
use rig::simulator::Simulator;

use crate::net::certificates::server;
use crate::net::{furnish, trusting};
use crate::stage::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_connections_with_one_transport_share_a_few_tcp_connections() {
    let scene = Scene::open("sharing").await;
    furnish(&scene).await;
    let simulator = Simulator::start().unwrap();
    let relay = Relay::tls(simulator.address(), &server(), None).unwrap();
    let endpoint = format!("https://{}/token", relay.address());
    for index in 0..50 {
        let name = format!("crm-{index}");
        scene.apply(&name, trusting(&endpoint)).await;
        scene.until_issued(&name).await;
    }
    assert_eq!(simulator.count(), 50);
    assert!(relay.count() <= 3, "{} TCP connections for 50 requests", relay.count());
}
