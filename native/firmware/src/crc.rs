//! CRC-32C (Castagnoli) and CRC-32 (ISO-HDLC), a byte at a time.

const fn table(polynomial: u32) -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ polynomial
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

static CASTAGNOLI: [u32; 256] = table(0x82f6_3b78);
static ISO_HDLC: [u32; 256] = table(0xedb8_8320);

fn update(table: &[u32; 256], before: u32, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!before, |crc, &byte| {
        (crc >> 8) ^ table[(crc as u8 ^ byte) as usize]
    })
}

/// Computes CRC-32C; initial value and final xor all ones, reflected.
pub fn crc32c(bytes: &[u8]) -> u32 {
    update(&CASTAGNOLI, 0, bytes)
}

/// Goes on computing CRC-32 of what follows on octets whose CRC-32 is `before`; 0 at the start.
pub fn crc32(before: u32, bytes: &[u8]) -> u32 {
    update(&ISO_HDLC, before, bytes)
}
