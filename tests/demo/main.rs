//! The demo: a real API server, a provider and the operator on this machine, for as long as it runs.
#![expect(unreachable_pub, reason = "nothing outside of a test program can use it")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a demo speaks to its user")]

mod example;
mod failure;
mod jks;
mod manifest;
mod pkcs12;
mod play;
mod progress;
mod refreshes;
mod show;
mod stage;

use std::future::Future;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// Runs connection-operator against a real Kubernetes API server on this machine.
#[derive(Debug, Parser)]
#[command(name = "demo")]
struct Arguments {
    /// Exit after the first renewal of each token. Default: run until Ctrl-C
    #[arg(long)]
    once: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let played = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::io("starting the runtime"))
        .and_then(|runtime| runtime.block_on(until_stopped(play::play(arguments.once))));
    match played {
        Err(Failure::Interrupted) if arguments.once => ExitCode::from(130),
        // Without --once an interrupt is how it ends.
        Ok(()) | Err(Failure::Interrupted) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nThe demo failed: {failure}\nEverything that it started is stopped.");
            ExitCode::FAILURE
        }
    }
}

/// Runs until the end or until the user stops it; everything that was started stops with it.
async fn until_stopped(play: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let listen = |kind| signal(kind).map_err(Failure::io("listening for signals"));
    let (mut interrupt, mut terminate, mut hang_up) = (
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
        listen(SignalKind::hangup())?,
    );
    // In a block of its own: when it ends, everything is down.
    let played = {
        let play = std::pin::pin!(play);
        tokio::select! {
            played = play => Some(played),
            () = any(&mut interrupt, &mut terminate, &mut hang_up) => {
                eprintln!("\nStopping …");
                None
            }
        }
    };
    let played = played.unwrap_or(Err(Failure::Interrupted));
    if matches!(played, Ok(()) | Err(Failure::Interrupted)) {
        println!("Everything is stopped, and its files are gone.");
    }
    played
}

async fn any(one: &mut Signal, two: &mut Signal, three: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = two.recv() => {}
        _ = three.recv() => {}
    }
}
