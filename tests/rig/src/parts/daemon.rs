//! Programs that listen on a given port.

use std::env;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::process::{Process, Program, tail};

/// A program listens within 30 s.
const LOOKS: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(20);
const ATTEMPTS: usize = 3;
/// Below the range from which outgoing connections take theirs.
const FIRST_PORT: u64 = 20_000;
const PORTS: u64 = 12_000;

/// Where servers are installed, in addition to the PATH of users.
const PLACES: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"];

/// Finds a program; `remedy` is what to do if it is missing.
pub(crate) fn find(name: &str, remedy: &str) -> io::Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let places = env::split_paths(&path).chain(PLACES.map(PathBuf::from));
    let mut found = places.map(|place| place.join(name)).filter(|program| program.is_file());
    let missing =
        || io::Error::new(io::ErrorKind::NotFound, format!("no program {name}: {remedy}"));
    found.next().ok_or_else(missing)
}

/// Starts a program on so many free ports and waits until it listens on all of them. Another process
/// may take a port before the program does: then others are tried.
pub(crate) fn start(
    count: usize,
    program: impl Fn(&[u16]) -> io::Result<Program>,
) -> io::Result<(Process, Vec<u16>)> {
    let mut attempt = 1;
    loop {
        let ports = free_ports(count)?;
        let program = program(&ports)?;
        let process = Process::start(&program)?;
        match listening(process, &ports, &program.log) {
            Ok(process) => return Ok((process, ports)),
            Err(error) if attempt == ATTEMPTS || !error.to_string().contains("in use") => {
                return Err(error);
            }
            Err(_) => attempt += 1,
        }
    }
}

fn listening(mut process: Process, ports: &[u16], log: &Path) -> io::Result<Process> {
    let listens = |port: &u16| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let failed = |why| io::Error::other(format!("the program {why}:\n{}", tail(log, 20)));
    for _ in 0..LOOKS {
        if ports.iter().all(listens) {
            return Ok(process);
        }
        if process.exit_status()?.is_some() {
            return Err(failed("ended"));
        }
        thread::sleep(PAUSE);
    }
    Err(failed("does not listen"))
}

fn free_ports(count: usize) -> io::Result<Vec<u16>> {
    let mut held = Vec::new();
    for attempt in 0_u64..1000 {
        if held.len() == count {
            break;
        }
        let offset = RandomState::new().hash_one(attempt) % PORTS;
        let port = u16::try_from(FIRST_PORT + offset).map_err(io::Error::other)?;
        held.extend(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    }
    if held.len() < count {
        return Err(io::Error::other("no free ports between 20000 and 32000"));
    }
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}
