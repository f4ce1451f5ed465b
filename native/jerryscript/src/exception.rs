//! What a script threw, as text.

use crate::ffi::{self, Raw};
use core::fmt;

/// A text of at most `N` bytes; longer ones end in `…`.
#[derive(Clone, Copy)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Text<N> {
    /// Makes an empty text.
    pub const fn new() -> Self {
        Text {
            bytes: [0; N],
            length: 0,
        }
    }

    /// Gives the text.
    pub fn as_str(&self) -> &str {
        match core::str::from_utf8(&self.bytes[..self.length]) {
            Ok(text) => text,
            Err(error) => core::str::from_utf8(&self.bytes[..error.valid_up_to()]).unwrap_or(""),
        }
    }

    /// Takes a string value's text; cuts a longer one at a character and marks the cut.
    pub(crate) fn take_string(&mut self, value: Raw) {
        // SAFETY: the buffer is N bytes; the value is a live string.
        let length = unsafe {
            ffi::jerry_string_to_buffer(
                value,
                ffi::ENCODING_UTF8,
                self.bytes.as_mut_ptr(),
                N as u32,
            )
        } as usize;
        self.length = length;
        // SAFETY: a live string.
        if length < unsafe { ffi::jerry_string_size(value, ffi::ENCODING_UTF8) } as usize {
            self.mark_cut();
        }
    }

    /// Ends the text in `…`, which takes the place of its last characters.
    fn mark_cut(&mut self) {
        const MARK: &str = "…";
        let mut end = self.length.min(N.saturating_sub(MARK.len()));
        while end > 0 && self.bytes[end - 1] & 0xc0 == 0x80 {
            end -= 1;
        }
        if end > 0 && self.bytes[end - 1] >= 0xc0 {
            end -= 1;
        }
        if let Some(room) = self.bytes.get_mut(end..end + MARK.len()) {
            room.copy_from_slice(MARK.as_bytes());
            self.length = end + MARK.len();
        }
    }

    fn take_place(&mut self) {
        // SAFETY: the buffer is N bytes.
        self.length = unsafe { ffi::usbnvme_jerry_place(self.bytes.as_mut_ptr(), N) };
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Text::new()
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

/// An exception that left the script.
#[derive(Debug, Clone)]
pub struct Exception {
    /// The thrown value as text, as in `RangeError: too long`.
    pub message: Text<192>,
    /// Where it was thrown: function names, innermost first.
    pub place: Text<96>,
    /// Whether the deadline stopped the script; no `catch` of the script sees that.
    pub stopped: bool,
}

impl Exception {
    /// Takes an exception value and frees it.
    pub(crate) fn take(value: Raw) -> Exception {
        let mut exception = Exception {
            message: Text::new(),
            place: Text::new(),
            stopped: false,
        };
        // SAFETY: `value` is an exception that the caller owns; every value made here is freed here.
        unsafe {
            exception.stopped = ffi::jerry_value_is_abort(value);
            exception.place.take_place();
            let inner = ffi::jerry_exception_value(value, true);
            let text = ffi::jerry_value_to_string(inner);
            if ffi::jerry_value_is_exception(text) {
                let nested = ffi::jerry_exception_value(text, true);
                ffi::jerry_value_free(nested);
            } else {
                exception.message.take_string(text);
                ffi::jerry_value_free(text);
            }
            ffi::jerry_value_free(inner);
        }
        exception
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.message)?;
        if !self.place.as_str().is_empty() {
            write!(formatter, " at {}", self.place)?;
        }
        Ok(())
    }
}
