//! One run, from nothing to the table.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use connection_core::clock::{self, Stopwatch};
use jiff::Timestamp;
use rig::control_plane::ControlPlane;
use rig::harness::Harness;
use rig::operator_process::OperatorProcess;
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use tokio::runtime::Runtime;

use crate::crowd::{self, Crowd, PARALLEL, group};
use crate::latency::apply_to_ready;
use crate::meter::{Measured, Meter, Who};
use crate::plain::Plain;
use crate::table::{self, Findings};
use crate::{Result, memory, proc};

/// Connections.
const MANY: usize = 1000;

/// Life of the first two tokens of each, seconds: they come due while the benchmark waits for them.
const SHORT: f64 = 60.0;

/// Connections that are applied one by one.
const APPLIED: usize = 200;

const SOON: Duration = Duration::from_secs(30);

/// Starts an operator that watches one namespace.
pub async fn operator(
    harness: &Harness,
    namespace: &str,
    kubeconfig: &Path,
    env: &[(&str, &str)],
) -> Result<OperatorProcess> {
    let parallel = PARALLEL.to_string();
    let arguments =
        ["--allow-loopback", "--namespace", namespace, "--max-concurrent-reconciles", &parallel];
    Ok(harness.start(kubeconfig, &arguments, env).await?.process)
}

/// The servers, the accounts, and the two namespaces: the operator's and the plain client's.
struct Setting {
    began: Stopwatch,
    runtime: Runtime,
    plane: ControlPlane,
    simulator: Simulator,
    key: String,
    accounts: [PathBuf; 2],
    ours: Crowd,
    twins: Crowd,
}

/// Runs the whole benchmark and prints the table.
pub fn run() -> Result<()> {
    let setting = Setting::new()?;
    let operator = setting.operator()?;
    let empty = proc::resident(operator.id())?;
    let drifting = setting.drifting(&operator)?;
    let full = proc::resident(operator.id())?;

    // Stopped in its tracks, the operator finds all of them due at once when it goes on.
    operator.freeze()?;
    let due = setting.runtime.block_on(last_due(&setting.ours))?;
    setting.simulator.otherwise(Behavior::token());
    let mut plain = setting.plain()?;
    let ceiling = |plain: &Plain, when: &str| {
        setting.say(&format!("refreshing the twins by the plain client, {when}"));
        setting.measured(Who::Plain, "plain", || plain.refresh_all())
    };
    setting.say("preparing 1,000 twins for the plain client, and refreshing them once");
    setting.runtime.block_on(plain.prepare(&setting.ours, &setting.twins, MANY))?;
    plain.refresh_all()?;
    let before = ceiling(&plain, "before the operator")?;
    setting.say("waiting until all 1,000 are due while the operator is frozen");
    thread::sleep(Duration::try_from(due.duration_since(clock::now())).unwrap_or_default());
    setting.say("letting the operator go on");
    let burst =
        setting.measured(Who::Process(operator.id()), "operator", || Ok(operator.thaw()?))?;
    let after = ceiling(&plain, "after the operator")?;

    setting.say("applying Connections one by one");
    let applied = setting.runtime.block_on(apply_to_ready(&setting.ours, APPLIED))?;
    setting.runtime.block_on(operator.terminate(SOON))?;
    setting.say("measuring memory with an allocator that counts");
    let usage = memory::usage(
        &setting.plane,
        &setting.simulator,
        &setting.accounts[0],
        (&setting.key, MANY),
    );
    let usage = setting.runtime.block_on(usage)?;
    setting.say("done");
    let resident = (empty, full);
    table::print(&Findings { before, after, burst, drifting, usage, resident, applied });
    Ok(())
}

impl Setting {
    fn new() -> Result<Self> {
        let (began, runtime) = (Stopwatch::start(), Runtime::new()?);
        say(began, "starting etcd, kube-apiserver and the token endpoint");
        let plane = Harness::control_plane().controller_manager(false);
        let plane = runtime.block_on(plane.start())?;
        let simulator = Simulator::start()?;
        simulator.otherwise(Behavior::token().lifetime(SHORT));
        let account = |name| runtime.block_on(Harness::account(&plane, "default", name));
        let accounts = [account("operator")?, account("plain")?];
        let (key, endpoint) = (crowd::signing_key()?, simulator.token_endpoint());
        let open = |name| runtime.block_on(Crowd::open(&plane, name, &key, &endpoint));
        let (ours, twins) = (open("crowd")?, open("twins")?);
        Ok(Self { began, runtime, plane, simulator, key, accounts, ours, twins })
    }

    fn say(&self, what: &str) {
        say(self.began, what);
    }

    fn operator(&self) -> Result<OperatorProcess> {
        let harness = Harness::new()?;
        let started = operator(&harness, self.ours.namespace(), &self.accounts[0], &[]);
        self.runtime.block_on(started)
    }

    fn plain(&self) -> Result<Plain> {
        let how = (self.key.as_str(), self.simulator.token_endpoint());
        Plain::new(&self.plane, &self.twins, &self.accounts[1], (how.0, &how.1))
    }

    /// Creates the Connections and waits until each has been refreshed at its own time.
    fn drifting(&self, operator: &OperatorProcess) -> Result<Measured> {
        self.say("creating 1,000 Connections, whose first tokens live for a minute");
        let since = clock::now();
        self.runtime.block_on(self.ours.create(0..MANY))?;
        self.runtime.block_on(self.ours.until_issued(MANY, since))?;
        self.say("waiting for the refreshes: each Connection at its own time");
        self.measured(Who::Process(operator.id()), "operator", || Ok(()))
    }

    /// Measures one refresh of each, which `begin` sets off.
    fn measured(
        &self,
        who: Who,
        account: &str,
        begin: impl FnOnce() -> Result<()>,
    ) -> Result<Measured> {
        let meter = Meter::start(&self.plane, &self.simulator, account, who)?;
        begin()?;
        self.runtime.block_on(meter.end(MANY))
    }
}

fn say(began: Stopwatch, what: &str) {
    println!("[{:>3} s] {what}", began.elapsed().as_secs());
}

/// When the last of them is due.
async fn last_due(crowd: &Crowd) -> Result<Timestamp> {
    let all = crowd.list().await?;
    let due = all.iter().filter_map(|item| group(item)?.next_refresh_at).max();
    // Times in the status have whole seconds.
    Ok(due.ok_or("no Connection says when it is due")? + Duration::from_secs(1))
}
