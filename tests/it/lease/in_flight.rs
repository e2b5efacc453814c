//! A leader that falls silent while a refresh token is at the provider, which has rotated it: the
//! other presents the old one once, and what the provider does then is what becomes of the grant.

use std::time::Duration;

use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::gate::Gate;
use rig::simulator::grants::presentation::{Kind, Verdict};
use rig::simulator::grants::settings::{Rotation, Settings};
use rig::simulator::matcher::Matcher;
use rig::wait;

use super::pair::{Pair, until_leading};
use crate::consent::user::{authorized, mail, provider};
use crate::stage::{SOON, condition};

const RENEW_AT: &str = "connection-operator.io/renew-requested-at";

const HOUR: Duration = Duration::from_hours(1);

/// A refresh of the leader's that has reached the provider, and the access token that it is to
/// replace.
struct Refreshing {
    pair: Pair,
    simulator: Simulator,
    token: String,
    /// Closed: holds the response to the refresh.
    gate: Gate,
}

impl Refreshing {
    async fn open(prefix: &str, kind: impl FnOnce(Settings) -> Settings) -> Self {
        let pair = Pair::open(prefix).await;
        let simulator = provider(&pair.scene).await;
        simulator.change_grants(kind);
        let token = authorized(&pair.scene, &simulator, mail(&simulator)).await;
        let gate = Gate::closed();
        simulator.script(Matcher::path("/token").times(1), Behavior::token().behind(&gate));
        let sent = simulator.count();
        pair.scene.annotate("mail", RENEW_AT, "1").await;
        assert!(simulator.wait_for(sent + 1, SOON).await, "the refresh token is sent");
        Self { pair, simulator, token, gate }
    }

    /// What became of the refresh tokens that were presented.
    fn verdicts(&self) -> Vec<Verdict> {
        let all = self.simulator.presentations();
        let refreshes = all.iter().filter(|item| item.kind == Kind::RefreshToken);
        refreshes.map(|refresh| refresh.verdict).collect()
    }

    /// Waits until the newest refresh token is kept.
    async fn until_last_is_kept(&self) {
        wait::until(SOON, "the newest refresh token is in the grant Secret", async || {
            let grant = self.pair.scene.data("mail-grant").await.unwrap_or_default();
            let families = self.simulator.families();
            let last = families[0].refresh_tokens.last();
            let kept = grant.get("refresh_token") == last;
            if kept { Ok(()) } else { Err("an older one".to_owned()) }
        })
        .await;
    }

    /// Waits until a person is asked; the old token lives on.
    async fn until_a_person_is_asked(&self) {
        let connection = self.pair.scene.until("mail", "Authorized", "False", "GrantExpired").await;
        assert_eq!(condition(&connection, "Ready").0, "True", "the old token lives on");
    }

    /// Asks for a renewal.
    async fn renew(&self, value: &str, old: &str) -> String {
        self.pair.scene.annotate("mail", RENEW_AT, value).await;
        self.pair.scene.until_renewed("mail-token", Some(old)).await
    }
}

fn rotating(grace: Duration) -> impl FnOnce(Settings) -> Settings {
    move |settings| settings.rotating(Rotation::Always { grace })
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_killed_leader_the_refresh_token_is_presented_again_within_the_grace_period() {
    let it = Refreshing::open("flight-killed", rotating(HOUR)).await;
    it.pair.first().process.kill();
    until_leading(&it.pair.second).await;
    let renewed = it.pair.scene.until_renewed("mail-token", Some(&it.token)).await;
    it.pair.scene.until_issued("mail").await;
    assert_eq!(it.verdicts(), [Verdict::Accepted, Verdict::WithinGrace]);
    it.until_last_is_kept().await;
    it.renew("2", &renewed).await;
    assert_eq!(it.verdicts(), [Verdict::Accepted, Verdict::WithinGrace, Verdict::Accepted]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_killed_leader_without_a_grace_period_consent_is_required() {
    let it = Refreshing::open("flight-strict", rotating(Duration::ZERO)).await;
    it.pair.first().process.kill();
    until_leading(&it.pair.second).await;
    it.until_a_person_is_asked().await;
    it.pair.scene.annotate("mail", RENEW_AT, "2").await;
    it.pair.scene.annotate("mail", "example.com/edited", "1").await;
    assert_eq!(it.verdicts(), [Verdict::Accepted, Verdict::Reused]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_frozen_leader_the_refresh_token_is_presented_again_and_the_late_response_is_discarded()
 {
    let it = Refreshing::open("flight-frozen", rotating(HOUR)).await;
    it.pair.first().process.freeze().unwrap();
    it.gate.open();
    until_leading(&it.pair.second).await;
    let renewed = it.pair.scene.until_renewed("mail-token", Some(&it.token)).await;
    it.pair.thaw_first().await;
    let again = it.renew("2", &renewed).await;
    it.renew("3", &again).await;
    let rest = [Verdict::Accepted, Verdict::Accepted];
    assert_eq!(it.verdicts(), [&[Verdict::Accepted, Verdict::WithinGrace], &rest[..]].concat());
    it.until_last_is_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_response_to_a_frozen_leader_is_saved_when_it_resumes() {
    let merciful = |settings: Settings| settings.refusing_reuse();
    let it = Refreshing::open("flight-woken", merciful).await;
    it.pair.first().process.freeze().unwrap();
    it.gate.open();
    until_leading(&it.pair.second).await;
    it.until_a_person_is_asked().await;
    it.pair.thaw_first().await;
    it.until_last_is_kept().await;
    let renewed = it.pair.scene.until_renewed("mail-token", Some(&it.token)).await;
    it.pair.scene.until("mail", "Authorized", "True", "Authorized").await;
    it.renew("2", &renewed).await;
    assert_eq!(it.verdicts(), [Verdict::Accepted, Verdict::Reused, Verdict::Accepted]);
}
