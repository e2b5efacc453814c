use std::time::Duration;

use super::*;
use crate::scratch::Scratch;
use crate::wait;

const LIMIT: Duration = Duration::from_secs(10);

fn shell(scratch: &Scratch, script: &str) -> Program {
    Program {
        path: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        env: vec![("GREETING".into(), "hello".into())],
        log: scratch.path().join("log"),
    }
}

/// Whether a process is there and not merely waiting for its parent to notice its end.
fn alive(id: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

async fn wait_gone(id: i32) {
    wait::until_true(LIMIT, "the process to be gone", async || !alive(id)).await;
}

#[tokio::test]
async fn output_errors_and_status_are_kept() {
    let scratch = Scratch::new("rig-process-").unwrap();
    let program = shell(&scratch, "echo \"$GREETING\"; echo oops >&2; exit 3");
    let mut process = Process::start(&program).unwrap();
    let status = wait::until(LIMIT, "the end", async || {
        process.exit_status().unwrap().ok_or_else(|| "running".to_owned())
    });
    assert_eq!(status.await.code(), Some(3));
    assert_eq!(tail(&program.log, 10), "hello\noops");
    assert!(process.freeze().is_err());
}

#[tokio::test]
async fn dropping_kills_the_program_and_its_children() {
    let scratch = Scratch::new("rig-process-").unwrap();
    let program = shell(&scratch, "sleep 600 & echo $!; wait");
    let process = Process::start(&program).unwrap();
    let grandchild = wait::until(LIMIT, "the id of the grandchild", async || {
        tail(&program.log, 1).parse::<i32>().map_err(|error| error.to_string())
    });
    let grandchild = grandchild.await;
    let child = process.id();
    assert!(alive(child) && alive(grandchild));
    drop(process);
    wait_gone(child).await;
    wait_gone(grandchild).await;
}

#[tokio::test]
async fn a_frozen_program_uses_no_cpu_time() {
    let scratch = Scratch::new("rig-process-").unwrap();
    let mut process = Process::start(&shell(&scratch, "while :; do :; done")).unwrap();
    for _ in 0..200 {
        process.freeze().unwrap();
        assert!(is_stopped(process.id()).unwrap());
        process.thaw().unwrap();
    }
}

#[tokio::test]
async fn dropping_kills_a_frozen_program() {
    let scratch = Scratch::new("rig-process-").unwrap();
    let mut process = Process::start(&shell(&scratch, "exec sleep 600")).unwrap();
    let child = process.id();
    process.freeze().unwrap();
    process.kill();
    wait_gone(child).await;
}

#[tokio::test]
async fn a_program_handles_sigterm_itself() {
    let scratch = Scratch::new("rig-process-").unwrap();
    let script = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done";
    let program = shell(&scratch, script);
    let mut process = Process::start(&program).unwrap();
    wait::until_true(LIMIT, "the trap", async || tail(&program.log, 1) == "ready").await;
    process.ask_to_end().unwrap();
    let status = wait::until(LIMIT, "the end", async || {
        process.exit_status().unwrap().ok_or_else(|| "running".to_owned())
    });
    assert_eq!(status.await.code(), Some(7));
}

#[tokio::test]
async fn programs_are_killed_when_their_owner_dies() {
    let scratch = Scratch::new("rig-process-").unwrap();
    let log = scratch.path().join("inner");
    let marker = scratch.path().join("folder");
    // This very test binary is the owner that is killed: it runs the ignored test below.
    let owner = Program {
        path: std::env::current_exe().unwrap(),
        args: ["--ignored", "--exact", "process::tests::owner_to_be_killed"]
            .map(str::to_owned)
            .to_vec(),
        env: vec![
            ("RIG_INNER_LOG".into(), log.display().to_string()),
            ("RIG_INNER_FOLDER".into(), marker.display().to_string()),
        ],
        log: scratch.path().join("owner"),
    };
    let owner = Process::start(&owner).unwrap();
    let child = wait::until(LIMIT, "the child of the owner", async || {
        tail(&log, 1).parse::<i32>().map_err(|error| error.to_string())
    });
    let child = child.await;
    let folder = wait::until(LIMIT, "the folder of the owner", async || {
        fs::read_to_string(&marker).map_err(|error| error.to_string())
    });
    let folder = PathBuf::from(folder.await);
    assert!(alive(child) && folder.exists());
    // SIGKILL to the owner alone: what is under it is in other process groups.
    rustix::process::kill_process(owner.child, Signal::KILL).unwrap();
    wait_gone(child).await;
    wait::until_true(LIMIT, "the folder to be gone", async || !folder.exists()).await;
}

#[test]
#[ignore = "run by the test above, in a process of its own"]
fn owner_to_be_killed() {
    let (Ok(log), Ok(folder)) = (std::env::var("RIG_INNER_LOG"), std::env::var("RIG_INNER_FOLDER"))
    else {
        return;
    };
    let scratch = Scratch::new("rig-owner-").unwrap();
    let program = Program {
        path: "/bin/sh".into(),
        args: vec!["-c".into(), "echo $$; exec sleep 600".into()],
        env: Vec::new(),
        log: log.into(),
    };
    let _process = Process::start(&program).unwrap();
    fs::write(folder, scratch.path().display().to_string()).unwrap();
    loop {
        thread::park();
    }
}
