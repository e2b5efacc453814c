//! What the kernel knows of processes and threads.

use std::fs;
use std::time::Duration;

use crate::Result;

/// Length of the kernel's unit of processor time: `USER_HZ` is 100 on every Linux that is in use.
const TICK: Duration = Duration::from_millis(10);

/// Resident memory of a process, bytes (`VmRSS`).
pub fn resident(process: i32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|rest| rest.split_whitespace().next()).ok_or("no VmRSS")?;
    Ok(kibibytes.parse::<u64>()? * 1024)
}

/// Processor time of a process, in user and kernel.
pub fn processor(process: i32) -> Result<Duration> {
    Ok(parse(&fs::read_to_string(format!("/proc/{process}/stat"))?)?.1)
}

/// Processor time of this process's threads of a name.
pub fn processor_of_threads(name: &str) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in fs::read_dir("/proc/self/task")? {
        // A thread may end while the folder is read.
        let Ok(stat) = fs::read_to_string(thread?.path().join("stat")) else { continue };
        let (thread, time) = parse(&stat)?;
        if thread == name {
            sum += time;
        }
    }
    Ok(sum)
}

/// Name, and user and kernel time (fields 14 and 15; the name ends at the last parenthesis).
fn parse(stat: &str) -> Result<(&str, Duration)> {
    let (head, rest) = stat.rsplit_once(") ").ok_or("an unknown form of stat")?;
    let name = head.split_once('(').ok_or("an unknown form of stat")?.1;
    let mut fields = rest.split(' ').skip(11);
    let mut ticks = || fields.next().and_then(|text| text.parse::<u32>().ok());
    let (user, kernel) = ticks().zip(ticks()).ok_or("an unknown form of stat")?;
    Ok((name, TICK * (user + kernel)))
}
