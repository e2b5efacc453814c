//! A wave of refreshes with the processor time that it took.

use std::time::Duration;

use rig::control_plane::ControlPlane;
use rig::simulator::Simulator;

use crate::plain::THREADS;
use crate::wave::{self, Start, Wave};
use crate::{Result, proc};

/// Who refreshes.
#[derive(Clone, Copy)]
pub enum Who {
    /// The threads of the plain client, in this process.
    Plain,
    /// Another process.
    Process(i32),
}

/// Processor time.
#[derive(Clone, Copy)]
pub struct Time {
    /// Of who refreshes.
    pub client: Duration,
    /// Of kube-apiserver and etcd.
    pub servers: Duration,
}

/// A wave that is over, and the processor time of it.
pub struct Measured {
    pub wave: Wave,
    pub time: Time,
}

/// Measures a wave.
pub struct Meter<'a> {
    plane: &'a ControlPlane,
    who: Who,
    wave: Start<'a>,
    time: Time,
}

impl<'a> Meter<'a> {
    /// Begins to measure.
    pub fn start(
        plane: &'a ControlPlane,
        simulator: &'a Simulator,
        account: &str,
        who: Who,
    ) -> Result<Self> {
        let wave = wave::start(plane, simulator, account)?;
        Ok(Self { plane, who, wave, time: now(plane, who)? })
    }

    /// Waits until so many refreshes are written down.
    pub async fn end(self, due: usize) -> Result<Measured> {
        let wave = self.wave.end(due).await?;
        let now = now(self.plane, self.who)?;
        let time = Time {
            client: now.client.saturating_sub(self.time.client),
            servers: now.servers.saturating_sub(self.time.servers),
        };
        Ok(Measured { wave, time })
    }
}

/// The time that was used until now.
fn now(plane: &ControlPlane, who: Who) -> Result<Time> {
    let client = match who {
        Who::Plain => proc::processor_of_threads(THREADS)?,
        Who::Process(process) => proc::processor(process)?,
    };
    let mut servers = Duration::ZERO;
    for server in [plane.api_server(), plane.etcd()] {
        servers += proc::processor(server.id().ok_or("a server of the control plane is gone")?)?;
    }
    Ok(Time { client, servers })
}
