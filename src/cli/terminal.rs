//! Where the plugin writes to: answers to the standard output, remarks to the standard error.

use std::io::Write;

/// Where the plugin writes to. What cannot be written is lost: nobody reads it any more.
pub struct Terminal<'a> {
    output: &'a mut dyn Write,
    errors: &'a mut dyn Write,
}

impl<'a> Terminal<'a> {
    /// Writes to these two.
    pub fn new(output: &'a mut dyn Write, errors: &'a mut dyn Write) -> Self {
        Self { output, errors }
    }

    /// Writes an answer; a line break is added where its last line has none.
    pub fn answer(&mut self, text: &str) {
        write(self.output, text);
    }

    /// Writes a remark.
    pub fn remark(&mut self, text: &str) {
        write(self.errors, text);
    }
}

fn write(to: &mut dyn Write, text: &str) {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let _ = write!(to, "{text}{end}").and_then(|()| to.flush());
}
