//! The MX25UW25645G's commands as data, and when a faster way of reading it may be used.
//!
//! # Source
//!
//! Macronix MX25UW25645G data sheet: command set, configuration register 2, reset, AC
//! characteristics.

use crate::FlashError;

/// Over how many lines a command goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// 1-1-1, one-octet instruction.
    Single,
    /// 8-8-8, two-octet instruction: the octet and its complement.
    Octal,
}

/// One command: what is sent before the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// The instruction; two octets in octal mode, the first one in the upper half.
    pub instruction: u16,
    /// The width of all phases.
    pub lines: Lines,
    /// Whether both clock edges count.
    pub both_edges: bool,
    /// Whether a four-octet address follows.
    pub addressed: bool,
    /// Dummy clocks before the data.
    pub dummy_clocks: u8,
}

const fn single(instruction: u16) -> Command {
    Command {
        instruction,
        lines: Lines::Single,
        both_edges: false,
        addressed: false,
        dummy_clocks: 0,
    }
}

const fn octal(instruction: u16, both_edges: bool) -> Command {
    Command {
        instruction,
        lines: Lines::Octal,
        both_edges,
        addressed: false,
        dummy_clocks: 0,
    }
}

/// Capacity in bytes.
pub const FLASH_BYTES: u32 = 32 * 1024 * 1024;
/// Manufacturer, type and density, as RDID answers.
pub const IDENTIFIER: [u8; 3] = [0xc2, 0x81, 0x39];

/// Resets that end in single-line mode whatever mode the part is in, pair by pair.
///
/// A pair of another mode is too short for the part to see a whole instruction: the octal ones
/// come first, and take one or two clocks where single mode counts eight.
pub const RESETS: [[Command; 2]; 3] = [
    [octal(0x6699, true), octal(0x9966, true)],
    [octal(0x6699, false), octal(0x9966, false)],
    [single(0x66), single(0x99)],
];
/// The longest recovery from a reset, of a part that was erasing: tREADY2.
pub const RESET_RECOVERY_MS: u32 = 150;
/// What an idle part needs to recover from a reset.
pub const IDLE_RESET_RECOVERY_US: u32 = 50;
/// The longest that a write of a volatile register may keep the part busy.
pub const REGISTER_WRITE_MS: u32 = 40;

/// RDID in single mode.
pub const READ_ID: Command = single(0x9f);
/// RDSR in single mode; bit 0 is write-in-progress.
pub const READ_STATUS: Command = single(0x05);
/// WREN in single mode.
pub const WRITE_ENABLE: Command = single(0x06);
/// WRCR2 in single mode: address, then one octet.
pub const WRITE_CR2: Command = Command {
    addressed: true,
    ..single(0x72)
};
/// FAST_READ4B: 32-bit address over the whole part, 8 dummy clocks.
pub const FAST_READ: Command = Command {
    addressed: true,
    dummy_clocks: 8,
    ..single(0x0c)
};
/// RDID in octal mode: an address of zero and 4 dummy clocks.
pub const OCTAL_READ_ID: Command = Command {
    addressed: true,
    dummy_clocks: 4,
    ..octal(0x9f60, false)
};
/// 8READ: 20 dummy clocks, which is what CR2 says after a reset.
pub const OCTAL_READ: Command = Command {
    addressed: true,
    dummy_clocks: 20,
    ..octal(0xec13, false)
};
/// Status bit: a write or erase is in progress.
pub const BUSY: u8 = 1;
/// CR2 register that chooses the mode, and its value for octal with one edge (SOPI).
pub const MODE_REGISTER: u32 = 0;
/// SOPI in [`MODE_REGISTER`].
pub const MODE_OCTAL: u8 = 1;

/// Status bit: writing is enabled.
pub const WRITE_ENABLED: u8 = 2;
/// Bits of the security register: the last program or erase failed.
pub const PROGRAM_FAILED: u8 = 0x20;
/// As above.
pub const ERASE_FAILED: u8 = 0x40;
/// What one program command writes at most, and does not cross.
pub const PAGE_BYTES: u32 = 256;
/// What one erase command erases.
pub const BLOCK_BYTES: u32 = 64 * 1024;
/// The longest that a page program keeps the part busy, with room.
pub const PROGRAM_MS: u32 = 10;
/// The longest erase of a block, with room.
pub const BLOCK_ERASE_MS: u32 = 3_000;
/// The longest erase of the whole part, with room.
pub const CHIP_ERASE_MS: u32 = 400_000;

