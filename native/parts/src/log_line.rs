//! Lines of the log: a text that is too long for one goes on in further lines, and says so.

use core::fmt::{self, Write};

/// Longest line in bytes, its end included.
pub const LONGEST: usize = 240;
/// Begins the text of every line that goes on with the one before it.
const GOES_ON: &str = "… ";

/// Writes a text as lines that all begin with the same prefix, and never cuts a character.
pub struct LogLine<'a> {
    bytes: [u8; LONGEST],
    length: usize,
    prefix: usize,
    emit: &'a mut dyn FnMut(&[u8]),
}

impl<'a> LogLine<'a> {
    /// Starts a line; `emit` is given each line, its LF included.
    pub fn new(emit: &'a mut dyn FnMut(&[u8])) -> Self {
        LogLine {
            bytes: [0; LONGEST],
            length: 0,
            prefix: 0,
            emit,
        }
    }

    /// Ends the prefix: what was written so far begins every line. One that leaves no room is not repeated.
    pub fn end_prefix(&mut self) {
        self.prefix = if self.length < LONGEST / 2 {
            self.length
        } else {
            0
        };
    }

    /// Ends the text.
    pub fn finish(mut self) {
        self.end_line();
    }

    fn end_line(&mut self) {
        // There is room: a line is ended before its last byte is taken.
        if let Some(end) = self.bytes.get_mut(self.length) {
            *end = b'\n';
            self.length += 1;
        }
        (self.emit)(self.bytes.get(..self.length).unwrap_or_default());
        self.length = self.prefix;
    }

    fn put(&mut self, text: &str) {
        for (to, from) in self.bytes.iter_mut().skip(self.length).zip(text.bytes()) {
            // A line end inside a text would look like a line of its own.
            *to = if from < b' ' { b' ' } else { from };
            self.length += 1;
        }
    }
}

impl Write for LogLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        loop {
            let room = LONGEST - 1 - self.length;
            if rest.len() <= room {
                self.put(rest);
                return Ok(());
            }
            let mut whole = room;
            while !rest.is_char_boundary(whole) {
                whole -= 1;
            }
            let (part, left) = rest.split_at(whole);
            self.put(part);
            self.end_line();
            self.put(GOES_ON);
            rest = left;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a text in pieces of so many characters; gives the lines.
    fn lines(prefix: &str, text: &str, piece: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let mut keep = |bytes: &[u8]| {
            lines.push(String::from_utf8(bytes.to_vec()).expect("whole characters"));
        };
        let mut line = LogLine::new(&mut keep);
        line.write_str(prefix).expect("never fails");
        line.end_prefix();
        let characters: Vec<char> = text.chars().collect();
        for part in characters.chunks(piece) {
            line.write_str(&part.iter().collect::<String>())
                .expect("never fails");
        }
        line.finish();
        lines
    }

    #[test]
    fn log_line_is_prefix_text_and_line_feed() {
        assert_eq!(lines("7 INFO ", "hello", 9), ["7 INFO hello\n"]);
        assert_eq!(lines("7 INFO ", "a\nb\tc", 9), ["7 INFO a b c\n"]);
        assert_eq!(lines("7 INFO ", "", 9), ["7 INFO \n"]);
    }

    #[test]
    fn log_line_fills_lines_to_the_last_byte() {
        let text = "x".repeat(LONGEST - 1 - 7);
        assert_eq!(lines("7 INFO ", &text, 999), [format!("7 INFO {text}\n")]);
        let more = lines("7 INFO ", &format!("{text}y"), 999);
        assert_eq!(
            more,
            [format!("7 INFO {text}\n"), format!("7 INFO {GOES_ON}y\n")]
        );
    }

    #[test]
    fn log_line_cuts_no_character_and_loses_nothing_of_a_long_text() {
        for length in 0..900 {
            let text: String = "añ€😀"
                .chars()
                .cycle()
                .skip(length % 4)
                .take(length)
                .collect();
            let mut joined = String::new();
            for (index, line) in lines("123456 ERROR ", &text, 1 + length % 300)
                .iter()
                .enumerate()
            {
                assert!(line.len() <= LONGEST && line.ends_with('\n'));
                let rest = line[..line.len() - 1].strip_prefix("123456 ERROR ");
                let rest = rest.expect("prefix");
                joined += match index {
                    0 => rest,
                    _ => rest.strip_prefix(GOES_ON).expect("mark"),
                };
            }
            assert_eq!(joined, text);
        }
    }

    #[test]
    fn log_line_does_not_repeat_a_prefix_that_leaves_no_room() {
        let long = lines(&"p".repeat(LONGEST), &"x".repeat(LONGEST), 999);
        assert_eq!(long.len(), 3);
        assert!(long[2].starts_with(GOES_ON));
    }
}
