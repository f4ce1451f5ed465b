//! The flash part, as an algorithm uses it.

use xspiloader_core::flash_part::{
    BASE_MODE, BLOCK_BYTES, BLOCK_ERASE_MS, BUSY, CHIP_ERASE_MS, Command, ERASE_FAILED,
    FLASH_BYTES, IDLE_RESET_RECOVERY_US, MODE_OCTAL, MODE_REGISTER, OCTAL, PAGE_BYTES,
    PROGRAM_FAILED, PROGRAM_MS, REGISTER_WRITE_MS, RESET_RECOVERY_MS, RESETS, SINGLE, WRITE_CR2,
    WRITE_ENABLED, Ways, check_identifier,
};
use xspiloader_core::{FlashError, LoadError};

use crate::time;
use crate::xspi::Xspi;

/// 64 MHz by 2: half of what the loader's cautious octal reads go at.
const OCTAL_DIVISOR: u8 = 2;
const PIECE: usize = PAGE_BYTES as usize;

/// What went wrong.
#[derive(Clone, Copy)]
pub enum Problem {
    /// The part or the controller, as in the loader.
    Flash(FlashError),
    /// `Init` was not called.
    Closed,
    /// The range is not the part's, or not a whole block's.
    Range,
    /// The part refuses to write.
    Protected,
    /// The part says that it could not erase or program.
    Failed,
    /// Some of it is not blank.
    Other,
}

impl From<FlashError> for Problem {
    fn from(error: FlashError) -> Problem {
        Problem::Flash(error)
    }
}

impl Problem {
    /// The result of a call: the loader's error numbers, and 81 on for those that a loader has not.
    pub fn number(self) -> u32 {
        match self {
            Problem::Flash(error) => u32::from(LoadError::Flash(error).number()),
            Problem::Closed => 81,
            Problem::Range => 82,
            Problem::Protected => 83,
            Problem::Failed => 84,
            Problem::Other => 85,
        }
    }
}

/// The part, ready.
pub struct Part {
    xspi: Xspi,
    ways: &'static Ways,
}

impl Part {
    /// Resets the part, checks what it is, and takes octal mode if it answers that way too.
    pub fn open() -> Result<Part, Problem> {
        let xspi = Xspi::open(BASE_MODE.divisor)?;
        let mut part = Part {
            xspi,
            ways: &SINGLE,
        };
        part.reset()?;
        if part.go_octal().is_err() {
            part.reset()?;
        }
        Ok(part)
    }

    /// Puts the part into its power-on mode and the controller into its reset state.
    pub fn close(mut self) -> Result<(), Problem> {
        let reset = self.reset();
        self.xspi.close();
        reset
    }

    fn reset(&mut self) -> Result<(), Problem> {
        self.ways = &SINGLE;
        self.xspi.set_divisor(BASE_MODE.divisor)?;
        for command in RESETS.as_flattened() {
            self.xspi.send(command)?;
        }
        time::pause(IDLE_RESET_RECOVERY_US);
        let mut answer = Err(FlashError::Silent);
        time::wait_for(RESET_RECOVERY_MS * 1000, || {
            answer = self.identify();
            answer.is_ok()
        });
        answer?;
        self.wait(RESET_RECOVERY_MS)
    }

    fn go_octal(&mut self) -> Result<(), FlashError> {
        self.xspi.send(&self.ways.write_enable)?;
        self.xspi.write(&WRITE_CR2, MODE_REGISTER, &[MODE_OCTAL])?;
        self.xspi.set_divisor(OCTAL_DIVISOR)?;
        self.ways = &OCTAL;
        let mut answer = Err(FlashError::Silent);
        time::wait_for(REGISTER_WRITE_MS * 1000, || {
            answer = self.identify();
            answer.is_ok()
        });
        answer
    }

    fn identify(&mut self) -> Result<(), FlashError> {
        let mut octets = [0; 3];
        self.xspi.read(&self.ways.read_id, 0, &mut octets)?;
        check_identifier(octets)
    }

    fn register(&mut self, command: &Command) -> Result<u8, FlashError> {
        let mut octets = [0];
        self.xspi.read(command, 0, &mut octets)?;
        Ok(octets[0])
    }

