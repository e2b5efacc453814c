//! Runs one target for its time and says how to repeat what failed.

use std::time::Duration;

use connection_core::clock::Stopwatch;
use connection_core::random;

use crate::random::Random;

/// Longest that one input may take, in a debug build on a busy machine.
const SLOW: Duration = Duration::from_secs(20);

/// Prints the input when a check panics.
struct Witness<'a> {
    seed: u64,
    input: &'a [u8],
}

impl Drop for Witness<'_> {
    #[expect(clippy::print_stdout, reason = "the harness shows it where the test fails")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("repeat it with FUZZ_SEED={}: {}", self.seed, self.input.escape_ascii());
        }
    }
}

/// Feeds the check with what the generator writes, at first as it is, then changed.
#[expect(clippy::print_stdout, reason = "the seed belongs into the log")]
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
        let one = Stopwatch::start();
        check(&input);
        assert!(one.elapsed() < SLOW, "one input took {:?}", one.elapsed());
        drop(witness);
        runs += 1;
    }
    println!("{name}: {runs} inputs");
}
