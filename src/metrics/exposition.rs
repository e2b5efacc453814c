//! The two text formats that scrapers accept.

use std::borrow::Cow;

/// A text format of metrics.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exposition {
    /// `OpenMetrics` 1.0 (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
    OpenMetrics,
    /// The text format of Prometheus
    /// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
    Prometheus,
}

impl Exposition {
    /// Returns the format that an `Accept` header prefers.
    #[must_use]
    pub fn from_accept(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// Converts from the `OpenMetrics` format to this one.
    pub(super) fn convert(self, text: String) -> String {
        match self {
            Self::OpenMetrics => text,
            Self::Prometheus => to_prometheus(&text),
        }
    }
}

/// Converts to the format of Prometheus. It names a metric as its samples, and has no type `info`, no
/// unit and no end marker.
fn to_prometheus(text: &str) -> String {
    let metric_type = |name: &str| {
        let kind = |line: &str| {
            line.strip_prefix("# TYPE ")?.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned)
        };
        text.lines().find_map(kind).unwrap_or_default()
    };
    let mut lines = String::with_capacity(text.len());
    for line in text.lines() {
        let Some(comment) = line.strip_prefix("# ") else {
            lines.extend([line, "\n"]);
            continue;
        };
        let mut words = comment.splitn(3, ' ');
        let (keyword, name) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let rest = words.next().unwrap_or("");
        let kind = metric_type(name);
        let (name, rest) = match (keyword, kind.as_str()) {
            ("HELP" | "TYPE", "counter") => (Cow::Owned(format!("{name}_total")), rest),
            ("TYPE", "info") => (Cow::Owned(format!("{name}_info")), "gauge"),
            ("HELP", "info") => (Cow::Owned(format!("{name}_info")), rest),
            ("HELP" | "TYPE", _) => (Cow::Borrowed(name), rest),
            _ => continue,
        };
        lines.extend(["# ", keyword, " ", name.as_ref(), " ", rest, "\n"]);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scraper_gets_the_format_that_it_accepts() {
        let open_metrics = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(Exposition::from_accept(open_metrics), Exposition::OpenMetrics);
        for accept in ["", "*/*", "text/plain;version=0.0.4"] {
            assert_eq!(Exposition::from_accept(accept), Exposition::Prometheus, "{accept}");
        }
    }

    #[test]
    fn the_format_of_prometheus_names_metrics_as_their_samples() {
        let open_metrics = "# HELP a_b Things.\n# TYPE a_b counter\na_b_total{c=\"d\"} 1\n\
            # HELP b Build.\n# TYPE b info\nb_info{v=\"1\"} 1\n\
            # HELP t_seconds Time.\n# TYPE t_seconds gauge\n# UNIT t_seconds seconds\nt_seconds 2.0\n# EOF\n";
        let prometheus = "# HELP a_b_total Things.\n# TYPE a_b_total counter\na_b_total{c=\"d\"} 1\n\
            # HELP b_info Build.\n# TYPE b_info gauge\nb_info{v=\"1\"} 1\n\
            # HELP t_seconds Time.\n# TYPE t_seconds gauge\nt_seconds 2.0\n";
        assert_eq!(Exposition::Prometheus.convert(open_metrics.to_owned()), prometheus);
    }
}
