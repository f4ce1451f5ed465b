//! Moving an image's octets to where they run, in one pass over the file.

use crate::elf::Image;
use crate::plan::Plan;
use crate::{Crc32c, LoadError};

/// Where segments are written to.
pub trait Memory {
    /// Copies `octets` to `address`; the plan has shown that all of it is RAM.
    fn write(&mut self, address: u32, octets: &[u8]);
    /// Zeroes `length` octets from `address`.
    fn zero(&mut self, address: u32, length: u32);
}

/// Reads the file once from start to end, puts each segment's octets in place, zeroes the tails
/// and checks the CRC-32C of all that was read.
///
/// `buffer` holds one piece of the file at a time; its length is a multiple of 4.
///
/// # Errors
///
/// [`LoadError::Checksum`] when the file differs from its note, or an error of the flash. Memory is
/// then partly written: nothing in it must be run.
pub fn transfer(
    plan: &Plan,
    image: &mut impl Image,
    memory: &mut impl Memory,
    buffer: &mut [u8],
) -> Result<(), LoadError> {
    let mut crc = Crc32c::new();
    let mut at = 0;
    while at < plan.length {
        let length = (plan.length - at).min(buffer.len() as u32);
        let piece = &mut buffer[..length as usize];
        image.read(at, piece)?;
        for segment in plan.segments() {
            let from = segment.offset.max(at);
            let to = (segment.offset + segment.file_bytes).min(at + length);
            if from < to {
                let octets = &piece[(from - at) as usize..(to - at) as usize];
                memory.write(segment.address + (from - segment.offset), octets);
            }
        }
        if let Some(note) = &plan.note {
            for index in 0..4 {
                let offset = note.checksum_offset + index;
                if (at..at + length).contains(&offset) {
                    piece[(offset - at) as usize] = 0;
                }
            }
            crc.update(piece);
        }
        at += length;
    }
    for segment in plan.segments() {
        memory.zero(segment.address + segment.file_bytes, segment.zero_bytes);
    }
    match plan.note {
        Some(note) if note.checksum != crc.value() => Err(LoadError::Checksum {
            expected: note.checksum,
            actual: crc.value(),
        }),
        _ => Ok(()),
    }
}
