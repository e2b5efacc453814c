//! Just enough of Rust's lexer to tell code from comments and text.

#[derive(Debug, PartialEq)]
pub struct Token<'a> {
    pub text: &'a str,
    pub line: usize,
}

/// The words and signs of a source, without comments; a string or a character is a `"`.
pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest, mut line) = (Vec::new(), source, 1);
    while let Some(first) = rest.chars().next() {
        let (length, text) = piece(rest, first);
        let (taken, left) = rest.split_at(length);
        if let Some(text) = text {
            tokens.push(Token { text, line });
        }
        line += taken.matches('\n').count();
        rest = left;
    }
    tokens
}

/// The length of the piece that the source begins with, and what it says, if anything.
fn piece(rest: &str, first: char) -> (usize, Option<&str>) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), None);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), None);
    }
    if let Some(length) = literal(rest) {
        return (length, Some("\""));
    }
    let word = rest.find(|one: char| !(one.is_alphanumeric() || one == '_')).unwrap_or(rest.len());
    match first {
        _ if word > 0 => (word, Some(&rest[..word])),
        ':' if rest.starts_with("::") => (2, Some("::")),
        _ if first.is_whitespace() => (first.len_utf8(), None),
        _ => (first.len_utf8(), Some(&rest[..first.len_utf8()])),
    }
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(found) = rest[at..].find(['/', '*']) {
        at += found;
        match rest.get(at..at + 2) {
            Some("/*") => (depth, at) = (depth + 1, at + 2),
            Some("*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of the string or character that the source begins with; a lifetime is none.
fn literal(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r"].into_iter().find(|prefix| {
        let after = rest.strip_prefix(prefix).map(|one| one.trim_start_matches('#'));
        after.is_some_and(|one| one.starts_with(['"', '\'']))
    });
    let prefix = prefix.unwrap_or_default();
    let body = &rest[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let end = format!("\"{}", "#".repeat(hashes));
        let inside = prefix.len() + hashes + 1;
        return Some(rest[inside..].find(&end).map_or(rest.len(), |at| inside + at + end.len()));
    }
    let mut chars = body.chars();
    match (chars.next()?, chars.next(), chars.next()) {
        ('"', ..) => Some(prefix.len() + closed(body, '"')),
        ('\'', Some('\\'), _) | ('\'', Some(_), Some('\'')) => {
            Some(prefix.len() + closed(body, '\''))
        }
        _ => None,
    }
}

/// The length of what stands between two marks, both among it.
fn closed(body: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, one) in body.char_indices().skip(1) {
        match one {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if one == mark => return at + one.len_utf8(),
            _ => {}
        }
    }
    body.len()
}
