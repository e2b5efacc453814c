//! From apply to Ready, one Connection at a time.

use std::time::Duration;

use connection_core::clock::Stopwatch;
use futures::TryStreamExt as _;
use kube::api::{PostParams, WatchEvent, WatchParams};

use crate::Result;
use crate::crowd::{Crowd, is_ready};

/// How long one may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Creates Connections one after the other; returns how long each took to be Ready, shortest first.
pub async fn apply_to_ready(crowd: &Crowd, count: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for number in 0..count {
        let name = format!("apply-{number:04}");
        let stopwatch = Stopwatch::start();
        let created =
            crowd.connections().create(&PostParams::default(), &crowd.connection(&name)?).await?;
        let params = WatchParams::default().fields(&format!("metadata.name={name}"));
        let version = created.metadata.resource_version.unwrap_or_default();
        let mut events = Box::pin(crowd.connections().watch(&params, &version).await?);
        let ready = async {
            while let Some(event) = events.try_next().await? {
                match event {
                    WatchEvent::Modified(connection) if is_ready(&connection) => break,
                    _ => {}
                }
            }
            Result::Ok(())
        };
        tokio::time::timeout(LIMIT, ready).await.map_err(|_| format!("{name} was not Ready"))??;
        times.push(stopwatch.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

/// The value that a share of the sorted values does not exceed.
pub fn percentile(times: &[Duration], percent: usize) -> Duration {
    let at = (times.len() * percent).div_ceil(100).max(1) - 1;
    times.get(at).copied().unwrap_or_default()
}