    /// Waits until the part has done what it does.
    fn wait(&mut self, limit_ms: u32) -> Result<(), Problem> {
        let mut answer = Err(FlashError::Busy);
        time::wait_for(limit_ms * 1000, || {
            answer = match self.register(&self.ways.read_status) {
                Ok(status) if status & BUSY != 0 => Err(FlashError::Busy),
                other => other.map(|_| ()),
            };
            answer != Err(FlashError::Busy)
        });
        Ok(answer?)
    }

    fn enable_writing(&mut self) -> Result<(), Problem> {
        self.xspi.send(&self.ways.write_enable)?;
        match self.register(&self.ways.read_status)? & WRITE_ENABLED {
            0 => Err(Problem::Protected),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, limit_ms: u32, failed: u8) -> Result<(), Problem> {
        self.wait(limit_ms)?;
        match self.register(&self.ways.read_security)? & failed {
            0 => Ok(()),
            _ => Err(Problem::Failed),
        }
    }

    /// Erases one block of 64 KB.
    pub fn erase_block(&mut self, offset: u32) -> Result<(), Problem> {
        if offset >= FLASH_BYTES || !offset.is_multiple_of(BLOCK_BYTES) {
            return Err(Problem::Range);
        }
        self.enable_writing()?;
        self.xspi.write(&self.ways.erase_block, offset, &[])?;
        self.finish(BLOCK_ERASE_MS, ERASE_FAILED)
    }

    /// Erases all.
    pub fn erase_all(&mut self) -> Result<(), Problem> {
        self.enable_writing()?;
        self.xspi.send(&self.ways.erase_chip)?;
        self.finish(CHIP_ERASE_MS, ERASE_FAILED)
    }

    /// Programs what is not blank anyway, page by page.
    pub fn program(&mut self, offset: u32, octets: &[u8]) -> Result<(), Problem> {
        check_range(offset, octets.len())?;
        if !offset.is_multiple_of(PAGE_BYTES) {
            return Err(Problem::Range);
        }
        for (at, page) in (offset..).step_by(PIECE).zip(octets.chunks(PIECE)) {
            if page.iter().all(|octet| *octet == 0xff) {
                continue;
            }
            self.enable_writing()?;
            self.xspi.write(&self.ways.program, at, page)?;
            self.finish(PROGRAM_MS, PROGRAM_FAILED)?;
        }
        Ok(())
    }

    /// Reads.
    pub fn read(&mut self, offset: u32, octets: &mut [u8]) -> Result<(), Problem> {
        check_range(offset, octets.len())?;
        Ok(self.xspi.read(&self.ways.read, offset, octets)?)
    }

    /// Tells how many octets are the same.
    pub fn same(&mut self, offset: u32, octets: &[u8]) -> Result<u32, Problem> {
        let mut found = [0; PIECE];
        for (at, wanted) in (0..).step_by(PIECE).zip(octets.chunks(PIECE)) {
            let found = &mut found[..wanted.len()];
            self.read(offset + at, found)?;
            let same = wanted.iter().zip(found.iter()).take_while(|(a, b)| a == b);
            let same = same.count();
            if same < wanted.len() {
                return Ok(at + same as u32);
            }
        }
        Ok(octets.len() as u32)
    }

    /// Checks that a range holds `pattern` alone.
    pub fn is_filled(&mut self, offset: u32, size: u32, pattern: u8) -> Result<(), Problem> {
        check_range(offset, size as usize)?;
        let mut found = [0; PIECE];
        for at in (0..size).step_by(PIECE) {
            let found = &mut found[..PIECE.min((size - at) as usize)];
            self.read(offset + at, found)?;
            if found.iter().any(|octet| *octet != pattern) {
                return Err(Problem::Other);
            }
        }
        Ok(())
    }
}

fn check_range(offset: u32, length: usize) -> Result<(), Problem> {
    let end = (offset as usize).checked_add(length);
    match end {
        Some(end) if end <= FLASH_BYTES as usize => Ok(()),
        _ => Err(Problem::Range),
    }
}
