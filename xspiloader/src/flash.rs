//! The flash part: known state, then the fastest way of reading that proves itself.

use xspiloader_core::elf::Image;
use xspiloader_core::flash_part::{
    BASE_MODE, BUSY, Command, FASTER_MODES, FLASH_BYTES, IDLE_RESET_RECOVERY_US, Lines, MODE_OCTAL,
    MODE_REGISTER, OCTAL_READ_ID, READ_ID, READ_STATUS, REGISTER_WRITE_MS, RESET_RECOVERY_MS,
    RESETS, ReadMode, WRITE_CR2, WRITE_ENABLE, check_identifier, proves,
};
use xspiloader_core::{FlashError, LoadError};

use crate::time;
use crate::xspi::Xspi;

const SAMPLE_BYTES: usize = 512;
/// Between two questions whether the part is ready: some 100 microseconds at 400 MHz.
const BETWEEN_QUESTIONS_CYCLES: u32 = 40_000;

/// The flash, ready to be read.
pub struct Flash {
    xspi: Xspi,
    mode: ReadMode,
}

impl Flash {
    /// Resets the part out of whatever mode it was left in, and checks what it is.
    ///
    /// # Errors
    ///
    /// What keeps the part from being read.
    pub fn open() -> Result<Flash, FlashError> {
        let xspi = Xspi::open(BASE_MODE.divisor)?;
        let mut flash = Flash {
            xspi,
            mode: BASE_MODE,
        };
        flash.reset()?;
        Ok(flash)
    }

    /// The way of reading that is in use.
    pub fn mode(&self) -> ReadMode {
        self.mode
    }

    /// Resets the part, which is then in 1-bit mode, and waits until it answers.
    ///
    /// # Errors
    ///
    /// What keeps the part from being read.
    pub fn reset(&mut self) -> Result<(), FlashError> {
        self.mode = BASE_MODE;
        self.xspi.set_divisor(BASE_MODE.divisor)?;
        for command in RESETS.as_flattened() {
            self.xspi.send(command)?;
        }
        time::pause(IDLE_RESET_RECOVERY_US);
        let mut answer = Err(FlashError::Silent);
        time::wait_for(RESET_RECOVERY_MS * 1000, || {
            let identified = self.identify(&READ_ID);
            answer = identified.and_then(|()| match self.status() {
                Ok(status) if status & BUSY != 0 => Err(FlashError::Busy),
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            });
            is_ready(answer)
        });
        answer
    }

    /// Takes the fastest way of reading that gives the octets at `offset` as 1-bit mode does.
    ///
    /// # Errors
    ///
    /// What keeps the part from being read even in 1-bit mode.
    pub fn speed_up(&mut self, offset: u32) -> Result<(), FlashError> {
        let mut known = [0; SAMPLE_BYTES];
        self.xspi.read(&self.mode.read, offset, &mut known)?;
        for mode in FASTER_MODES {
            let mut sample = [0; SAMPLE_BYTES];
            let read = self
                .enter(mode)
                .and_then(|()| self.xspi.read(&mode.read, offset, &mut sample));
            if read.is_ok() && proves(&known, &sample) {
                self.mode = mode;
                return Ok(());
            }
            self.reset()?;
        }
        Ok(())
    }

    /// Puts the part into its power-on mode and the controller into its reset state.
    ///
    /// # Errors
    ///
    /// What the part answers after the reset.
    pub fn close(mut self) -> Result<(), FlashError> {
        let reset = self.reset();
        self.xspi.close();
        reset
    }

    fn enter(&mut self, mode: ReadMode) -> Result<(), FlashError> {
        if mode.read.lines == Lines::Octal {
            self.xspi.send(&WRITE_ENABLE)?;
            self.xspi.write(&WRITE_CR2, MODE_REGISTER, &[MODE_OCTAL])?;
        }
        self.xspi.set_divisor(mode.divisor)?;
        if mode.read.lines == Lines::Octal {
            let mut answer = Err(FlashError::Silent);
            time::wait_for(REGISTER_WRITE_MS * 1000, || {
                answer = self.identify(&OCTAL_READ_ID);
                is_ready(answer)
            });
            answer?;
        }
        Ok(())
    }

    fn identify(&mut self, command: &Command) -> Result<(), FlashError> {
        let mut octets = [0; 3];
        self.xspi.read(command, 0, &mut octets)?;
        check_identifier(octets)
    }

    fn status(&mut self) -> Result<u8, FlashError> {
        let mut octets = [0];
        self.xspi.read(&READ_STATUS, 0, &mut octets)?;
        Ok(octets[0])
    }
}

/// Whether the part has answered well; gives it some time if not.
fn is_ready(answer: Result<(), FlashError>) -> bool {
    if answer.is_err() {
        cortex_m::asm::delay(BETWEEN_QUESTIONS_CYCLES);
    }
    answer.is_ok()
}

impl Image for Flash {
    fn read(&mut self, offset: u32, octets: &mut [u8]) -> Result<(), LoadError> {
        Ok(self.xspi.read(&self.mode.read, offset, octets)?)
    }

    fn capacity(&self) -> u32 {
        FLASH_BYTES
    }
}
