//! What is to be done with an image, decided and checked before one octet is written.

use crate::LoadError;
use crate::elf::{Header, Image, Note, PT_LOAD, PT_NOTE, ProgramHeader};
use crate::elf::{MAX_PROGRAM_HEADERS, PROGRAM_HEADER_BYTES};
use crate::memory::{AHB_SRAM, AHB_SRAM_BYTES, LOADER_RAM, LOADER_RAM_BYTES};
use crate::memory::{Need, Range, Split};

/// VTOR has no bits below this.
const VECTOR_TABLE_ALIGNMENT: u32 = 128;

/// One segment to load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Segment {
    /// Index of its program header.
    pub index: u8,
    /// Where it stands in the file.
    pub offset: u32,
    /// Where it goes.
    pub address: u32,
    /// How many octets are copied.
    pub file_bytes: u32,
    /// How many octets behind them become zero.
    pub zero_bytes: u32,
}

impl Segment {
    fn range(&self) -> Range {
        Range {
            start: self.address,
            end: self.address + self.file_bytes + self.zero_bytes,
        }
    }

    fn file_range(&self) -> Range {
        Range {
            start: self.address,
            end: self.address + self.file_bytes,
        }
    }
}

/// A checked image: all that is needed to load and start it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    segments: [Segment; MAX_PROGRAM_HEADERS as usize],
    count: usize,
    /// Length of the file in bytes: as the note says, or up to the last segment's end.
    pub length: u32,
    /// The integrity note, if the image has one.
    pub note: Option<Note>,
    /// The split of the shared RAMs that the image needs.
    pub split: Split,
    /// Whether a segment lies in the AHB SRAMs, which need their clock.
    pub uses_ahb_sram: bool,
    /// Address of the vector table, for VTOR.
    pub vector_table: u32,
    /// The vector table's first word.
    pub stack_pointer: u32,
    /// The entry, with the Thumb bit.
    pub entry: u32,
}

impl Plan {
    /// The segments in the order of their program headers.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments[..self.count]
    }

    /// Reads an image's headers and checks all that can be known without its octets.
    ///
    /// Segments go to `p_paddr`. The part of a segment that only memory has is zeroed where
    /// `p_paddr` is `p_vaddr`; else the program's own start-up moves and zeroes it.
    ///
    /// # Errors
    ///
    /// Each [`LoadError`] of the classes 2 to 5 except [`LoadError::Checksum`], or one of the flash.
    pub fn read(image: &mut impl Image) -> Result<Plan, LoadError> {
        let header = Header::read(image)?;
        let mut segments = [Segment::default(); MAX_PROGRAM_HEADERS as usize];
        let mut count = 0;
        let mut note = None;
        let headers_end = header.program_headers + header.count * PROGRAM_HEADER_BYTES;
        let mut end = headers_end;
        for index in 0..header.count {
            let entry = ProgramHeader::read(image, &header, index)?;
            match entry.kind {
                PT_LOAD => {
                    let segment = checked_segment(&entry, index as u8, image.capacity())?;
                    end = end.max(segment.offset + segment.file_bytes);
                    // One that is left empty is memory that the program's own start-up fills.
                    if segment.file_bytes != 0 || segment.zero_bytes != 0 {
                        segments[count] = segment;
                        count += 1;
                    }
                }
                PT_NOTE if note.is_none() => note = Note::read(image, &entry)?,
                _ => {}
            }
        }
        if let Some(Note {
            length,
            checksum_offset,
            ..
        }) = note
        {
            let least = headers_end.max(checksum_offset + 4);
            if length < least || length > image.capacity() {
                return Err(LoadError::NoteLength(length));
            }
            let beyond = |segment: &&Segment| segment.offset + segment.file_bytes > length;
            if let Some(segment) = segments[..count].iter().find(beyond) {
                return Err(LoadError::BeyondFile(segment.index));
            }
            end = length;
        }
        let used = &segments[..count];
        if used.is_empty() {
            return Err(LoadError::NoSegments);
        }
        check_overlaps(used)?;

        let start = find_start(image, used, header.entry)?;
        let mut need = Need::default();
        for segment in used {
            need.add(segment.range());
        }
        // The stack grows down from here: its last word must be RAM under the split as well.
        let stack = start
            .stack_pointer
            .checked_sub(4)
            .filter(|_| start.stack_pointer % 8 == 0);
        let stack = stack.and_then(|below| Range::new(below, 4));
        let stack = stack.ok_or(LoadError::StackOutside(start.stack_pointer))?;
        need.add(stack);
        let split = need.split()?;
        for segment in used {
            if !split.covers(segment.range()) {
                return Err(LoadError::OutsideRam {
                    segment: segment.index,
                    address: segment.address,
                });
            }
        }
        if !split.covers(stack) {
            return Err(LoadError::StackOutside(start.stack_pointer));
        }
        let ahb = Range {
            start: AHB_SRAM,
            end: AHB_SRAM + AHB_SRAM_BYTES,
        };
        let uses_ahb_sram =
            stack.overlaps(&ahb) || used.iter().any(|segment| segment.range().overlaps(&ahb));
        Ok(Plan {
            segments,
            count,
            length: end,
            note,
            split,
            uses_ahb_sram,
            vector_table: start.vector_table,
            stack_pointer: start.stack_pointer,
            entry: header.entry | 1,
        })
    }
}

