//! A tenant whose provider hangs, and another tenant.

use std::time::Duration;

use futures::future::join_all;
use jiff::SignedDuration;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::wait;

use crate::controller::enrollment::{WORKERS, enroll, open};
use crate::controller::lifecycle::jwt;
use crate::stage::{SOON, Stage};

/// Connections of the tenant whose provider hangs. By tens of seconds for a few at a time, it takes
/// much longer than [`SOON`] until all were looked at.
const MANY: usize = 40;

/// The value of a metric without labels of an object.
fn metric(stage: &Stage, name: &str) -> f64 {
    let (_, text) = stage.operator.get("/metrics");
    let line = text.lines().find(|line| {
        let rest =
            line.strip_prefix("connection_operator_").and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
    });
    let value = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {text}"))
}

/// The shortest time in which more requests came than one tenant may have workers.
fn shortest_crowd(provider: &Simulator) -> Option<SignedDuration> {
    let times: Vec<_> =
        provider.requests().iter().skip(1).map(|request| request.received).collect();
    times.windows(WORKERS).map(|some| some[WORKERS - 1].duration_since(some[0])).min()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_provider_does_not_block_the_workers_for_another_tenant() {
    let (slow, hanging) = open("slow-tenant").await;
    let (quick, simulator) = open("quick-tenant").await;
    for tenant in [&slow, &quick] {
        enroll(tenant).await;
    }
    join_all([&slow, &quick].map(|tenant| tenant.until_issued("crm"))).await;
    hanging.otherwise(Behavior::token().delay(Duration::from_mins(1)));
    let names: Vec<_> = (0..MANY).map(|number| format!("crm-{number}")).collect();
    join_all(names.iter().map(|name| slow.apply(name, jwt(&hanging)))).await;
    assert!(hanging.wait_for(WORKERS, SOON).await, "the one from before, and three that hang");
    let stage = &slow.stage;
    wait::until_true(SOON, "most wait for a worker", async || {
        metric(stage, "workqueue_depth") > 30.0
    })
    .await;

    quick.apply("erp", jwt(&simulator)).await;
    quick.until_issued("erp").await;
    assert!(hanging.count() < MANY / 2, "{} of the others were looked at", hanging.count());
    let crowd = shortest_crowd(&hanging);
    assert!(
        crowd.is_none_or(|crowd| crowd.as_secs() >= 5),
        "all workers at once, within {crowd:?}"
    );
    assert!(metric(stage, "active_workers") <= 4.0);
    assert!(metric(stage, "workqueue_queue_duration_seconds_count") > 0.0);

    hanging.otherwise(Behavior::token());
    join_all(names.iter().map(|name| slow.until_issued(name))).await;
}
