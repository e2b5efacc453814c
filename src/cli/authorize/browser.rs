//! Opens a browser. That it cannot be opened is no failure: the address was printed.

use std::process::{Command, Stdio};

use crate::cli::terminal::Terminal;

/// Opens an address in the person's browser: the one that BROWSER names, else the desktop's.
pub fn show(address: &str, terminal: &mut Terminal<'_>) {
    let named = std::env::var_os("BROWSER").filter(|name| !name.is_empty());
    let opened = match named {
        Some(program) => {
            let mut command = Command::new(program);
            command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().map(|_| ())
        }
        None => open::that_detached(address),
    };
    if opened.is_err() {
        terminal.remark("No browser could be opened: open the address by hand.");
    }
}
