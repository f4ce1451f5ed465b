//! Hand-made ELF files and memories that record.
#![allow(dead_code)]

use std::collections::BTreeMap;

use xspiloader_core::elf::Image;
use xspiloader_core::{FlashError, LoadError, Memory, Plan, transfer};

/// A file in a flash of a given size, erased behind the file.
pub struct File {
    pub octets: Vec<u8>,
    pub capacity: u32,
    /// Reads that are left before the flash stops answering.
    pub reads: u32,
}

impl File {
    pub fn new(octets: Vec<u8>) -> File {
        File {
            octets,
            capacity: 0x10_0000,
            reads: u32::MAX,
        }
    }
}

impl Image for File {
    fn read(&mut self, offset: u32, octets: &mut [u8]) -> Result<(), LoadError> {
        assert!(
            offset + octets.len() as u32 <= self.capacity,
            "read behind the flash's end"
        );
        self.reads = self
            .reads
            .checked_sub(1)
            .ok_or(LoadError::Flash(FlashError::Stuck))?;
        for (index, octet) in octets.iter_mut().enumerate() {
            *octet = self
                .octets
                .get(offset as usize + index)
                .copied()
                .unwrap_or(0xff);
        }
        Ok(())
    }

    fn capacity(&self) -> u32 {
        self.capacity
    }
}

/// Each octet that was written, by address.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Recorder(pub BTreeMap<u32, u8>);

impl Memory for Recorder {
    fn write(&mut self, address: u32, octets: &[u8]) {
        for (index, octet) in octets.iter().enumerate() {
            let before = self.0.insert(address + index as u32, *octet);
            assert_eq!(before, None, "written twice");
        }
    }

    fn zero(&mut self, address: u32, length: u32) {
        for at in address..address + length {
            assert_eq!(self.0.insert(at, 0), None, "zeroed what was written");
        }
    }
}

/// One program header of a hand-made file.
#[derive(Clone, Copy)]
pub struct Load {
    pub address: u32,
    pub virtual_address: u32,
    pub file_bytes: u32,
    pub memory_bytes: u32,
}

pub const fn load(address: u32, file_bytes: u32, memory_bytes: u32) -> Load {
    Load {
        address,
        virtual_address: address,
        file_bytes,
        memory_bytes,
    }
}

pub const STACK: u32 = 0x2000_4000;
pub const ENTRY: u32 = 0x41;

/// A file of a note, then the segments; the first one begins with the vector table.
pub fn elf(loads: &[Load]) -> Vec<u8> {
    let count = loads.len() as u32 + 1;
    let note_offset = 52 + 32 * count;
    let mut data_offset = (note_offset + 28).next_multiple_of(16);
    let mut file = Vec::new();
    file.extend(b"\x7fELF\x01\x01\x01\x00\0\0\0\0\0\0\0\0\x02\x00\x28\x00");
    for word in [1, ENTRY, 52, 0, 0x0500_0400] {
        file.extend(u32::to_le_bytes(word));
    }
    for half in [52, 32, count as u16, 40, 0, 0] {
        file.extend(u16::to_le_bytes(half));
    }
    for word in [4, note_offset, 0, 0, 28, 28, 4, 4] {
        file.extend(u32::to_le_bytes(word));
    }
    let first = data_offset;
    for part in loads {
        let Load {
            address,
            virtual_address,
            file_bytes,
            memory_bytes,
        } = *part;
        let words = [
            1,
            data_offset,
            virtual_address,
            address,
            file_bytes,
            memory_bytes,
            5,
            4,
        ];
        words
            .iter()
            .for_each(|word| file.extend(u32::to_le_bytes(*word)));
        data_offset += file_bytes;
    }
    file.extend(b"\x08\0\0\0\x08\0\0\0\x01\0\0\0usbnvme\0\0\0\0\0\0\0\0\0");
    file.resize(first as usize, 0);
    file.extend((first..data_offset).map(|at| (at * 7 + 3) as u8));
    if !loads.is_empty() {
        file[first as usize..][..4].copy_from_slice(&STACK.to_le_bytes());
        file[first as usize + 4..][..4].copy_from_slice(&ENTRY.to_le_bytes());
    }
    seal(&mut file);
    file
}

/// Where the note's length and checksum stand in a file of [`elf`].
pub fn note_fields(file: &[u8]) -> usize {
    file.windows(8)
        .position(|window| window == b"usbnvme\0")
        .unwrap()
        + 8
}

/// Writes the note's length and checksum; the CRC is computed bit by bit, not by the loader's code.
pub fn seal(file: &mut [u8]) {
    let at = note_fields(file);
    let length = file.len() as u32;
    file[at..at + 4].copy_from_slice(&length.to_le_bytes());
    file[at + 4..at + 8].fill(0);
    let mut crc = u32::MAX;
    for octet in &*file {
        crc ^= u32::from(*octet);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0x82f6_3b78
            } else {
                crc >> 1
            };
        }
    }
    file[at + 4..at + 8].copy_from_slice(&(!crc).to_le_bytes());
}

/// A usual image: code with vectors in ITCM, data with a tail in DTCM, a block in AXI SRAM.
pub fn usual() -> Vec<u8> {
    elf(&[
        load(0, 0x123, 0x123),
        load(0x2000_0100, 0x40, 0x85),
        load(0x2404_0000, 0x200, 0x200),
    ])
}

/// Plans and transfers in pieces of `piece` octets.
pub fn load_all(octets: &[u8], piece: usize) -> Result<(Plan, Recorder), LoadError> {
    let mut file = File::new(octets.to_vec());
    let plan = Plan::read(&mut file)?;
    let mut memory = Recorder::default();
    transfer(&plan, &mut file, &mut memory, &mut vec![0xee; piece])?;
    Ok((plan, memory))
}

/// The error that an image ends in.
pub fn error_of(octets: &[u8]) -> LoadError {
    load_all(octets, 64)
        .map(|(plan, _)| plan)
        .expect_err("must not load")
}
