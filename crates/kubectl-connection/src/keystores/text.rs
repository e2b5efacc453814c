//! The text output of `keystores`.

use jiff::Timestamp;

use crate::humanize::{duration, relative};
use crate::keystores::contents::{EntryInfo, KeystoreInfo};
use crate::table;

const NO_ALIAS: &str = "(no alias)";

/// Renders a table of keystores, followed by the errors of those that cannot be opened.
pub(super) fn list(keystores: &[KeystoreInfo], now: Timestamp) -> String {
    let headings = ["SECRET", "KEY", "FORMAT", "PRIVATE-KEYS", "EXPIRES-IN", "USED-BY"];
    let mut rows = vec![headings.map(str::to_owned)];
    rows.extend(keystores.iter().map(|keystore| row(keystore, now)));
    let problems = keystores.iter().filter_map(|keystore| {
        let problem = keystore.problem.as_ref()?;
        Some(format!("\n{} ({}): {problem}\n", keystore.secret, keystore.key))
    });
    let table = table::columns(rows.iter().map(<[String; 6]>::as_slice));
    std::iter::once(table).chain(problems).collect()
}

fn row(keystore: &KeystoreInfo, now: Timestamp) -> [String; 6] {
    let keys: Vec<_> = keystore.entries.iter().filter(|entry| entry.kind == "PrivateKey").collect();
    let aliases: Vec<_> = keys.iter().map(|key| key.alias.as_deref().unwrap_or(NO_ALIAS)).collect();
    // The certificate that expires first is the first to replace.
    let expiry = keys.iter().filter_map(|key| key.not_after).min();
    [
        keystore.secret.clone(),
        keystore.key.clone(),
        keystore.format.clone().unwrap_or_else(|| "unknown".to_owned()),
        or_dash(&aliases.join(",")),
        expiry.map_or_else(|| "-".to_owned(), |expiry| remaining(expiry, now)),
        or_dash(&keystore.used_by.join(",")),
    ]
}

fn remaining(expiry: Timestamp, now: Timestamp) -> String {
    if expiry <= now { "expired".to_owned() } else { duration(expiry.duration_since(now)) }
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// Renders each keystore with all its entries.
pub(super) fn details(keystores: &[KeystoreInfo], now: Timestamp) -> String {
    let text = |keystore: &KeystoreInfo| {
        let format = keystore.format.as_deref().unwrap_or("unknown format");
        let users = match keystore.used_by.as_slice() {
            [] => "used by no Connection".to_owned(),
            [only] => format!("used by Connection {only}"),
            several => format!("used by Connections {}", several.join(", ")),
        };
        let heading = format!("{} ({}), {format}, {users}\n", keystore.secret, keystore.key);
        match &keystore.problem {
            Some(problem) => format!("{heading}  ✗ {problem}\n"),
            None => format!("{heading}{}", entries(&keystore.entries, now)),
        }
    };
    keystores.iter().map(text).collect::<Vec<_>>().join("\n")
}

fn entries(entries: &[EntryInfo], now: Timestamp) -> String {
    let headings = ["  ALIAS", "ENTRY", "TYPE", "X5T", "X5T#S256", "EXPIRES", "SUBJECT"];
    let mut rows = vec![headings.map(str::to_owned)];
    rows.extend(entries.iter().map(|entry| {
        [
            format!("  {}", entry.alias.as_deref().unwrap_or("-")),
            entry.kind.to_owned(),
            entry.key_type.clone().unwrap_or_else(|| "-".to_owned()),
            entry.x5t.clone().unwrap_or_else(|| "-".to_owned()),
            entry.x5t_s256.clone().unwrap_or_else(|| "-".to_owned()),
            entry.not_after.map_or_else(|| "-".to_owned(), |expiry| relative(expiry, now)),
            entry.subject.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    }));
    let problems = entries.iter().filter_map(|entry| {
        let alias = entry.alias.as_deref().unwrap_or(NO_ALIAS);
        Some(format!("  ✗ {alias}: {}\n", entry.problem.as_ref()?))
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

    fn usable() -> KeystoreInfo {
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

    fn locked() -> KeystoreInfo {
        KeystoreInfo {
            secret: "old".to_owned(),
            format: None,
            used_by: Vec::new(),
            entries: Vec::new(),
            problem: Some("the store password is wrong".to_owned()),
            ..usable()
        }
    }

    #[test]
    fn a_keystore_that_cannot_be_opened_does_not_hide_others() {
        insta::assert_snapshot!(list(&[usable(), locked()], now()), @"
        SECRET         KEY            FORMAT    PRIVATE-KEYS   EXPIRES-IN   USED-BY
        crm-keystore   keystore.p12   PKCS#12   crm            40d          crm
        old            keystore.p12   unknown   -              -            -

        old (keystore.p12): the store password is wrong
        ");
    }

    #[test]
    fn details_list_the_entries_of_each_keystore() {
        let mut weak = usable();
        weak.entries[0].problem = Some("the key is too weak".to_owned());
        weak.used_by.push("erp".to_owned());
        insta::assert_snapshot!(details(&[usable(), locked(), weak], now()), @"
        crm-keystore (keystore.p12), PKCS#12, used by Connection crm
          ALIAS   ENTRY        TYPE       X5T   X5T#S256   EXPIRES   SUBJECT
          crm     PrivateKey   RSA-2048   ab    abc        in 40d    CN=crm

        old (keystore.p12), unknown format, used by no Connection
          ✗ the store password is wrong

        crm-keystore (keystore.p12), PKCS#12, used by Connections crm, erp
          ALIAS   ENTRY        TYPE       X5T   X5T#S256   EXPIRES   SUBJECT
          crm     PrivateKey   RSA-2048   ab    abc        in 40d    CN=crm
          ✗ crm: the key is too weak
        ");
    }
}
