//! Text to number and back for the engine: correctly rounded, and the same on every machine.

use core::fmt::Write;

/// A fixed buffer to format into; what does not fit is an error.
struct Digits {
    bytes: [u8; 40],
    length: usize,
}

impl Write for Digits {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.length + text.len();
        self.bytes
            .get_mut(self.length..end)
            .ok_or(core::fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// Reads a decimal literal without its sign; see [`crate::decimal::parse`]. The engine has checked the form.
///
/// # Safety
///
/// `text` points to `size` readable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn usbnvme_parse_number(text: *const u8, size: usize) -> f64 {
    // SAFETY: the caller's promise.
    crate::decimal::parse(unsafe { core::slice::from_raw_parts(text, size) })
}

/// Writes the shortest decimal digits that read back as `number`, which is finite and above 0.
///
/// Shape: returns k digits at `digits` (at most 17) and n at `exponent` so that number = 0.d1…dk × 10^n.
/// Source: ECMA-262, Number::toString, steps for k, n and s.
///
/// # Safety
///
/// `digits` points to 20 writable bytes, `exponent` to an i32.
#[unsafe(no_mangle)]
unsafe extern "C" fn usbnvme_number_digits(
    number: f64,
    digits: *mut u8,
    exponent: *mut i32,
) -> u32 {
    let mut text = Digits {
        bytes: [0; 40],
        length: 0,
    };
    let _ = write!(text, "{number:e}");
    let text = &text.bytes[..text.length];
    let end = text
        .iter()
        .position(|&byte| byte == b'e')
        .unwrap_or(text.len());
    let power: i32 = core::str::from_utf8(text.get(end + 1..).unwrap_or(&[]))
        .ok()
        .and_then(|power| power.parse().ok())
        .unwrap_or(0);
    let mut count = 0;
    for &byte in text[..end].iter().filter(|byte| byte.is_ascii_digit()) {
        // SAFETY: a binary64 has at most 17 shortest digits, and the caller gives room for 20.
        unsafe { digits.add(count).write(byte) };
        count += 1;
    }
    // SAFETY: the caller's promise.
    unsafe { exponent.write(power + 1) };
    count as u32
}
