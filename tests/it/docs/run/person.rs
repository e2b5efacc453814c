//! A person whose browser the plugin opens, and who gives consent there.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use rig::wait;

use super::shell::Shell;
use crate::stage::SOON;
use crate::web::site::{PUBLIC, Site};

/// Makes the shell's browser one that a person sits at. Returns where its address is found.
pub fn browser_of(shell: &mut Shell) -> PathBuf {
    let text = "#!/bin/sh\necho \"$1\" >\"$0.new\" && mv \"$0.new\" \"$HOME/opened\"\n";
    let browser = shell.program("browser", text);
    shell.environment.push(("BROWSER".to_owned(), browser.display().to_string()));
    shell.path("opened")
}

/// Gives consent wherever the browser is opened, for ever.
pub async fn gives_consent(opened: &Path, site: &Site) -> Infallible {
    loop {
        let seen = wait::try_until(SOON, "a browser", async || {
            std::fs::read_to_string(opened).map_err(|error| error.to_string())
        });
        let Ok(address) = seen.await else { continue };
        std::fs::remove_file(opened).expect("it is there");
        let link = address.trim().strip_prefix("https://connect.example.com");
        let link = link.unwrap_or_else(|| panic!("{address} is not below {PUBLIC}"));
        let visitor = site.visitor();
        let back = site.consent(&site.begin(&visitor, link));
        site.follow(&visitor, &back).demand(200, "is authorized");
    }
}
