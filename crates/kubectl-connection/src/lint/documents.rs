//! The documents of a file.

use serde_json::Value;

/// A document of a file.
pub(super) struct Document {
    /// Counted from one.
    pub index: usize,
    /// What it says, or why it cannot be read.
    pub content: Result<Value, String>,
}

/// Splits a file of YAML or JSON into its documents; the items of a list are documents too.
pub(super) fn of(text: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut push = |content| {
        let index = documents.len() + 1;
        documents.push(Document { index, content });
    };
    for part in parts(text) {
        match serde_saphyr::from_str::<Value>(&part) {
            Ok(Value::Null) => {}
            Ok(value) if value["kind"] == "List" || value["kind"] == "ConnectionList" => {
                let items = value["items"].as_array().cloned().unwrap_or_default();
                for item in items {
                    push(Ok(item));
                }
            }
            Ok(value) => push(Ok(value)),
            Err(error) => push(Err(one_line(&error.to_string()))),
        }
    }
    documents
}

/// Each document by itself, so that one that cannot be read hides no other; lines before it are kept
/// empty, so that a parser's line numbers are those of the file.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut current) = (Vec::new(), String::new());
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("---") && line[3..].chars().next().is_none_or(char::is_whitespace) {
            parts.push(std::mem::replace(&mut current, "\n".repeat(number)));
            current.push_str(line[3..].trim_start());
        } else {
            current.push_str(line);
        }
        current.push('\n');
    }
    parts.push(current);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// The first line of what a parser says, which has all but a drawing.
fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    format!("is not valid YAML: {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_documents_and_lists_have_items() {
        let text = "# a comment\n---\nkind: A\n---\nkind: List\nitems:\n  - kind: B\n  - kind: C\n--- # end\n{ \"kind\": \"D\" }\n";
        let kinds: Vec<_> =
            of(text).into_iter().map(|one| one.content.unwrap()["kind"].clone()).collect();
        assert_eq!(kinds, ["A", "B", "C", "D"]);
    }

    #[test]
    fn a_document_that_cannot_be_read_hides_no_other_and_says_its_line() {
        let documents = of("kind: A\n---\nkind: B\nkind: B\n---\nkind: C\n");
        let said = documents[1].content.as_ref().unwrap_err();
        assert!(said.starts_with("is not valid YAML: ") && said.contains('4'), "{said}");
        assert!(documents[0].content.is_ok() && documents[2].content.is_ok());
        assert_eq!(said.lines().count(), 1);
    }
}
