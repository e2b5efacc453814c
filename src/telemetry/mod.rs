//! What the operator says of its work: logs, JSON for machines and text for people, and traces where
//! they are asked for. Knows nothing of the work; nothing secret at any level.

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

/// Form of the logs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Starts to write logs to the standard error stream, panics among them, and to collect traces where
/// there are any.
///
/// # Errors
///
/// Returns an error when the filter cannot be read.
pub fn start(
    format: Format,
    filter: &str,
    traces: Option<&TracerHandle>,
) -> Result<(), ParseError> {
    let logs = Registry::default().with(logs(format, filter)?);
    // Not an optional layer: one that is not there would still have every span made.
    match traces {
        Some(traces) => logs.with(traces.layer()).init(),
        None => logs.init(),
    }
    panics::log();
    Ok(())
}

type Logs<S> = Box<dyn Layer<S> + Send + Sync>;

fn logs<S>(format: Format, filter: &str) -> Result<Logs<S>, ParseError>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    // Where an answer of the Kubernetes API cannot be decoded, its client logs the whole of it, be it
    // a Secret.
    let filter = EnvFilter::try_new(filter)?.add_directive("kube_client::client=error".parse()?);
    // Spans are for traces. Where there are none, they are not made.
    let events = filter_fn(is_event).with_max_level_hint(LevelFilter::TRACE);
    let filter = filter.and(events);
    let layer = fmt::layer().with_writer(std::io::stderr);
    Ok(match format {
        Format::Json => layer.json().flatten_event(true).with_filter(filter).boxed(),
        Format::Text => layer.with_filter(filter).boxed(),
    })
}

fn is_event(metadata: &Metadata<'_>) -> bool {
    metadata.is_event()
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// Whether a span is made is remembered for all threads: one subscriber at a time.
    pub(super) static SUBSCRIBER: Mutex<()> = Mutex::new(());

    #[test]
    fn without_traces_no_span_is_made_at_any_level_of_the_logs() {
        let _alone = SUBSCRIBER.lock().unwrap_or_else(PoisonError::into_inner);
        for filter in ["info", "trace"] {
            let logs = Registry::default().with(logs(Format::Json, filter).unwrap());
            tracing::subscriber::with_default(logs, || {
                assert!(tracing::info_span!("step").is_disabled(), "{filter}");
                assert!(tracing::event_enabled!(tracing::Level::INFO), "{filter}");
            });
        }
    }
}
