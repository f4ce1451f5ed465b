//! Decimal text to binary64, correctly rounded, small: the standard library's way costs 14 KB of tables and code.

/// Digits that decide how the nearest binary64 is rounded: 767 (the longest halfway point), and one.
const MOST: usize = 768;
/// Digits that one shift adds at most: 2^27 has 9.
const GROWTH: usize = 9;
/// Bits of one shift: a digit and a carry of ten times as many bits stay in 32 bits.
const SHIFT: u32 = 27;
/// Powers of ten that a binary64 holds exactly.
const EXACT: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// A number 0.d1d2… × 10^point, d1 not 0.
struct Decimal {
    digits: [u8; MOST + GROWTH],
    count: usize,
    point: i32,
    /// Digits that are not 0 follow.
    more: bool,
}

impl Decimal {
    fn push(&mut self, digit: u8) {
        if self.count < MOST {
            self.digits[self.count] = digit;
            self.count += 1;
        } else {
            self.more |= digit != 0;
        }
    }

    fn trim(&mut self) {
        while self.count > 0 && self.digits[self.count - 1] == 0 {
            self.count -= 1;
        }
    }

    /// Divides by 2^`bits`, at most [`SHIFT`].
    fn right(&mut self, bits: u32) {
        let (mut rest, mut at, old) = (0u64, 0, self.count);
        // Digits until the first one of the quotient.
        while rest >> bits == 0 {
            let digit = if at < old { self.digits[at] } else { 0 };
            rest = rest * 10 + u64::from(digit);
            at += 1;
        }
        self.point -= at as i32 - 1;
        let mask = (1 << bits) - 1;
        self.count = 0;
        while at < old || rest != 0 {
            // Written behind what has been read: `count` < `at`.
            self.push((rest >> bits) as u8);
            rest = (rest & mask) * 10;
            if at < old {
                rest += u64::from(self.digits[at]);
                at += 1;
            }
        }
        self.trim();
    }

    /// Multiplies by 2^`bits`, at most [`SHIFT`].
    fn left(&mut self, bits: u32) {
        let mut carry = 0u64;
        for digit in self.digits[..self.count].iter_mut().rev() {
            carry += u64::from(*digit) << bits;
            *digit = (carry % 10) as u8;
            carry /= 10;
        }
        let mut new = [0u8; GROWTH];
        let mut start = GROWTH;
        while carry != 0 {
            start -= 1;
            new[start] = (carry % 10) as u8;
            carry /= 10;
        }
        let added = GROWTH - start;
        self.digits.copy_within(..self.count, added);
        self.digits[..added].copy_from_slice(&new[start..]);
        self.count += added;
        self.point += added as i32;
        while self.count > MOST {
            self.count -= 1;
            self.more |= self.digits[self.count] != 0;
        }
        self.trim();
    }

    /// Gives the nearest integer, the even one of two; `point` is at most 16.
    fn round(&self) -> u64 {
        let whole = self.point.max(0) as usize;
        let digit = |at: usize| u64::from(if at < self.count { self.digits[at] } else { 0 });
        let integer = (0..whole).fold(0, |sum, at| sum * 10 + digit(at));
        if self.point < 0 || self.count <= whole {
            return integer;
        }
        let half = digit(whole) == 5 && self.count == whole + 1 && !self.more;
        let up = if half {
            integer & 1 == 1
        } else {
            digit(whole) >= 5
        };
        integer + u64::from(up)
    }

    /// Gives the nearest binary64 (IEEE 754-2008, 4.3.1, ties to even).
    fn number(mut self) -> f64 {
        if self.count == 0 || self.point < -330 {
            return 0.0;
        }
        if self.point > 310 {
            return f64::INFINITY;
        }
        // Into 0.5 to 1, times 2^power.
        let mut power = 0i32;
        while self.point > 0 {
            let bits = if self.point > 8 { SHIFT } else { 3 };
            let bits = if self.point == 1 && self.digits[0] < 8 {
                1
            } else {
                bits
            };
            self.right(bits);
            power += bits as i32;
        }
        while self.point < 0 || self.digits[0] < 5 {
            let bits = if self.point < -8 { SHIFT } else { 1 };
            self.left(bits);
            power -= bits as i32;
        }
        // Below the smallest normal number there are fewer bits.
        while power < -1021 {
            let bits = SHIFT.min((-1021 - power) as u32);
            self.right(bits);
            power += bits as i32;
        }
        self.left(SHIFT);
        self.left(53 - SHIFT);
        let mut bits = self.round();
        if bits == 1 << 53 {
            bits >>= 1;
            power += 1;
        }
        if power > 1024 {
            return f64::INFINITY;
        }
        let exponent = if bits >> 52 == 0 { 0 } else { power + 1022 };
        f64::from_bits(bits & ((1 << 52) - 1) | (exponent as u64) << 52)
    }
}