/// The commands that erase, program and read, over the same lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    /// RDID.
    pub read_id: Command,
    /// RDSR.
    pub read_status: Command,
    /// RDSCUR.
    pub read_security: Command,
    /// WREN.
    pub write_enable: Command,
    /// BE4B, 64 KB.
    pub erase_block: Command,
    /// CE.
    pub erase_chip: Command,
    /// PP4B.
    pub program: Command,
    /// A read of the array.
    pub read: Command,
}

/// Over one line.
pub const SINGLE: Ways = Ways {
    read_id: READ_ID,
    read_status: READ_STATUS,
    read_security: single(0x2b),
    write_enable: WRITE_ENABLE,
    erase_block: at(single(0xdc), 0),
    erase_chip: single(0x60),
    program: at(single(0x12), 0),
    read: FAST_READ,
};

/// Over eight lines, at one edge; registers are read with an address and 4 dummy clocks.
pub const OCTAL: Ways = Ways {
    read_id: OCTAL_READ_ID,
    read_status: at(octal(0x05fa, false), 4),
    read_security: at(octal(0x2bd4, false), 4),
    write_enable: octal(0x06f9, false),
    erase_block: at(octal(0xdc23, false), 0),
    erase_chip: octal(0x609f, false),
    program: at(octal(0x12ed, false), 0),
    read: OCTAL_READ,
};

const fn at(command: Command, dummy_clocks: u8) -> Command {
    Command {
        addressed: true,
        dummy_clocks,
        ..command
    }
}

/// A way of reading the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMode {
    /// Name in the log.
    pub name: &'static str,
    /// The command.
    pub read: Command,
    /// Kernel clock divisor, even, so that both halves of a clock are equally long.
    pub divisor: u8,
}

/// The way that is known to work on boards: everything else is measured against it.
pub const BASE_MODE: ReadMode = ReadMode {
    name: "1-bit",
    read: FAST_READ,
    divisor: 4,
};

/// Faster ways, the fastest first.
pub const FASTER_MODES: [ReadMode; 3] = [
    ReadMode {
        name: "octal",
        read: OCTAL_READ,
        divisor: 2,
    },
    ReadMode {
        name: "octal slow",
        read: OCTAL_READ,
        divisor: 4,
    },
    ReadMode {
        name: "1-bit fast",
        read: FAST_READ,
        divisor: 2,
    },
];

/// Whether a sample that a faster way read proves it: the same octets as the known way read, and
/// enough different ones that a silent or stuck bus could not have given them.
#[must_use]
pub fn proves(known: &[u8], faster: &[u8]) -> bool {
    let mut seen = [false; 256];
    known
        .iter()
        .for_each(|octet| seen[usize::from(*octet)] = true);
    known == faster && seen.iter().filter(|seen| **seen).count() >= 8
}

/// Tells from three octets of identification what is wrong with the part, if anything.
///
/// # Errors
///
/// [`FlashError::Silent`] or [`FlashError::WrongPart`].
pub fn check_identifier(octets: [u8; 3]) -> Result<(), FlashError> {
    match octets {
        IDENTIFIER => Ok(()),
        [0, 0, 0] | [0xff, 0xff, 0xff] => Err(FlashError::Silent),
        other => Err(FlashError::WrongPart(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proves_wants_the_same_and_telling_octets() {
        let sample: [u8; 64] = core::array::from_fn(|i| i as u8);
        assert!(proves(&sample, &sample));
        for index in 0..sample.len() {
            let mut other = sample;
            other[index] ^= 1;
            assert!(!proves(&sample, &other), "octet {index}");
        }
        assert!(!proves(&sample, &sample[..63]));
        assert!(!proves(&[0xff; 64], &[0xff; 64]));
        assert!(!proves(&[0; 64], &[0; 64]));
    }

    #[test]
    fn check_identifier_tells_silence_from_another_part() {
        assert_eq!(check_identifier(IDENTIFIER), Ok(()));
        assert_eq!(check_identifier([0; 3]), Err(FlashError::Silent));
        assert_eq!(check_identifier([0xff; 3]), Err(FlashError::Silent));
        assert_eq!(
            check_identifier([0xc2, 0x80, 0x39]),
            Err(FlashError::WrongPart([0xc2, 0x80, 0x39]))
        );
    }

    #[test]
    fn octal_instructions_carry_their_complement() {
        for command in RESETS
            .as_flattened()
            .iter()
            .chain([&OCTAL.read_id, &OCTAL.read_status, &OCTAL.read_security])
            .chain([&OCTAL.write_enable, &OCTAL.erase_block, &OCTAL.erase_chip])
            .chain([&OCTAL.program, &OCTAL.read])
        {
            if command.lines == Lines::Octal {
                assert_eq!(command.instruction >> 8, !command.instruction & 0xff);
            }
        }
    }
}
