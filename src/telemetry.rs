//! Logs: JSON for machines, text for people; nothing secret at any level.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt;
use tracing_subscriber::util::SubscriberInitExt;

/// Form of the logs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Starts to write logs to the standard error stream.
///
/// # Errors
///
/// Returns an error when the filter cannot be read.
pub fn start(format: Format, filter: &str) -> Result<(), ParseError> {
    // Where an answer of the Kubernetes API cannot be decoded, its client logs the whole of it, be it
    // a Secret.
    let filter = EnvFilter::try_new(filter)?.add_directive("kube_client::client=error".parse()?);
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        Format::Json => builder.json().flatten_event(true).finish().init(),
        Format::Text => builder.finish().init(),
    }
    Ok(())
}
