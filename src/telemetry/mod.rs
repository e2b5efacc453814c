//! Logs, as JSON or text, and traces. Independent of the rest of the operator. No level logs secrets.

mod otlp_http;
mod panics;
mod traces;

pub use traces::{TracerHandle, TracesError};

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, ParseError, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogOutput {
    Json,
    Text,
}

/// Starts logging to stderr, including panics, and tracing if `traces` is set.
///
/// # Errors
///
/// Returns an error if the filter is invalid.
pub fn start(
    format: LogOutput,
    filter: &str,
    traces: Option<&TracerHandle>,
) -> Result<(), ParseError> {
    let logs = Registry::default().with(logs(format, filter)?);
    // Not an optional layer: it would still create every span.
    match traces {
        Some(traces) => logs.with(traces.layer()).init(),
        None => logs.init(),
    }
    // Install the hook after the subscriber, through which it logs.
    panics::install_hook();
    Ok(())
}

type Logs<S> = Box<dyn Layer<S> + Send + Sync>;

fn logs<S>(format: LogOutput, filter: &str) -> Result<Logs<S>, ParseError>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    // kube logs a response that it cannot decode, even a Secret, at a lower level than error.
    let filter = EnvFilter::try_new(filter)?.add_directive("kube_client::client=error".parse()?);
    // Spans are only for traces: do not create them for logs.
    // Without a hint, the combined filter has none either, and no level is skipped early.
    let events = filter_fn(is_event).with_max_level_hint(LevelFilter::TRACE);
    let filter = filter.and(events);
    let layer = fmt::layer().with_writer(std::io::stderr);
    Ok(match format {
        LogOutput::Json => layer.json().flatten_event(true).with_filter(filter).boxed(),
        LogOutput::Text => layer.with_filter(filter).boxed(),
    })
}

fn is_event(metadata: &Metadata<'_>) -> bool {
    metadata.is_event()
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// `tracing` caches for all threads if a span is enabled, so that tests use one subscriber at a
    /// time.
    pub(super) static SUBSCRIBER: Mutex<()> = Mutex::new(());

    #[test]
    fn without_traces_no_span_is_created_at_any_log_level() {
        let _guard = SUBSCRIBER.lock().unwrap_or_else(PoisonError::into_inner);
        for filter in ["info", "trace"] {
            let logs = Registry::default().with(logs(LogOutput::Json, filter).unwrap());
            tracing::subscriber::with_default(logs, || {
                assert!(tracing::info_span!("step").is_disabled(), "{filter}");
                assert!(tracing::event_enabled!(tracing::Level::INFO), "{filter}");
            });
        }
    }
}
