//! Steps that show that they live, and how long they took.

use std::future::Future;
use std::io::Write as _;
use std::time::Duration;

use connection_core::clock::Stopwatch;

/// How long a step may be silent.
const SILENCE: Duration = Duration::from_secs(3);

/// Does a step: says what it is, that it goes on, and when it is done.
pub async fn step<T, E>(what: &str, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let stopwatch = Stopwatch::start();
    println!("==> {what}");
    let work = std::pin::pin!(work);
    let done = while_waiting(work, || {
        println!("    still running after {} s", stopwatch.elapsed().as_secs());
    })
    .await?;
    println!("    done in {:.1} s", stopwatch.elapsed().as_secs_f64());
    Ok(done)
}

/// Calls `remind` every few seconds until the work is done.
pub async fn while_waiting<T>(work: impl Future<Output = T>, remind: impl Fn()) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(SILENCE) => {
                remind();
                // Ignore: standard output may be closed.
                let _ = std::io::stdout().flush();
            }
        }
    }
}
