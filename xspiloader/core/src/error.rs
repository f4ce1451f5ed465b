//! Every way in which loading can end without a start, each with a number of its own.

use core::fmt;

/// Why the flash cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashError {
    /// The bus gives only zeros or only ones where an identifier should be.
    Silent,
    /// Another part answers; its three identification octets.
    WrongPart([u8; 3]),
    /// The part still says that it is busy after the longest operation of its data sheet.
    Busy,
    /// The controller does not end a transfer.
    Stuck,
}

/// Why an image is not started.
///
/// The tens of [`LoadError::number`] are the class, the units the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadError {
    /// The flash cannot be read.
    Flash(FlashError),
    /// The flash does not begin with the ELF magic; its first word.
    NoImage(u32),
    /// The file is no ARM executable: offset and value of the octet that says so.
    WrongKind {
        /// Offset in the ELF header.
        offset: u32,
        /// What stands there.
        value: u32,
    },
    /// A size in the ELF header differs from the standard: its offset and value.
    HeaderSize {
        /// Offset in the ELF header.
        offset: u32,
        /// What stands there.
        value: u32,
    },
    /// The program headers are too many, or lie outside of the flash.
    ProgramHeaders {
        /// `e_phoff`.
        offset: u32,
        /// `e_phnum`.
        count: u32,
    },
    /// No segment is to be loaded.
    NoSegments,
    /// The segment's sizes make no sense; its index.
    SegmentSize(u8),
    /// The segment's octets end behind the file's end; its index.
    BeyondFile(u8),
    /// The segment does not lie in RAM; its index and address.
    OutsideRam {
        /// Index of the program header.
        segment: u8,
        /// Load address.
        address: u32,
    },
    /// The segment would overwrite the running loader; its index and address.
    LoaderRam {
        /// Index of the program header.
        segment: u8,
        /// Load address.
        address: u32,
    },
    /// Two segments share addresses; their indices.
    Overlap(u8, u8),
    /// No split of the shared RAMs gives what the image needs; bytes that each of them must have.
    SplitConflict {
        /// ITCM, bytes.
        itcm: u32,
        /// SRAM1, bytes.
        sram1: u32,
        /// DTCM, bytes.
        dtcm: u32,
        /// SRAM3, bytes.
        sram3: u32,
    },
    /// The entry lies in no loaded segment.
    EntryOutside(u32),
    /// No segment begins with a vector table that leads to the entry.
    NoVectorTable(u32),
    /// The vector table's address cannot stand in VTOR.
    VectorTableUnaligned(u32),
    /// The initial stack pointer is odd or not in RAM.
    StackOutside(u32),
    /// The integrity note's length is impossible.
    NoteLength(u32),
    /// The file is damaged: the checksum that the note says and the one that was read.
    Checksum {
        /// In the note.
        expected: u32,
        /// Over what was read.
        actual: u32,
    },
    /// The option bytes stay locked after the keys.
    OptionsLocked,
    /// The option bytes' change does not end.
    OptionsBusy,
    /// The flash interface reports a failed change of the option bytes.
    OptionsRefused,
    /// After the reset the split is not what was written; the status register.
    OptionsNotKept(u32),
    /// A CPU fault: program counter, CFSR and the address of the access.
    Fault {
        /// Stacked program counter.
        pc: u32,
        /// Configurable Fault Status Register.
        cfsr: u32,
        /// BusFault Address Register.
        address: u32,
    },
    /// The loader's own assertion failed, at this line.
    Panic(u32),
    /// An exception or interrupt that the loader does not use; its number.
    Unexpected(i16),
}

impl From<FlashError> for LoadError {
    fn from(error: FlashError) -> Self {
        LoadError::Flash(error)
    }
}

