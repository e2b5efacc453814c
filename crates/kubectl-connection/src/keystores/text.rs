//! Keystores for people.

use jiff::Timestamp;

use crate::humanize::{duration, relative};
use crate::keystores::contents::{EntryInfo, KeystoreInfo};
use crate::table;

/// A table of keystores; below it, why some cannot be opened.
pub(super) fn listed(found: &[KeystoreInfo], now: Timestamp) -> String {
    let headings = ["SECRET", "KEY", "FORMAT", "PRIVATE-KEYS", "EXPIRES-IN", "USED-BY"];
    let mut rows = vec![headings.map(str::to_owned)];
    rows.extend(found.iter().map(|one| row(one, now)));
    let problems = found.iter().filter_map(|one| {
        let problem = one.problem.as_ref()?;
        Some(format!("\n{} ({}): {problem}\n", one.secret, one.key))
    });
    let table = table::columns(rows.iter().map(<[String; 6]>::as_slice));
    std::iter::once(table).chain(problems).collect()
}

fn row(found: &KeystoreInfo, now: Timestamp) -> [String; 6] {
    let keys: Vec<_> = found.entries.iter().filter(|one| one.kind == "PrivateKey").collect();
    let named = keys.iter().map(|one| one.alias.clone().unwrap_or_else(|| "(no alias)".to_owned()));
    let first_end = keys.iter().filter_map(|one| one.not_after).min();
    [
        found.secret.clone(),
        found.key.clone(),
        found.format.clone().unwrap_or_else(|| "unknown".to_owned()),
        or_none(&named.collect::<Vec<_>>().join(",")),
        first_end.map_or_else(|| "-".to_owned(), |end| left(end, now)),
        or_none(&found.used_by.join(",")),
    ]
}

fn left(end: Timestamp, now: Timestamp) -> String {
    if end <= now { "expired".to_owned() } else { duration(end.duration_since(now)) }
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// Each keystore with all its entries.
pub(super) fn shown(found: &[KeystoreInfo], now: Timestamp) -> String {
    let one = |found: &KeystoreInfo| {
        let format = found.format.as_deref().unwrap_or("of an unknown format");
        let users = match found.used_by.as_slice() {
            [] => "used by no Connection".to_owned(),
            [only] => format!("used by Connection {only}"),
            several => format!("used by Connections {}", several.join(", ")),
        };
        let heading = format!("{} ({}), {format}, {users}\n", found.secret, found.key);
        match &found.problem {
            Some(problem) => format!("{heading}  ✗ {problem}\n"),
            None => format!("{heading}{}", entries(&found.entries, now)),
        }
    };
    found.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn entries(entries: &[EntryInfo], now: Timestamp) -> String {
    let headings = ["  ALIAS", "ENTRY", "TYPE", "X5T", "X5T#S256", "EXPIRES", "SUBJECT"];
    let mut rows = vec![headings.map(str::to_owned)];
    rows.extend(entries.iter().map(|one| {
        [
            format!("  {}", one.alias.as_deref().unwrap_or("-")),
            one.kind.to_owned(),
            one.key_type.clone().unwrap_or_else(|| "-".to_owned()),
            one.x5t.clone().unwrap_or_else(|| "-".to_owned()),
            one.x5t_s256.clone().unwrap_or_else(|| "-".to_owned()),
            one.not_after.map_or_else(|| "-".to_owned(), |end| relative(end, now)),
            one.subject.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    }));
    let problems = entries.iter().filter_map(|one| {
        let alias = one.alias.as_deref().unwrap_or("(no alias)");
        Some(format!("  ✗ {alias}: {}\n", one.problem.as_ref()?))
    });
    let table = table::columns(rows.iter().map(<[String; 7]>::as_slice));
    std::iter::once(table).chain(problems).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn good() -> KeystoreInfo {
        KeystoreInfo {
            secret: "crm-keystore".to_owned(),
            key: "keystore.p12".to_owned(),
            format: Some("PKCS#12".to_owned()),
            used_by: vec!["crm".to_owned()],
            entries: vec![EntryInfo {
                alias: Some("crm".to_owned()),
                kind: "PrivateKey",
                key_type: Some("RSA-2048".to_owned()),
                x5t: Some("ab".to_owned()),
                x5t_s256: Some("abc".to_owned()),
                subject: Some("CN=crm".to_owned()),
                not_after: Some(now() + SignedDuration::from_hours(40 * 24)),
                problem: None,
            }],
            problem: None,
        }
    }

    fn broken() -> KeystoreInfo {
        KeystoreInfo {
            secret: "old".to_owned(),
            format: None,
            used_by: Vec::new(),
            entries: Vec::new(),
            problem: Some("the store password is wrong".to_owned()),
            ..good()
        }
    }

    #[test]
    fn one_that_cannot_be_opened_says_why_and_hides_no_other() {
        assert_eq!(
            listed(&[good(), broken()], now()),
            "\
SECRET         KEY            FORMAT    PRIVATE-KEYS   EXPIRES-IN   USED-BY
crm-keystore   keystore.p12   PKCS#12   crm            40d          crm
old            keystore.p12   unknown   -              -            -

old (keystore.p12): the store password is wrong
"
        );
    }

    #[test]
    fn a_keystore_is_shown_with_its_entries() {
        assert_eq!(
            shown(&[good(), broken()], now()),
            "\
crm-keystore (keystore.p12), PKCS#12, used by Connection crm
  ALIAS   ENTRY        TYPE       X5T   X5T#S256   EXPIRES   SUBJECT
  crm     PrivateKey   RSA-2048   ab    abc        in 40d    CN=crm

old (keystore.p12), of an unknown format, used by no Connection
  ✗ the store password is wrong
"
        );
    }
}
