//! Who this board is: its chip's unique ID and the UUID and serial number made from it.

use core::fmt;

/// Address of the 96-bit unique ID (RM0477, device electronic signature).
const UNIQUE_ID: *const u32 = 0x08ff_f800 as *const u32;

/// What tells this board from every other one.
pub struct Identity {
    /// Unique ID, 12 bytes in memory order.
    pub unique_id: [u8; 12],
    /// UUID, version 4 form, 16 bytes in RFC 4122 order.
    pub uuid: [u8; 16],
}

impl Identity {
    /// Reads the unique ID of the chip and derives the rest.
    pub fn read() -> Identity {
        let mut unique_id = [0; 12];
        for (index, bytes) in unique_id.chunks_exact_mut(4).enumerate() {
            // SAFETY: three readable words stand there; byte reads are a bus error on this chip.
            let word = unsafe { UNIQUE_ID.add(index).read_volatile() };
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        // HMAC-SHA256 with the unique ID as key: the UUID tells nothing of the ID.
        let mut uuid = [0; 16];
        uuid.copy_from_slice(&hmac_sha256::HMAC::mac(b"deviceid", unique_id)[..16]);
        uuid[6] = uuid[6] & 0x0f | 0x40;
        uuid[8] = uuid[8] & 0x3f | 0x80;
        Identity { unique_id, uuid }
    }

    /// Gives the USB serial number: the first 12 hex digits of the UUID.
    pub fn serial(&self) -> [u8; 12] {
        let mut digits = [0; 12];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.uuid) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        digits
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.uuid.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                formatter.write_str("-")?;
            }
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}