impl LoadError {
    /// The error's number: tens are long blinks of the red LED, units are short ones.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            LoadError::Flash(FlashError::Silent) => 11,
            LoadError::Flash(FlashError::WrongPart(_)) => 12,
            LoadError::Flash(FlashError::Busy) => 13,
            LoadError::Flash(FlashError::Stuck) => 14,
            LoadError::NoImage(_) => 21,
            LoadError::WrongKind { .. } => 22,
            LoadError::HeaderSize { .. } => 23,
            LoadError::ProgramHeaders { .. } => 24,
            LoadError::NoSegments => 25,
            LoadError::SegmentSize(_) => 31,
            LoadError::BeyondFile(_) => 32,
            LoadError::OutsideRam { .. } => 33,
            LoadError::LoaderRam { .. } => 34,
            LoadError::Overlap(..) => 35,
            LoadError::SplitConflict { .. } => 36,
            LoadError::EntryOutside(_) => 41,
            LoadError::NoVectorTable(_) => 42,
            LoadError::VectorTableUnaligned(_) => 43,
            LoadError::StackOutside(_) => 44,
            LoadError::NoteLength(_) => 51,
            LoadError::Checksum { .. } => 52,
            LoadError::OptionsLocked => 61,
            LoadError::OptionsBusy => 62,
            LoadError::OptionsRefused => 63,
            LoadError::OptionsNotKept(_) => 64,
            LoadError::Fault { .. } => 71,
            LoadError::Panic(_) => 72,
            LoadError::Unexpected(_) => 73,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self.number() {
            11..=14 => "check the board and its 1.8 V flash supply, then power-cycle",
            21 => "flash an image to 0x70000000: usbnvme flash",
            22..=25 | 31..=33 | 35 | 36 | 41..=44 => {
                "rebuild the image: usbnvme build, then flash it"
            }
            34 => "keep the image's segments out of the loader's RAM",
            51 | 52 => "flash the image again: usbnvme flash",
            61..=64 => "power-cycle; if it stays, set the split with ST's programmer",
            _ => "report it with this line",
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            LoadError::Flash(FlashError::Silent) => f.write_str("flash does not answer"),
            LoadError::Flash(FlashError::WrongPart([a, b, c])) => {
                write!(f, "flash is another part, id {a:02x} {b:02x} {c:02x}")
            }
            LoadError::Flash(FlashError::Busy) => f.write_str("flash stays busy"),
            LoadError::Flash(FlashError::Stuck) => f.write_str("flash transfer does not end"),
            LoadError::NoImage(word) => write!(f, "no image, flash begins with {word:#010x}"),
            LoadError::WrongKind { offset, value } => {
                write!(f, "no ARM executable, {value:#x} at offset {offset:#x}")
            }
            LoadError::HeaderSize { offset, value } => {
                write!(f, "header size {value} at offset {offset:#x}")
            }
            LoadError::ProgramHeaders { offset, count } => {
                write!(f, "{count} program headers at offset {offset:#x}")
            }
            LoadError::NoSegments => f.write_str("no segment to load"),
            LoadError::SegmentSize(index) => write!(f, "segment {index} has impossible sizes"),
            LoadError::BeyondFile(index) => write!(f, "segment {index} ends behind the file"),
            LoadError::OutsideRam { segment, address } => {
                write!(f, "segment {segment} at {address:#010x} is not in RAM")
            }
            LoadError::LoaderRam { segment, address } => {
                write!(
                    f,
                    "segment {segment} at {address:#010x} reaches into the loader's RAM"
                )
            }
            LoadError::Overlap(a, b) => write!(f, "segments {a} and {b} overlap"),
            LoadError::SplitConflict {
                itcm,
                sram1,
                dtcm,
                sram3,
            } => write!(
                f,
                "no RAM split gives ITCM {itcm} SRAM1 {sram1} DTCM {dtcm} SRAM3 {sram3}"
            ),
            LoadError::EntryOutside(entry) => write!(f, "entry {entry:#010x} is in no segment"),
            LoadError::NoVectorTable(entry) => {
                write!(f, "no vector table leads to entry {entry:#010x}")
            }
            LoadError::VectorTableUnaligned(address) => {
                write!(f, "vector table at {address:#010x} is unaligned")
            }
            LoadError::StackOutside(stack) => {
                write!(f, "initial stack pointer {stack:#010x} is not in RAM")
            }
            LoadError::NoteLength(length) => write!(f, "image says it has {length} bytes"),
            LoadError::Checksum { expected, actual } => {
                write!(
                    f,
                    "image damaged, CRC-32C {actual:08x} instead of {expected:08x}"
                )
            }
            LoadError::OptionsLocked => f.write_str("option bytes stay locked"),
            LoadError::OptionsBusy => f.write_str("option bytes' change does not end"),
            LoadError::OptionsRefused => f.write_str("option bytes' change failed"),
            LoadError::OptionsNotKept(word) => {
                write!(f, "option bytes are {word:#010x} after the reset")
            }
            LoadError::Fault { pc, cfsr, address } => {
                write!(
                    f,
                    "fault at pc {pc:#010x}, CFSR {cfsr:#010x}, address {address:#010x}"
                )
            }
            LoadError::Panic(line) => write!(f, "loader panicked at line {line}"),
            LoadError::Unexpected(number) => write!(f, "unexpected exception {number}"),
        }
    }
}
