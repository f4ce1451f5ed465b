//! CRC-32C (Castagnoli) by four tables, one word at a time.

/// The reflected polynomial 0x1EDC6F41.
const POLYNOMIAL: u32 = 0x82f6_3b78;

static TABLES: [[u32; 256]; 4] = tables();

const fn tables() -> [[u32; 256]; 4] {
    let mut tables = [[0; 256]; 4];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (POLYNOMIAL & (value & 1).wrapping_neg());
            bit += 1;
        }
        tables[0][index] = value;
        index += 1;
    }
    index = 0;
    while index < 256 {
        let mut table = 1;
        while table < 4 {
            let before = tables[table - 1][index];
            tables[table][index] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            table += 1;
        }
        index += 1;
    }
    tables
}

/// A CRC-32C over octets that come in pieces.
///
/// ```
/// let mut crc = xspiloader_core::Crc32c::new();
/// crc.update(b"12345");
/// crc.update(b"6789");
/// assert_eq!(crc.value(), 0xe306_9283);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Crc32c(u32);

impl Default for Crc32c {
    fn default() -> Self {
        Self::new()
    }
}

impl Crc32c {
    /// A CRC over nothing.
    #[must_use]
    pub const fn new() -> Self {
        Crc32c(u32::MAX)
    }

    /// Takes in the next octets.
    pub fn update(&mut self, octets: &[u8]) {
        let mut crc = self.0;
        let (words, rest) = octets.as_chunks::<4>();
        for word in words {
            crc ^= u32::from_le_bytes(*word);
            crc = TABLES[3][(crc & 0xff) as usize]
                ^ TABLES[2][((crc >> 8) & 0xff) as usize]
                ^ TABLES[1][((crc >> 16) & 0xff) as usize]
                ^ TABLES[0][(crc >> 24) as usize];
        }
        for octet in rest {
            crc = (crc >> 8) ^ TABLES[0][((crc ^ u32::from(*octet)) & 0xff) as usize];
        }
        self.0 = crc;
    }

    /// The CRC over all octets so far.
    #[must_use]
    pub const fn value(&self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(octets: &[u8]) -> u32 {
        let mut crc = Crc32c::new();
        crc.update(octets);
        crc.value()
    }

    #[test]
    fn crc32c_matches_published_values() {
        // RFC 3720 B.4.
        assert_eq!(of(b"123456789"), 0xe306_9283);
        assert_eq!(of(&[0; 32]), 0x8a91_36aa);
        assert_eq!(of(&[0xff; 32]), 0x62a8_ab43);
        let up: [u8; 32] = core::array::from_fn(|i| i as u8);
        assert_eq!(of(&up), 0x46dd_794e);
        let down: [u8; 32] = core::array::from_fn(|i| 31 - i as u8);
        assert_eq!(of(&down), 0x113f_db5c);
        assert_eq!(of(&[]), 0);
    }

    #[test]
    fn crc32c_does_not_depend_on_the_pieces() {
        let octets: [u8; 61] = core::array::from_fn(|i| (i * 37) as u8);
        for cut in 0..octets.len() {
            let mut crc = Crc32c::new();
            crc.update(&octets[..cut]);
            crc.update(&octets[cut..]);
            assert_eq!(crc.value(), of(&octets), "cut at {cut}");
        }
    }
}
