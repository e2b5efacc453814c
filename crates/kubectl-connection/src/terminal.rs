//! Output: results go to standard output, notes and errors to standard error.

use std::io::{self, ErrorKind, Write};

use crate::arguments::OutputFormat;

/// The output streams of the plugin.
pub(crate) struct Terminal<'a> {
    output: &'a mut dyn Write,
    errors: &'a mut dyn Write,
    failed: bool,
}

impl<'a> Terminal<'a> {
    pub(crate) fn new(output: &'a mut dyn Write, errors: &'a mut dyn Write) -> Self {
        Self { output, errors, failed: false }
    }

    /// Writes a result, and a line break if its last line has none.
    pub(crate) fn stdout(&mut self, text: &str) {
        // A reader such as `head` may close the pipe; a full disk is an error.
        let lost = |error: io::Error| error.kind() != ErrorKind::BrokenPipe;
        self.failed |= write(self.output, text).is_err_and(lost);
    }

    /// Writes a note or an error. Ignores a failure: no stream is left to report it.
    pub(crate) fn stderr(&mut self, text: &str) {
        let _ = write(self.errors, text);
    }

    /// Writes instructions for the user. JSON on standard output must stay parseable.
    pub(crate) fn prompt(&mut self, format: OutputFormat, text: &str) {
        match format {
            OutputFormat::Json => self.stderr(text),
            OutputFormat::Text => self.stdout(text),
        }
    }

    /// Returns whether a result could not be written completely.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }
}

fn write(to: &mut dyn Write, text: &str) -> io::Result<()> {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    write!(to, "{}{end}", plain(text))?;
    // Otherwise the error of a buffered write is lost when the process exits.
    to.flush()
}

/// Removes terminal control characters: names, messages and subjects come from other parties.
fn plain(text: &str) -> String {
    let sanitize = |character: char| match character {
        // Not `\r`: it would let a text overwrite the start of its line.
        '\n' | '\t' => character,
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    };
    text.chars().map(sanitize).collect()
}

/// Joins the lines of a text.
pub(crate) fn one_line(text: &str) -> String {
    text.split(['\n', '\r', '\t'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that rejects every write.
    struct Closed(ErrorKind);

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn control_characters_are_replaced() {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut terminal = Terminal::new(&mut output, &mut errors);
        terminal.stdout("a\tb\u{1b}[2Jc\u{7}\u{9b}d\r");
        terminal.stderr("äé✓\n");
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "a\tb\u{fffd}[2Jc\u{fffd}\u{fffd}d\u{fffd}\n"
        );
        assert_eq!(String::from_utf8(errors).unwrap(), "äé✓\n");
        assert_eq!(one_line(" a\r\n  b\tc\n"), "a b c");
    }

    #[test]
    fn a_lost_result_is_a_failure_unless_the_reader_closed_the_pipe() {
        for (kind, failed) in [(ErrorKind::BrokenPipe, false), (ErrorKind::StorageFull, true)] {
            let (mut output, mut errors) = (Closed(kind), Vec::new());
            let mut terminal = Terminal::new(&mut output, &mut errors);
            terminal.stdout("result");
            assert_eq!(terminal.has_failed(), failed, "{kind}");
        }
    }
}
