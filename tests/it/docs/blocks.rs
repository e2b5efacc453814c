//! The fenced blocks of the pages.

use super::links::pages;
use super::path;

/// A fenced block of a page.
pub struct Block {
    /// Below the root, such as `docs/cli.md`.
    pub page: String,
    /// The line of its fence.
    pub line: usize,
    pub language: String,
    /// Without the indentation of the fence.
    pub text: String,
}

/// The blocks of a page's text.
pub fn blocks_in(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Block)> = None;
    for (number, line) in text.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (open.take(), fence) {
            (None, Some(language)) => {
                let margin = line.len() - line.trim_start().len();
                let (page, language) = (page.to_owned(), language.to_owned());
                open =
                    Some((margin, Block { page, line: number + 1, language, text: String::new() }));
            }
            (Some((_, block)), Some(_)) => blocks.push(block),
            (Some((margin, mut block)), None) => {
                block.text.push_str(line.get(margin..).unwrap_or_default());
                block.text.push('\n');
                open = Some((margin, block));
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a block without an end");
    blocks
}

/// The blocks of all pages.
pub fn blocks() -> Vec<Block> {
    let root = path("");
    let all = pages().into_iter().flat_map(|file| {
        let name = file.strip_prefix(&root).expect("a page below the root");
        let text = std::fs::read_to_string(&file).expect("the page can be read");
        let name = name.to_str().expect("a name of letters").trim_start_matches("./");
        // The generated part repeats the blocks of docs/reasons/causes.md.
        let own = text.split("<!-- generated: begin -->").next().unwrap_or_default();
        blocks_in(name, if name == "docs/reasons.md" { own } else { &text })
    });
    all.collect()
}

/// The blocks of a page that are in this language.
pub fn in_language(page: &str, language: &str) -> Vec<String> {
    let blocks = blocks().into_iter();
    let here = blocks.filter(|block| block.page == page && block.language == language);
    here.map(|block| block.text).collect()
}
