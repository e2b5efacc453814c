//! Where the plugin writes to: answers to the standard output, remarks to the standard error.

use std::io::{self, ErrorKind, Write};

use crate::arguments::OutputFormat;

/// Where the plugin writes to.
pub(crate) struct Terminal<'a> {
    output: &'a mut dyn Write,
    errors: &'a mut dyn Write,
    failed: bool,
}

impl<'a> Terminal<'a> {
    /// Writes to these two.
    pub(crate) fn new(output: &'a mut dyn Write, errors: &'a mut dyn Write) -> Self {
        Self { output, errors, failed: false }
    }

    /// Writes an answer; a line break is added where its last line has none.
    pub(crate) fn answer(&mut self, text: &str) {
        // Whoever has closed the pipe wants no more; that the disk is full is another matter.
        let lost = |error: io::Error| error.kind() != ErrorKind::BrokenPipe;
        self.failed |= write(self.output, text).is_err_and(lost);
    }

    /// Writes a remark. What cannot be written is lost: there is nowhere left to say so.
    pub(crate) fn stderr(&mut self, text: &str) {
        let _ = write(self.errors, text);
    }

    /// Tells a person what to do: beside an answer for programs that is a remark.
    pub(crate) fn prompt(&mut self, form: OutputFormat, text: &str) {
        match form {
            OutputFormat::Json => self.stderr(text),
            OutputFormat::Text => self.answer(text),
        }
    }

    /// Whether an answer did not reach its reader, who cannot tell it from a whole one.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }
}

fn write(to: &mut dyn Write, text: &str) -> io::Result<()> {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    write!(to, "{}{end}", plain(text))?;
    to.flush()
}

/// The text without characters that would tell a terminal to do something: names, messages and
/// subjects are other people's.
fn plain(text: &str) -> String {
    let calm = |one: char| match one {
        '\n' | '\t' => one,
        one if one.is_control() => char::REPLACEMENT_CHARACTER,
        one => one,
    };
    text.chars().map(calm).collect()
}

/// The text in one line, for a place that has one.
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

    /// A place that takes nothing.
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
    fn no_text_tells_the_terminal_to_do_something() {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut terminal = Terminal::new(&mut output, &mut errors);
        terminal.answer("a\tb\u{1b}[2Jc\u{7}\u{9b}d\r");
        terminal.stderr("äé✓\n");
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "a\tb\u{fffd}[2Jc\u{fffd}\u{fffd}d\u{fffd}\n"
        );
        assert_eq!(String::from_utf8(errors).unwrap(), "äé✓\n");
        assert_eq!(one_line(" a\r\n  b\tc\n"), "a b c");
    }

    #[test]
    fn an_answer_that_is_lost_is_a_failure_unless_nobody_reads() {
        for (kind, failed) in [(ErrorKind::BrokenPipe, false), (ErrorKind::StorageFull, true)] {
            let (mut output, mut errors) = (Closed(kind), Vec::new());
            let mut terminal = Terminal::new(&mut output, &mut errors);
            terminal.answer("answer");
            assert_eq!(terminal.has_failed(), failed, "{kind}");
        }
    }
}
