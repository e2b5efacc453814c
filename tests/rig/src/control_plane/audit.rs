//! The API server's own record of every request.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde::Deserialize;

/// A place in the audit log; events after it are those of requests that ended later.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Mark(u64);

/// One line of the audit log: a request at a stage.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// Who asked, such as `admin` or `system:serviceaccount:namespace:name`.
    pub user: String,
    /// The client's `User-Agent`.
    pub user_agent: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, …
    pub verb: String,
    /// The path and query.
    pub uri: String,
    /// The plural resource, such as `secrets`; empty where a path was asked for.
    pub resource: String,
    /// Such as `status`; empty if there is none.
    pub subresource: String,
    /// Empty for what is cluster-wide.
    pub namespace: String,
    /// Empty for lists and watches, and for a `create` with a generated name.
    pub name: String,
    /// The HTTP status code; 0 if none was sent.
    pub code: u16,
    /// `ResponseComplete`, `ResponseStarted` (a watch that has begun) or `Panic`.
    pub stage: String,
    /// When the request came.
    pub received: jiff::Timestamp,
    /// When this stage was reached.
    pub staged: jiff::Timestamp,
}

impl AuditEvent {
    /// Whether the request is over. A watch has one event when it begins and one when it ends.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.stage == "ResponseComplete"
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    user: User,
    #[serde(default)]
    user_agent: String,
    verb: String,
    #[serde(rename = "requestURI")]
    uri: String,
    #[serde(default)]
    object_ref: ObjectRef,
    #[serde(default)]
    response_status: ResponseStatus,
    stage: String,
    request_received_timestamp: jiff::Timestamp,
    stage_timestamp: jiff::Timestamp,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ObjectRef {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseStatus {
    code: u16,
}

impl From<Line> for AuditEvent {
    fn from(line: Line) -> Self {
        Self {
            user: line.user.username,
            user_agent: line.user_agent,
            verb: line.verb,
            uri: line.uri,
            resource: line.object_ref.resource,
            subresource: line.object_ref.subresource,
            namespace: line.object_ref.namespace,
            name: line.object_ref.name,
            code: line.response_status.code,
            stage: line.stage,
            received: line.request_received_timestamp,
            staged: line.stage_timestamp,
        }
    }
}

/// The end of the log as it is now.
pub(crate) fn end(log: &Path) -> io::Result<Mark> {
    Ok(Mark(log.metadata()?.len()))
}

/// The whole lines after the mark. A line that is still being written is left for the next reader.
pub(crate) fn read(log: &Path, since: Mark) -> io::Result<Vec<AuditEvent>> {
    let mut file = File::open(log)?;
    file.seek(SeekFrom::Start(since.0))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let parse = |line: &str| serde_json::from_str::<Line>(line).map(AuditEvent::from);
    whole.lines().map(|line| parse(line).map_err(io::Error::other)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const LINE: &str = r#"{"kind":"Event","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a/secrets/b",
        "verb":"patch","user":{"username":"admin","groups":["system:masters"]},"userAgent":"kubectl",
        "objectRef":{"resource":"secrets","namespace":"a","name":"b","apiVersion":"v1"},
        "responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2026-05-04T09:41:00.000001Z",
        "stageTimestamp":"2026-05-04T09:41:00.000002Z"}"#;

    #[test]
    fn only_complete_lines_after_the_mark_are_read() {
        let scratch = Scratch::new("rig-audit-").unwrap();
        let log = scratch.path().join("audit.log");
        let line = LINE.replace('\n', "");
        std::fs::write(&log, format!("{line}\n")).unwrap();
        let mark = end(&log).unwrap();
        std::fs::write(&log, format!("{line}\n{line}\n{{\"unfinished\":")).unwrap();

        assert_eq!(read(&log, Mark::default()).unwrap().len(), 2);
        let after = read(&log, mark).unwrap();
        assert_eq!(after.len(), 1);
        let event = &after[0];
        assert_eq!((event.user.as_str(), event.verb.as_str()), ("admin", "patch"));
        assert_eq!((event.resource.as_str(), event.name.as_str()), ("secrets", "b"));
        assert_eq!((event.code, event.subresource.as_str()), (200, ""));
        assert!(event.is_complete());
    }
}
