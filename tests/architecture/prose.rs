//! Words that the project does not use, because the field has a plainer or more precise term.
//! `docs/glossary.md` has the terms that it does use.

/// A word in two halves, so that this file contains none of them, and what to write instead.
type Replacement = (&'static str, &'static str, &'static str);

const WORDS: [Replacement; 23] = [
    ("an", "ew", "again"),
    ("behav", "iour", "behavior"),
    ("believ", "ed", "trusted, or cached"),
    ("besi", "de", "next to, or in addition to"),
    ("besi", "des", "in addition to"),
    ("dress", "ed", "labeled, or written"),
    ("dress", "es", "labels, or writes"),
    ("enrol", "ment", "enrollment"),
    ("me", "nd", "fix"),
    ("me", "nded", "fixed"),
    ("me", "nds", "fixes"),
    ("mean", "while", "until then"),
    ("mint", "ed", "requested, or issued"),
    ("mi", "nts", "requests, or issues"),
    ("no", "body", "no user, or none"),
    ("ow", "es", "must"),
    ("sel", "dom", "rarely, or with a slow backoff"),
    ("some", "body", "a user, or another process"),
    ("sta", "nds", "is"),
    ("te", "lls", "reports, or shows"),
    ("to", "ld", "reported, or shown"),
    ("what", "ever", "any"),
    ("who", "ever", "anyone who"),
];

/// Files that quote third parties, or record an earlier version.
const EXEMPT: [&str; 5] =
    ["LICENSE", "Cargo.lock", "tests/controlplane/", "tests/helm/", "tests/it/upgrade/v"];

/// Words of `text` that the list forbids.
pub fn violations(path: &str, text: &str) -> Vec<String> {
    if EXEMPT.iter().any(|exempt| path.starts_with(exempt)) {
        return Vec::new();
    }
    let words = WORDS.map(|(first, second, instead)| ([first, second].concat(), instead));
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.to_lowercase();
        let used: Vec<_> = line.split(|letter: char| !letter.is_alphabetic()).collect();
        for (word, instead) in &words {
            if used.contains(&word.as_str()) {
                found.push(format!(
                    "{path}:{}: write \"{instead}\" instead of \"{word}\"",
                    index + 1
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_word_is_found_as_a_word_only() {
        let (first, second, _) = WORDS[0];
        let text = format!("{first}{second} reads, and fn a_{first}{second}_b()\n{first}{second}s");
        assert_eq!(violations("docs/a.md", &text).len(), 1);
        assert_eq!(violations("LICENSE", &text).len(), 0);
    }
}
