//! Recorded objects, moved to another namespace, time and identity.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// The placeholder of the namespace in a recording.
pub const NAMESPACE: &str = "namespace-of-the-recording";

/// What is further away is no time of the recording, such as the end of a certificate.
const NEAR: SignedDuration = SignedDuration::from_hours(24);

/// As long ago as the recording's last object: some answers were written after it.
const AGO: SignedDuration = SignedDuration::from_mins(1);

/// A recording in this namespace, as if it had been made a minute ago.
pub fn moved(recording: &str, namespace: &str, now: Timestamp) -> Vec<Value> {
    let list: Value = serde_json::from_str(recording).expect("JSON");
    let created = |item: &Value| item["metadata"]["creationTimestamp"].as_str()?.parse().ok();
    let items = list["items"].as_array().expect("a list").iter();
    let made: Timestamp = items.filter_map(created).max().expect("objects have been created");
    let offset = SignedDuration::from_secs((now - AGO).as_second() - made.as_second());
    let text = shifted(&recording.replace(NAMESPACE, namespace), made, offset);
    let mut list: Value = serde_json::from_str(&text).expect("still JSON");
    let mut items: Vec<Value> = list["items"].as_array_mut().expect("a list").drain(..).collect();
    for item in items.iter_mut().filter(|item| item["kind"] == "Secret") {
        for value in item["data"].as_object_mut().into_iter().flat_map(|data| data.values_mut()) {
            let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).expect("base64");
            if let Ok(text) = String::from_utf8(bytes) {
                *value = STANDARD.encode(shifted(&text, made, offset)).into();
            }
        }
    }
    items
}

/// A text in which every time near `made` is moved.
fn shifted(text: &str, made: Timestamp, offset: SignedDuration) -> String {
    let mut moved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let word = rest[at..]
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || "-:.".contains(letter)));
        let end = word.map_or(rest.len(), |length| at + length);
        let (before, word) = (&rest[..at], rest[at..end].trim_end_matches(['.', ':']));
        moved.push_str(before);
        match word.parse::<Timestamp>() {
            Ok(time) if time.duration_since(made).abs() < NEAR => {
                write!(moved, "{}", time + offset).expect("a String takes everything");
            }
            _ => moved.push_str(word),
        }
        rest = &rest[at + word.len()..];
    }
    moved + rest
}

/// The objects with another identity in place of one: uid and version.
pub fn identified(objects: &[Value], old: (&str, &str), new: (&str, &str)) -> Vec<Value> {
    let text = serde_json::to_string(objects).expect("JSON");
    let versions = (format!("{}/{}", old.0, old.1), format!("{}/{}", new.0, new.1));
    let text = text.replace(&versions.0, &versions.1).replace(old.0, new.0);
    serde_json::from_str(&text).expect("still JSON")
}

#[test]
fn only_recent_times_are_shifted() {
    let made = "2026-05-04T09:00:00Z".parse().expect("a time");
    let hour = SignedDuration::from_hours(1);
    for (text, expected) in [
        ("2026-05-04T09:00:00Z", "2026-05-04T10:00:00Z"),
        (
            "{\"at\":\"2026-05-04T09:00:00.123456789Z\"}",
            "{\"at\":\"2026-05-04T10:00:00.123456789Z\"}",
        ),
        ("valid until 2026-05-04T23:30:00Z.", "valid until 2026-05-05T00:30:00Z."),
        ("2027-05-04T09:00:00Z", "2027-05-04T09:00:00Z"),
        ("v1 127.0.0.1:80 1f-2", "v1 127.0.0.1:80 1f-2"),
    ] {
        assert_eq!(shifted(text, made, hour), expected);
    }
}
