//! Splits a file into its documents.

use serde_json::Value;

/// A document of a file.
pub(super) struct Document {
    /// The position in the file, starting at 1.
    pub index: usize,
    /// The content, or the error of the parser.
    pub content: Result<Value, String>,
}

/// Parses the documents of a YAML or JSON file. The items of a `List` count as documents.
pub(super) fn parse(text: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut push = |content| {
        let index = documents.len() + 1;
        documents.push(Document { index, content });
    };
    for part in parts(text) {
        match serde_saphyr::from_str::<Value>(&part) {
            // A part that consists of comments parses as null, and kubectl skips it.
            Ok(Value::Null) => {}
            Ok(value) if value["kind"] == "List" || value["kind"] == "ConnectionList" => {
                let items = value["items"].as_array().cloned().unwrap_or_default();
                for item in items {
                    push(Ok(item));
                }
            }
            Ok(value) => push(Ok(value)),
            Err(error) => push(Err(first_line(&error.to_string()))),
        }
    }
    documents
}

/// Splits the text into documents, so that an invalid document does not hide the others. Each part
/// starts with as many empty lines as precede it, so that the parser reports the line of the file.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut current) = (Vec::new(), String::new());
    for (number, line) in text.lines().enumerate() {
        // Ends a document even inside a block scalar (YAML 1.2.2 section 9.1.2).
        if line.starts_with("---") && line[3..].chars().next().is_none_or(char::is_whitespace) {
            parts.push(std::mem::replace(&mut current, "\n".repeat(number)));
            current.push_str(line[3..].trim_start());
        } else {
            current.push_str(line);
        }
        current.push('\n');
    }
    parts.push(current);
    // A file that starts with a marker has an empty first part.
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Returns the first line of a parser error; the rest quotes the input.
fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    format!("invalid YAML: {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_items_of_a_list_are_documents() {
        let text = "# a comment\n---\nkind: A\n---\nkind: List\nitems:\n  - kind: B\n  - kind: C\n--- # end\n{ \"kind\": \"D\" }\n";
        let kinds: Vec<_> = parse(text)
            .into_iter()
            .map(|document| document.content.unwrap()["kind"].clone())
            .collect();
        assert_eq!(kinds, ["A", "B", "C", "D"]);
    }

    #[test]
    fn an_invalid_document_does_not_hide_others_and_its_line_is_reported() {
        let documents = parse("kind: A\n---\nkind: B\nkind: B\n---\nkind: C\n");
        let error = documents[1].content.as_ref().unwrap_err();
        assert!(error.starts_with("invalid YAML: ") && error.contains('4'), "{error}");
        assert!(documents[0].content.is_ok() && documents[2].content.is_ok());
        assert_eq!(error.lines().count(), 1);
    }
}
