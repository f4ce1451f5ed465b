//! The ELF header, the program headers and the integrity note.

use crate::LoadError;

/// Where an image is read from.
pub trait Image {
    /// Fills `octets` with what stands from `offset` on.
    ///
    /// # Errors
    ///
    /// [`LoadError::Flash`] when the flash does not give them.
    fn read(&mut self, offset: u32, octets: &mut [u8]) -> Result<(), LoadError>;

    /// How many octets can be read at all.
    fn capacity(&self) -> u32;
}

/// Length of an ELF header.
pub const HEADER_BYTES: u32 = 52;
/// Length of a program header.
pub const PROGRAM_HEADER_BYTES: u32 = 32;
/// The most program headers that an image may have.
pub const MAX_PROGRAM_HEADERS: u32 = 16;

const MAGIC: u32 = u32::from_le_bytes(*b"\x7fELF");
/// Offset, width in octets and the two accepted values of each field that says what the file is.
///
/// # Source
///
/// System V ABI 4.1, ELF header; ELF for the Arm Architecture 2023Q3. OSABI 3 (GNU) is what some
/// linkers write.
const KIND: [(usize, usize, u32, u32); 7] = [
    (4, 1, 1, 1),        // EI_CLASS: 32 bits
    (5, 1, 1, 1),        // EI_DATA: little-endian
    (6, 1, 1, 1),        // EI_VERSION
    (7, 1, 0, 3),        // EI_OSABI
    (16, 2, 2, 2),       // e_type: EXEC
    (18, 2, 0x28, 0x28), // e_machine: ARM
    (20, 4, 1, 1),       // e_version
];
/// Offsets and values of e_ehsize, e_phentsize and e_shentsize.
const SIZES: [(usize, u32); 3] = [(40, HEADER_BYTES), (42, PROGRAM_HEADER_BYTES), (46, 40)];

/// `p_type` of a segment to load.
pub const PT_LOAD: u32 = 1;
/// `p_type` of notes.
pub const PT_NOTE: u32 = 4;

pub(crate) fn little(octets: &[u8], offset: usize, width: usize) -> u32 {
    octets[offset..offset + width]
        .iter()
        .rev()
        .fold(0, |value, octet| value << 8 | u32::from(*octet))
}

/// What the ELF header says that matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// `e_entry`.
    pub entry: u32,
    /// `e_phoff`.
    pub program_headers: u32,
    /// `e_phnum`, 1 to [`MAX_PROGRAM_HEADERS`].
    pub count: u32,
}

impl Header {
    /// Reads and checks the ELF header.
    ///
    /// # Errors
    ///
    /// [`LoadError::NoImage`], [`LoadError::WrongKind`], [`LoadError::HeaderSize`],
    /// [`LoadError::ProgramHeaders`] or an error of the flash.
    pub fn read(image: &mut impl Image) -> Result<Header, LoadError> {
        let mut octets = [0; HEADER_BYTES as usize];
        if image.capacity() < HEADER_BYTES {
            return Err(LoadError::NoImage(0));
        }
        image.read(0, &mut octets)?;
        let magic = little(&octets, 0, 4);
        if magic != MAGIC {
            return Err(LoadError::NoImage(magic));
        }
        for (offset, width, one, other) in KIND {
            let value = little(&octets, offset, width);
            if value != one && value != other {
                return Err(LoadError::WrongKind {
                    offset: offset as u32,
                    value,
                });
            }
        }
        for (offset, size) in SIZES {
            let value = little(&octets, offset, 2);
            if value != size {
                return Err(LoadError::HeaderSize {
                    offset: offset as u32,
                    value,
                });
            }
        }
        let offset = little(&octets, 28, 4);
        let count = little(&octets, 44, 2);
        let end = offset.checked_add(count * PROGRAM_HEADER_BYTES);
        let fits = end.is_some_and(|end| end <= image.capacity());
        if !(1..=MAX_PROGRAM_HEADERS).contains(&count) || offset < HEADER_BYTES || !fits {
            return Err(LoadError::ProgramHeaders { offset, count });
        }
        Ok(Header {
            entry: little(&octets, 24, 4),
            program_headers: offset,
            count,
        })
    }
}

/// One program header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProgramHeader {
    /// `p_type`.
    pub kind: u32,
    /// `p_offset`.
    pub offset: u32,
    /// `p_vaddr`.
    pub virtual_address: u32,
    /// `p_paddr`: where its octets go.
    pub address: u32,
    /// `p_filesz`.
    pub file_bytes: u32,
    /// `p_memsz`.
    pub memory_bytes: u32,
}

impl ProgramHeader {
    /// Reads program header `index` of `header`.
    ///
    /// # Errors
    ///
    /// An error of the flash.
    pub fn read(
        image: &mut impl Image,
        header: &Header,
        index: u32,
    ) -> Result<ProgramHeader, LoadError> {
        let mut octets = [0; PROGRAM_HEADER_BYTES as usize];
        image.read(
            header.program_headers + index * PROGRAM_HEADER_BYTES,
            &mut octets,
        )?;
        let word = |index: usize| little(&octets, index * 4, 4);
        Ok(ProgramHeader {
            kind: word(0),
            offset: word(1),
            virtual_address: word(2),
            address: word(3),
            file_bytes: word(4),
            memory_bytes: word(5),
        })
    }
}

/// The integrity note: how long the file is, and the CRC-32C over all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Length of the file in bytes.
    pub length: u32,
    /// CRC-32C over the file, with this field as zero.
    pub checksum: u32,
    /// Where in the file the checksum's four octets stand.
    pub checksum_offset: u32,
}

/// Name length 8, descriptor length 8, type 1, the name.
const NOTE_START: [u8; 20] = *b"\x08\0\0\0\x08\0\0\0\x01\0\0\0usbnvme\0";
/// Length of the whole note.
pub const NOTE_BYTES: u32 = 28;

impl Note {
    /// Reads the note of a `PT_NOTE` segment, if it is ours.
    ///
    /// # Errors
    ///
    /// An error of the flash.
    pub fn read(
        image: &mut impl Image,
        segment: &ProgramHeader,
    ) -> Result<Option<Note>, LoadError> {
        let end = segment.offset.checked_add(NOTE_BYTES);
        if segment.file_bytes < NOTE_BYTES || end.is_none_or(|end| end > image.capacity()) {
            return Ok(None);
        }
        let mut octets = [0; NOTE_BYTES as usize];
        image.read(segment.offset, &mut octets)?;
        if octets[..20] != NOTE_START {
            return Ok(None);
        }
        Ok(Some(Note {
            length: little(&octets, 20, 4),
            checksum: little(&octets, 24, 4),
            checksum_offset: segment.offset + 24,
        }))
    }
}