fn checked_segment(header: &ProgramHeader, index: u8, capacity: u32) -> Result<Segment, LoadError> {
    if header.file_bytes > header.memory_bytes {
        return Err(LoadError::SegmentSize(index));
    }
    let end = header.offset.checked_add(header.file_bytes);
    if end.is_none_or(|end| end > capacity) {
        return Err(LoadError::BeyondFile(index));
    }
    let in_place = header.address == header.virtual_address;
    let zero_bytes = if in_place {
        header.memory_bytes - header.file_bytes
    } else {
        0
    };
    let outside = LoadError::OutsideRam {
        segment: index,
        address: header.address,
    };
    let range = Range::new(header.address, header.file_bytes)
        .and_then(|range| Range::new(range.end, zero_bytes))
        .map(|tail| Range {
            start: header.address,
            end: tail.end,
        })
        .ok_or(outside)?;
    if range.start == range.end {
        return Ok(Segment {
            index,
            ..Segment::default()
        });
    }
    let loader = Range {
        start: LOADER_RAM,
        end: LOADER_RAM + LOADER_RAM_BYTES,
    };
    if range.overlaps(&loader) {
        return Err(LoadError::LoaderRam {
            segment: index,
            address: header.address,
        });
    }
    // Whether the needed split also gives each address is known when all segments are.
    let mut need = Need::default();
    need.add(range);
    if !need.split().is_ok_and(|split| split.covers(range)) {
        return Err(outside);
    }
    Ok(Segment {
        index,
        offset: header.offset,
        address: header.address,
        file_bytes: header.file_bytes,
        zero_bytes,
    })
}

fn check_overlaps(segments: &[Segment]) -> Result<(), LoadError> {
    for (at, one) in segments.iter().enumerate() {
        for other in &segments[..at] {
            if one.range().overlaps(&other.range()) {
                return Err(LoadError::Overlap(other.index, one.index));
            }
        }
    }
    Ok(())
}

struct Start {
    vector_table: u32,
    stack_pointer: u32,
}

fn find_start(
    image: &mut impl Image,
    segments: &[Segment],
    entry: u32,
) -> Result<Start, LoadError> {
    let code = Range {
        start: entry & !1,
        end: (entry & !1).saturating_add(2),
    };
    let inside = |segment: &Segment| {
        let range = segment.file_range();
        range.start <= code.start && code.end <= range.end
    };
    if !segments.iter().any(inside) {
        return Err(LoadError::EntryOutside(entry));
    }
    for segment in segments.iter().filter(|segment| segment.file_bytes >= 8) {
        let mut octets = [0; 8];
        image.read(segment.offset, &mut octets)?;
        if crate::elf::little(&octets, 4, 4) != entry | 1 {
            continue;
        }
        if segment.address % VECTOR_TABLE_ALIGNMENT != 0 {
            return Err(LoadError::VectorTableUnaligned(segment.address));
        }
        return Ok(Start {
            vector_table: segment.address,
            stack_pointer: crate::elf::little(&octets, 0, 4),
        });
    }
    Err(LoadError::NoVectorTable(entry))
}
