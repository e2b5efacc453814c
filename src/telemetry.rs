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
    let builder = fmt().with_env_filter(EnvFilter::try_new(filter)?).with_writer(std::io::stderr);
    match format {
        Format::Json => builder.json().flatten_event(true).finish().init(),
        Format::Text => builder.finish().init(),
    }
    Ok(())
}
