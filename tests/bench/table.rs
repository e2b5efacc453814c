//! What a run found, printed with what each figure is.

use std::time::Duration;

use crate::crowd::PARALLEL;
use crate::histogram::{fullest_percent, line, number, of_the_second, tenths};
use crate::latency::percentile;
use crate::memory::{Usage, of_each};
use crate::meter::{Measured, Time};

/// What a run found.
pub struct Findings {
    /// The plain client, before the operator's burst and after it.
    pub before: Measured,
    pub after: Measured,
    /// The operator, all due at once.
    pub burst: Measured,
    /// The operator, each due at its own time.
    pub drifting: Measured,
    pub usage: Vec<Usage>,
    /// Resident memory of the ordinary program, with no Connection and with all.
    pub resident: (u64, u64),
    /// From apply to Ready, shortest first.
    pub applied: Vec<Duration>,
}

/// Prints it.
pub fn print(found: &Findings) {
    rates(found);
    processor(found);
    requests("each at its own time", &found.drifting);
    requests("all at once", &found.burst);
    remembered(found);
    println!(
        "\nApply to Ready, {} one by one, the operator idle with 1,000: p50 {:.1} ms, p99 {:.1} ms",
        found.applied.len(),
        milliseconds(percentile(&found.applied, 50)),
        milliseconds(percentile(&found.applied, 99))
    );
}

fn rates(found: &Findings) {
    let (before, after) = (found.before.wave.rate(), found.after.wave.rate());
    let (plain, operator) = (f64::midpoint(before, after), found.burst.wave.rate());
    println!("\nRefreshes per second, 1,000 due at once, {PARALLEL} at a time");
    println!("(from the first token request to the answer of the last status write)");
    println!("  plain client  {plain:6.1}   before the operator {before:.1}, after it {after:.1}");
    println!(
        "  operator      {operator:6.1}   {:.1} % of it (target: 90 %)",
        100.0 * operator / plain
    );
}

/// Printed in addition to the rates, because other load affects it less; caches and clocks are shared
/// all the same.
fn processor(found: &Findings) {
    let each = |measured: &Measured| {
        let Time { client, servers } = measured.time;
        let due = number(measured.wave.due);
        (milliseconds(client) / due, milliseconds(servers) / due)
    };
    let (before, after) = (each(&found.before), each(&found.after));
    let plain = (f64::midpoint(before.0, after.0), f64::midpoint(before.1, after.1));
    println!("\nProcessor time per refresh, user and kernel, ms: client, kube-apiserver with etcd");
    println!("  plain client  {:6.2} {:6.2}", plain.0, plain.1);
    for (name, measured) in
        [("all at once", &found.burst), ("each at its own time", &found.drifting)]
    {
        let operator = each(measured);
        let share = 100.0 * (plain.0 + plain.1) / (operator.0 + operator.1);
        println!(
            "  operator      {:6.2} {:6.2}   {name}: the plain client needs {share:.1} % of it",
            operator.0, operator.1
        );
    }
}

fn requests(name: &str, measured: &Measured) {
    let wave = &measured.wave;
    let second = of_the_second(&wave.requests);
    println!("\n1,000 refreshes, {name}");
    println!("  API requests per refresh: {}", wave.calls_per_refresh());
    println!(
        "  token requests per due Connection: {:.3}, at most {}",
        number(wave.requests.len()) / number(wave.due),
        wave.most
    );
    println!("  token requests in each tenth of a second: {}", line(&tenths(&wave.requests)));
    println!(
        "  by the tenth of the clock's second: {}; the fullest has {:.1} % (even: 10 %)",
        line(&second),
        fullest_percent(&second)
    );
}

fn remembered(found: &Findings) {
    println!("\nMemory (heap: bytes allocated and not freed, counted by the allocator of a");
    println!("process that runs the same operator; each Connection has just been given a token)");
    for one in &found.usage {
        println!(
            "  {:>5} Connections: heap {:.1} MiB, resident {:.1} MiB",
            one.connections,
            mebibytes(one.heap),
            mebibytes(one.resident)
        );
    }
    for pair in found.usage.windows(2) {
        let each = |what: fn(&Usage) -> u64| of_each(pair[0], pair[1], what) / 1024.0;
        println!(
            "  each from {} to {}: heap {:.2} KiB, resident {:.2} KiB (target: 4 KiB)",
            pair[0].connections,
            pair[1].connections,
            each(|item| item.heap),
            each(|item| item.resident)
        );
    }
    let (empty, full) = found.resident;
    println!(
        "  the ordinary program: resident {:.1} MiB with none, {:.1} MiB with 1,000, twice given a token",
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
