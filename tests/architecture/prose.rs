//! Words that the project does not use, because the field has a plainer or more precise term.
//! `docs/glossary.md` has the terms that it does use.

/// Letters are lower-case; split, so that this file contains none of the words.
const WORDS: [(&str, &str, &str); 1] = [("who", "ever", "anyone who")];

/// Files that quote third parties, or record an earlier version.
const EXEMPT: [&str; 4] = ["LICENSE", "Cargo.lock", "tests/it/upgrade/v", "tests/controlplane/"];

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
