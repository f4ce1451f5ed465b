//! Lines that come in, over RTT or the serial port.

use crate::script;
use embassy_time::Timer;

/// Puts bytes together to lines.
pub struct Lines {
    bytes: [u8; 200],
    length: usize,
    too_long: bool,
}

impl Lines {
    /// Starts with an empty line.
    pub const fn new() -> Lines {
        Lines {
            bytes: [0; 200],
            length: 0,
            too_long: false,
        }
    }

    /// Takes bytes, and hands each line that they end to the script.
    pub fn push(&mut self, data: &[u8]) {
        for &byte in data {
            if byte == b'\n' || byte == b'\r' {
                self.finish();
            } else if self.length < self.bytes.len() {
                self.bytes[self.length] = byte;
                self.length += 1;
            } else {
                self.too_long = true;
            }
        }
    }

    fn finish(&mut self) {
        let line = &self.bytes[..self.length];
        match core::str::from_utf8(line) {
            _ if self.too_long => crate::warn!("console: a line of more than 200 bytes, dropped"),
            // A terminal that echoes sends our own log back; its lines begin with a digit.
            _ if line.first().is_none_or(u8::is_ascii_digit) => {}
            Ok(text) => script::line(text),
            Err(_) => crate::warn!("console: a line that is not UTF-8, dropped"),
        }
        self.length = 0;
        self.too_long = false;
    }
}

/// Looks for what a probe has written, ten times a second.
#[embassy_executor::task]
pub async fn rtt() {
    let mut lines = Lines::new();
    let mut data = [0; 64];
    loop {
        let count = crate::log::read(&mut data);
        if count > 0 {
            lines.push(&data[..count]);
        } else {
            Timer::after_millis(100).await;
        }
    }
}
