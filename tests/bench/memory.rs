//! Memory of the operator by the number of its Connections.

use std::path::Path;
use std::time::Duration;

use connection_core::clock;
use rig::control_plane::ControlPlane;
use rig::operator_process::OperatorProcess;
use rig::scratch::Scratch;
use rig::simulator::Simulator;
use rig::wait;

use crate::crowd::Crowd;
use crate::histogram::number;
use crate::run::operator;
use crate::{Result, counted, proc};

/// How long the heap may take to come to rest.
const LIMIT: Duration = Duration::from_secs(30);

/// Looks that have to agree before the heap is called at rest.
const STEADY_LOOKS: usize = 8;

/// Memory at one number of Connections, bytes.
#[derive(Clone, Copy)]
pub struct Usage {
    pub connections: usize,
    pub heap: u64,
    pub resident: u64,
}

/// Measures an operator whose allocator counts, with 0, `step` and twice `step` Connections that
/// have just been given a token.
pub async fn usage(
    plane: &ControlPlane,
    simulator: &Simulator,
    kubeconfig: &Path,
    (key, step): (&str, usize),
) -> Result<Vec<Usage>> {
    let crowd = Crowd::open(plane, "memory", key, &simulator.token_endpoint()).await?;
    let scratch = Scratch::new("connection-operator-bench-")?;
    let file = scratch.path().join("heap");
    let path = file.display().to_string();
    let env = [(counted::FILE, path.as_str())];
    let operator = operator(&counted::harness()?, crowd.namespace(), kubeconfig, &env).await?;
    let mut all = vec![at_rest(&operator, &file, 0).await?];
    for round in 0..2 {
        let since = clock::now();
        crowd.create(round * step..(round + 1) * step).await?;
        crowd.until_issued((round + 1) * step, since - Duration::from_mins(10)).await?;
        all.push(at_rest(&operator, &file, (round + 1) * step).await?);
    }
    operator.terminate(LIMIT).await?;
    Ok(all)
}

/// Waits until the heap does not change any more by a hundredth.
async fn at_rest(operator: &OperatorProcess, file: &Path, connections: usize) -> Result<Usage> {
    let mut seen = Vec::new();
    let heap = wait::try_until(LIMIT, "the heap to come to rest", async || {
        seen.extend(counted::heap(file));
        let looks = &seen[seen.len().saturating_sub(STEADY_LOOKS)..];
        let (least, most) = (looks.iter().min(), looks.iter().max());
        match (least, most) {
            (Some(least), Some(most))
                if looks.len() == STEADY_LOOKS && most - least <= least / 100 =>
            {
                Ok(*most)
            }
            _ => Err(format!("{looks:?}")),
        }
    });
    Ok(Usage { connections, heap: heap.await?, resident: proc::resident(operator.id())? })
}

/// Bytes of each Connection between two numbers of them.
pub fn of_each(from: Usage, to: Usage, what: fn(&Usage) -> u64) -> f64 {
    let bytes = |usage: &Usage| usize::try_from(what(usage)).unwrap_or_default();
    (number(bytes(&to)) - number(bytes(&from))) / number(to.connections - from.connections)
}
