//! Paths that a source file names, found by text: rustfmt keeps a path on one line.

/// A path such as `crate::oauth::pkce`, as segments, with its line.
pub struct Import<'a> {
    pub segments: Vec<&'a str>,
    pub line: usize,
}

/// Paths that begin with `root`, outside of comments.
pub fn imports<'a>(text: &'a str, root: &str) -> Vec<Import<'a>> {
    let prefix = format!("{root}::");
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (at, _) in code.match_indices(&prefix) {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
            if code[..at].ends_with(|letter: char| is_word(letter) || letter == '$') {
                continue;
            }
            let rest = &code[at + prefix.len()..];
            let end = rest.find(|letter: char| !is_word(letter) && letter != ':');
            let path = &rest[..end.unwrap_or(rest.len())];
            let segments = path.split("::").filter(|segment| !segment.is_empty()).collect();
            found.push(Import { segments, line: index + 1 });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn paths_are_found_in_code_and_not_in_comments() {
        let text = "use crate::a::B;\n// crate::c\nfn f() { crate::d::e(); my_crate::f() }";
        let found: Vec<_> = imports(text, "crate")
            .into_iter()
            .map(|import| (import.line, import.segments))
            .collect();
        assert_eq!(found, [(1, vec!["a", "B"]), (3, vec!["d", "e"])]);
    }
}
