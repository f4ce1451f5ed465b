//! What the loader decides, without a register: image checks, checksums, RAM splits and the
//! flash part's commands.
#![no_std]

#[cfg(test)]
extern crate std;

mod crc32c;
/// The ELF file's headers.
pub mod elf;
mod error;
/// The flash part's commands.
pub mod flash_part;
/// The chip's RAM and its splits.
pub mod memory;
mod name;
mod plan;
mod transfer;

pub use crc32c::Crc32c;
pub use error::{FlashError, LoadError};
pub use name::Name;
pub use plan::{Plan, Segment};
pub use transfer::{Memory, transfer};
