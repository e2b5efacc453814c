//! One run, from nothing to the table.

use std::time::Duration;

use connection_operator::clock::{self, Stopwatch};
use jiff::Timestamp;
use rig::control_plane::ControlPlane;
use rig::operator_process::OperatorProcess;
use rig::simulator::Simulator;
use rig::simulator::behaviour::Behaviour;
use tokio::runtime::Runtime;

use crate::crowd::{self, Crowd, PARALLEL, group};
use crate::histogram::{fullest_percent, line, number, of_the_second, tenths};
use crate::latency::{apply_to_ready, percentile};
use crate::memory::{Usage, of_each};
use crate::plain::{Plain, THREADS};
use crate::wave::{self, Wave};
use crate::{Result, memory, proc};

const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
const ROLE: &str = include_str!("../../charts/connection-operator/files/role.yaml");

/// Connections.
const MANY: usize = 1000;

/// Life of the first two tokens of each, seconds: they come due while the benchmark waits for them.
const SHORT: f64 = 60.0;

/// Connections that are applied one by one.
const APPLIED: usize = 200;

const SOON: Duration = Duration::from_secs(30);

/// The operator's arguments.
pub fn arguments(namespace: &str) -> Vec<String> {
    let concurrency = PARALLEL.to_string();
    [
        "run",
        "--allow-loopback",
        "--health-address",
        "127.0.0.1:0",
        "--namespace",
        namespace,
        "--concurrency",
        &concurrency,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A wave, and what it cost the client that caused it.
struct Measured {
    wave: Wave,
    processor: Duration,
}

/// Runs the whole benchmark and prints the table.
pub fn run() -> Result<()> {
    let began = Stopwatch::start();
    let say = |what: &str| println!("[{:>3} s] {what}", began.elapsed().as_secs());
    let runtime = Runtime::new()?;
    say("starting etcd, kube-apiserver and the token endpoint");
    let plane = ControlPlane::builder().controller_manager(false).crds(CRDS);
    let plane = runtime.block_on(plane.start())?;
    let simulator = Simulator::start()?;
    simulator.otherwise(Behaviour::token().lifetime(SHORT));
    let account = |name| runtime.block_on(plane.service_account("default", name, ROLE));
    let (operator_account, plain_account) = (account("operator")?, account("plain")?);
    let key = crowd::signing_key()?;
    let endpoint = simulator.token_endpoint();
    let open = |name| runtime.block_on(Crowd::open(&plane, name, &key, &endpoint));
    let (ours, twins) = (open("crowd")?, open("twins")?);

    let env = [("KUBECONFIG".to_owned(), operator_account.display().to_string())];
    let binary = OperatorProcess::built_binary()?;
    let operator = OperatorProcess::start(&binary, &arguments(ours.namespace()), &env)?;
    runtime.block_on(operator.find_in_log(SOON, "the health server", |line| {
        line.contains("\"address\":\"").then_some(())
    }))?;
    let empty = proc::resident(operator.id())?;

    say("creating 1,000 Connections, whose first tokens live for a minute");
    let since = clock::now();
    runtime.block_on(ours.create(0..MANY))?;
    runtime.block_on(ours.until_issued(MANY, since))?;
    let look = || wave::start(&plane, &simulator, "operator");
    let (processor, drifting) = (proc::processor(operator.id())?, look()?);
    say("preparing 1,000 twins for the plain client");
    let mut plain = Plain::new(&plane, &twins, &plain_account, (&key, &endpoint))?;
    let prepared = runtime.block_on(plain.prepare(&ours, &twins, MANY));
    prepared?;
    say("waiting for the refreshes: each Connection at its own time");
    let wave = runtime.block_on(drifting.end(MANY))?;
    let drifting = Measured { wave, processor: proc::processor(operator.id())? - processor };
    let full = proc::resident(operator.id())?;

    // Stopped in its tracks, the operator finds all of them due at once when it goes on.
    operator.freeze()?;
    let due = runtime.block_on(last_due(&ours))?;
    simulator.otherwise(Behaviour::token());
    let ceiling = |when: &str| -> Result<Measured> {
        say(&format!("refreshing the twins by the plain client, {when}"));
        let (processor, start) =
            (proc::processor_of_threads(THREADS)?, wave::start(&plane, &simulator, "plain")?);
        plain.refresh_all()?;
        let wave = runtime.block_on(start.end(MANY))?;
        Ok(Measured { wave, processor: proc::processor_of_threads(THREADS)? - processor })
    };
    // The first time warms it up: connections and caches, as the operator's are.
    plain.refresh_all()?;
    let before = ceiling("before the operator")?;
    say("waiting until all 1,000 are due while the operator is frozen");
    std::thread::sleep(Duration::try_from(due.duration_since(clock::now())).unwrap_or_default());
    let (processor, start) = (proc::processor(operator.id())?, look()?);
    operator.thaw()?;
    let wave = runtime.block_on(start.end(MANY))?;
    let burst = Measured { wave, processor: proc::processor(operator.id())? - processor };
    let after = ceiling("after the operator")?;

    say("applying Connections one by one");
    let times = runtime.block_on(apply_to_ready(&ours, APPLIED))?;
    runtime.block_on(operator.terminate(SOON))?;
    say("measuring memory with an allocator that counts");
    let usage = memory::usage(&plane, &simulator, &operator_account, (&key, MANY));
    let usage = runtime.block_on(usage)?;
    say("done\n");
    rates(&before, &burst, &after);
    requests(&drifting, &burst);
    remembered(&usage, (empty, full));
    println!(
        "apply to Ready, {APPLIED} one by one, the operator idle with 1,000: p50 {:.1} ms, p99 {:.1} ms",
        milliseconds(percentile(&times, 50)),
        milliseconds(percentile(&times, 99))
    );
    Ok(())
}

/// When the last of them is due.
async fn last_due(crowd: &Crowd) -> Result<Timestamp> {
    let all = crowd.list().await?;
    let due = all.iter().filter_map(|one| group(one)?.next_refresh_at).max();
    // Times in the status have whole seconds.
    Ok(due.ok_or("no Connection says when it is due")? + Duration::from_secs(1))
}

fn rates(before: &Measured, burst: &Measured, after: &Measured) {
    let ceiling = f64::midpoint(before.wave.rate(), after.wave.rate());
    let rate = burst.wave.rate();
    println!(
        "Refreshes, 1,000 due at once, {PARALLEL} at a time (first token request to last status write):"
    );
    println!(
        "  plain client     {ceiling:6.0} per second ({:.0} before, {:.0} after)",
        before.wave.rate(),
        after.wave.rate()
    );
    println!("  operator         {rate:6.0} per second");
    println!("  ratio            {:6.1} % (target 90 %)", 100.0 * rate / ceiling);
    println!("Processor time per refresh, user and kernel:");
    println!(
        "  plain client     {:6.2} ms",
        milliseconds((before.processor + after.processor) / 2) / number(MANY)
    );
    println!(
        "  operator         {:6.2} ms all at once",
        milliseconds(burst.processor) / number(MANY)
    );
}

fn requests(drifting: &Measured, burst: &Measured) {
    println!(
        "  operator         {:6.2} ms each at its own time",
        milliseconds(drifting.processor) / number(MANY)
    );
    for (name, measured) in [("each at its own time", drifting), ("all at once", burst)] {
        let wave = &measured.wave;
        let folded = of_the_second(&wave.requests);
        println!("1,000 refreshes, {name}:");
        println!("  API requests per refresh: {}", wave.calls_per_refresh());
        println!(
            "  token requests per due Connection: {:.3}, at most {}",
            number(wave.requests.len()) / number(wave.due),
            wave.most
        );
        println!("  token requests in each tenth of a second: {}", line(&tenths(&wave.requests)));
        println!(
            "  by tenth of the wall clock's second: {}; the fullest has {:.1} % (even: 10 %)",
            line(&folded),
            fullest_percent(&folded)
        );
    }
}

fn remembered(usage: &[Usage], (empty, full): (u64, u64)) {
    println!(
        "Memory (heap: bytes that the program asked its allocator for and has not given back; the same program with a counting allocator):"
    );
    for one in usage {
        println!(
            "  {:>5} Connections: heap {:.1} MiB, resident {:.1} MiB",
            one.connections,
            mebibytes(one.heap),
            mebibytes(one.resident)
        );
    }
    for pair in usage.windows(2) {
        println!(
            "  each from {} to {}: heap {:.2} KiB, resident {:.2} KiB (target 4 KiB)",
            pair[0].connections,
            pair[1].connections,
            of_each(pair[0], pair[1], |one| one.heap) / 1024.0,
            of_each(pair[0], pair[1], |one| one.resident) / 1024.0
        );
    }
    println!(
        "  the ordinary program: resident {:.1} MiB with none, {:.1} MiB after 2,000 tokens for 1,000",
        mebibytes(empty),
        mebibytes(full)
    );
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn mebibytes(bytes: u64) -> f64 {
    number(usize::try_from(bytes / 1024).unwrap_or_default()) / 1024.0
}