/// Reads a decimal literal without its sign.
///
/// Shape: ASCII digits, `_` between them, at most one point, an exponent after `e` or `E`; whatever else comes ends it.
pub(crate) fn parse(text: &[u8]) -> f64 {
    // Most literals are short and whole.
    if text.len() <= 15 && text.iter().all(u8::is_ascii_digit) {
        let digit = |byte: &u8| u64::from(byte - b'0');
        return text.iter().fold(0, |sum, byte| sum * 10 + digit(byte)) as f64;
    }
    long(text)
}

#[inline(never)]
fn long(text: &[u8]) -> f64 {
    let mut decimal = Decimal {
        digits: [0; MOST + GROWTH],
        count: 0,
        point: 0,
        more: false,
    };
    let (mut small, mut started, mut fraction) = (0u64, false, false);
    let mut seen = 0u32;
    let mut bytes = text.iter().copied();
    let mut exponent = 0i32;
    for byte in bytes.by_ref() {
        match byte {
            b'0'..=b'9' => {
                started |= byte != b'0';
                if started {
                    decimal.push(byte - b'0');
                    seen += 1;
                    if seen <= 15 {
                        small = small * 10 + u64::from(byte - b'0');
                    }
                }
                decimal.point += i32::from(started && !fraction) - i32::from(!started && fraction);
            }
            b'.' => fraction = true,
            b'_' => {}
            _ => break,
        }
    }
    let mut negative = false;
    for byte in bytes {
        match byte {
            b'-' => negative = true,
            b'0'..=b'9' => exponent = (exponent * 10 + i32::from(byte - b'0')).min(99_999),
            _ => {}
        }
    }
    decimal.point = decimal
        .point
        .saturating_add(if negative { -exponent } else { exponent });
    let scale = decimal.point - seen as i32;
    if seen <= 15 && scale.unsigned_abs() <= 22 {
        // Both are exact, so one operation rounds once.
        let power = EXACT[scale.unsigned_abs() as usize];
        return if scale < 0 {
            small as f64 / power
        } else {
            small as f64 * power
        };
    }
    decimal.trim();
    decimal.number()
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn same(text: &str) {
        let wanted: f64 = text.parse().expect("a number");
        let got = parse(text.as_bytes());
        assert_eq!(
            got.to_bits(),
            wanted.to_bits(),
            "{text}: {got:e}, not {wanted:e}"
        );
    }

    #[test]
    fn parse_rounds_as_the_standard_library_at_every_border() {
        for text in [
            "0",
            "0.0",
            "0e99",
            ".5",
            "5.",
            "1e22",
            "1e23",
            "123456789012345678",
            "9007199254740993",
            "9007199254740992.9999999999999999999",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "5e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "1e-400",
            "1e99999",
            "1E+5",
            "1e-5",
            "0.000000000000000000000000000000000000000000001",
            "179769313486231580793e289",
            "8.5",
            "0.5",
            "7e0",
        ] {
            same(text);
        }
        same(&format!("1{}", "0".repeat(1000)));
        same(&format!("0.{}1", "0".repeat(320)));
        // Halfway between two, and a digit far behind that decides.
        let half = "2.4703282292062327208299177190139602217652991";
        same(&format!("{half}e-324"));
        let halfway = "9007199254740993";
        same(&format!("{halfway}.{}1", "0".repeat(900)));
        same(&format!("{halfway}.{}", "0".repeat(900)));
        assert_eq!(parse(b"1_000_000.5"), 1_000_000.5);
    }

    #[test]
    fn parse_rounds_as_the_standard_library_for_random_numbers() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..4_000 {
            let number = f64::from_bits(next() & !(1 << 63));
            if number.is_finite() {
                same(&format!("{number:e}"));
                same(&format!("{number:.30e}"));
            }
            // Digits of any length anywhere, and exact halfway points between two neighbours.
            same(&format!("{}.{}e{}", next(), next(), next() as i64 % 330));
            same(&format!(
                "{}e{}",
                next() >> (next() & 63),
                next() as i64 % 40
            ));
            let odd = (next() >> 10 | 1 << 53) | 1;
            same(&format!("{}", u128::from(odd) << (next() & 63)));
        }
    }
}
