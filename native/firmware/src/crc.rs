//! CRC-32C (Castagnoli), a byte at a time, and CRC-32 (ISO-HDLC), which files need, four at a time.

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
/// Of octets with none, one, two and three others behind them.
static ISO_HDLC: [[u32; 256]; 4] = {
    let first = table(0xedb8_8320);
    let mut tables = [first; 4];
    let mut behind = 1;
    while behind < 4 {
        let mut index = 0;
        while index < 256 {
            let crc = tables[behind - 1][index];
            tables[behind][index] = (crc >> 8) ^ first[(crc & 255) as usize];
            index += 1;
        }
        behind += 1;
    }
    tables
};

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
    let (words, rest) = bytes.as_chunks::<4>();
    let crc = words.iter().fold(!before, |crc, word| {
        let word = crc ^ u32::from_le_bytes(*word);
        ISO_HDLC[3][(word & 255) as usize]
            ^ ISO_HDLC[2][(word >> 8 & 255) as usize]
            ^ ISO_HDLC[1][(word >> 16 & 255) as usize]
            ^ ISO_HDLC[0][(word >> 24) as usize]
    });
    update(&ISO_HDLC[0], !crc, rest)
}
