//! Runs a target for the configured time and prints the seed of a failure.

use std::time::Duration;

use connection_core::clock::Stopwatch;
use connection_core::random;

use crate::random::Random;

/// Generous for a debug build on a busy machine; an unbounded input would take hours.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Prints the input if a check panics.
struct Witness<'a> {
    seed: u64,
    input: &'a [u8],
}

impl Drop for Witness<'_> {
    #[expect(clippy::print_stdout, reason = "the test harness shows it for a failed test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("repeat with FUZZ_SEED={}: {}", self.seed, self.input.escape_ascii());
        }
    }
}

/// Runs the check on generated inputs.
#[expect(clippy::print_stdout, reason = "the log must contain the seed")]
pub fn fuzz(name: &str, generate: impl Fn(&mut Random) -> Vec<u8>, check: impl Fn(&[u8])) {
    let number = |variable| std::env::var(variable).ok()?.parse().ok();
    let seed = number("FUZZ_SEED").unwrap_or_else(|| u64::from_le_bytes(random::bytes()));
    let time = Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(5));
    println!("{name}: FUZZ_SEED={seed}");
    let stopwatch = Stopwatch::start();
    let mut runs = 0;
    while runs == 0 || stopwatch.elapsed() < time {
        let seed = seed.wrapping_add(runs);
        let input = generate(&mut Random::new(seed));
        let witness = Witness { seed, input: &input };
        let stopwatch = Stopwatch::start();
        check(&input);
        assert!(stopwatch.elapsed() < TIME_LIMIT, "an input took {:?}", stopwatch.elapsed());
        drop(witness);
        runs += 1;
    }
    println!("{name}: {runs} inputs");
}
