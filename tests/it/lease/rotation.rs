//! A rotating grant passes from one operator to the other and is never presented twice.

use rig::simulator::grants::presentation::{Kind, Verdict};

use super::pair::{Pair, until_leading};
use crate::consent::user::{authorized, mail, provider};
use crate::stage::SOON;

const RENEW_AT: &str = "connection-operator.io/renew-requested-at";

/// Asks for a renewal; returns the new token.
async fn renew(pair: &Pair, value: &str, old: &str) -> String {
    pair.scene.annotate("mail", RENEW_AT, value).await;
    pair.scene.until_renewed("mail-token", Some(old)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_presented_once_across_leader_changes() {
    let pair = Pair::open("lease-rotation").await;
    let simulator = provider(&pair.scene).await;
    let first = authorized(&pair.scene, &simulator, mail(&simulator)).await;
    // The first hears of it when it wakes up, and leaves it to the second.
    pair.first().process.freeze().unwrap();
    pair.scene.annotate("mail", RENEW_AT, "1").await;
    until_leading(&pair.second).await;
    let second = pair.scene.until_renewed("mail-token", Some(&first)).await;
    pair.thaw_first().await;
    let third = renew(&pair, "2", &second).await;
    assert!(pair.second.process.terminate(SOON).await.unwrap().success());
    until_leading(pair.first()).await;
    renew(&pair, "3", &third).await;

    let presented = simulator.presentations();
    let refreshes: Vec<_> = presented
        .iter()
        .filter(|item| item.kind == Kind::RefreshToken)
        .map(|item| item.verdict)
        .collect();
    assert_eq!(refreshes, [Verdict::Accepted; 3]);
    assert_eq!((simulator.reuses(), simulator.concurrent_exchanges()), (0, 0));
}
