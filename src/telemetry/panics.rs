//! Logs the location of a panic. Its message is not logged, since it may contain a secret.

use std::panic::{self, PanicHookInfo};

/// Installs the panic hook that logs.
pub(super) fn install_hook() {
    panic::set_hook(Box::new(report));
}

fn report(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(location, "the operator panicked, which is a bug: report this line");
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex, PoisonError};

    use serde_json::Value;
    use tracing_subscriber::fmt;

    use super::*;
    use crate::telemetry::tests::SUBSCRIBER;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_logged_with_its_location_and_without_its_message() {
        let _guard = SUBSCRIBER.lock().unwrap_or_else(PoisonError::into_inner);
        let written = Written::default();
        let writer = written.clone();
        let logs = fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
        let default_hook = panic::take_hook();
        install_hook();
        let panicked = tracing::subscriber::with_default(logs, || {
            panic::catch_unwind(|| panic!("canary of a message")).is_err()
        });
        panic::set_hook(default_hook);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let line: Value = serde_json::from_str(&text).unwrap();
        let location = line["location"].as_str().unwrap();
        assert!(panicked && location.starts_with("src/telemetry/panics.rs:"), "{line}");
        assert_eq!(line["level"], "ERROR");
        assert!(!text.contains("canary"), "{line}");
    }
}
