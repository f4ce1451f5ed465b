//! XSPI2 in indirect mode, each wait bounded.
//!
//! embassy's driver waits without an end for flags that a stuck bus never sets; a loader must be
//! able to say so instead.

use stm32_metapac::gpio::vals::{Moder, Ospeedr, Pupdr};
use stm32_metapac::xspi::{regs, vals};
use stm32_metapac::{GPION, PWR, RCC, XSPI2, XSPIM};
use xspiloader_core::FlashError;
use xspiloader_core::flash_part::{Command, Lines};

/// Polls of the status register before a transfer counts as stuck: at 400 MHz at least 5 ms, when
/// the longest wait, of 32 octets over one line at 16 MHz, is 16 microseconds.
const POLLS: u32 = 200_000;
/// Octets in the FIFO that set FTF, and that are then read at a stretch.
const BURST: usize = 32;
/// 2 to the power of this and one more is the capacity: 32 MB.
const DEVICE_SIZE: u8 = 24;
/// Alternate function of all P2 pins of the I/O manager.
const ALTERNATE: u8 = 9;
const CHIP_SELECT: usize = 1;
/// DQS0, NCS1, IO0..3, CLK, IO4..7.
const PINS: [usize; 11] = [0, CHIP_SELECT, 2, 3, 4, 5, 6, 8, 9, 10, 11];

/// The controller, in use.
pub struct Xspi(());

impl Xspi {
    /// Connects the pins and sets the controller up for the board's flash.
    ///
    /// # Errors
    ///
    /// [`FlashError::Stuck`] if it stays busy.
    pub fn open(divisor: u8) -> Result<Xspi, FlashError> {
        PWR.csr2().modify(|w| w.set_en_xspim2(true));
        RCC.ahb4enr().modify(|w| w.set_gpionen(true));
        RCC.ahb5enr().modify(|w| {
            w.set_iomngren(true);
            w.set_xspi2en(true);
        });
        // The read lets the clocks arrive before the first access.
        let _ = RCC.ahb5enr().read();
        RCC.ahb5rstr().modify(|w| w.set_xspi2rst(true));
        RCC.ahb5rstr().modify(|w| w.set_xspi2rst(false));
        XSPIM.cr().modify(|w| {
            w.set_muxen(false);
            w.set_req2ack_time(1);
            w.set_cssel_ovr_o2(false);
        });
        for pin in PINS {
            GPION
                .ospeedr()
                .modify(|w| w.set_ospeedr(pin, Ospeedr::VERY_HIGH_SPEED));
            GPION.afr(pin / 8).modify(|w| w.set_afr(pin % 8, ALTERNATE));
            GPION.moder().modify(|w| w.set_moder(pin, Moder::ALTERNATE));
        }
        GPION
            .pupdr()
            .modify(|w| w.set_pupdr(CHIP_SELECT, Pupdr::PULL_UP));

        let mut xspi = Xspi(());
        XSPI2.dcr1().write(|w| {
            w.set_devsize(DEVICE_SIZE);
            w.set_mtyp(vals::Mtyp::B_0X1);
            w.set_csht(vals::Csht::B_0X1);
        });
        XSPI2
            .cr()
            .write(|w| w.set_fthres(vals::Fthres::from_bits(BURST as u8 - 1)));
        xspi.set_divisor(divisor)?;
        Ok(xspi)
    }

    /// Puts the controller, its pins and its clocks back into their reset state.
    pub fn close(self) {
        RCC.ahb5rstr().modify(|w| {
            w.set_xspi2rst(true);
            w.set_iomngrrst(true);
        });
        RCC.ahb5rstr().modify(|w| {
            w.set_xspi2rst(false);
            w.set_iomngrrst(false);
        });
        RCC.ahb5enr().modify(|w| {
            w.set_xspi2en(false);
            w.set_iomngren(false);
        });
        RCC.ahb4rstr().modify(|w| w.set_gpionrst(true));
        RCC.ahb4rstr().modify(|w| w.set_gpionrst(false));
        RCC.ahb4enr().modify(|w| w.set_gpionen(false));
        PWR.csr2().modify(|w| w.set_en_xspim2(false));
    }

    /// Divides the kernel clock (the bus clock) by `divisor`.
    ///
    /// # Errors
    ///
    /// [`FlashError::Stuck`] if the controller stays busy.
    pub fn set_divisor(&mut self, divisor: u8) -> Result<(), FlashError> {
        XSPI2.cr().modify(|w| w.set_en(false));
        self.wait(|status| !status.busy())?;
        XSPI2.dcr2().modify(|w| w.set_prescaler(divisor - 1));
        self.wait(|status| !status.busy())?;
        XSPI2.cr().modify(|w| w.set_en(true));
        Ok(())
    }

    /// Sends a command without data.
    ///
    /// # Errors
    ///
    /// [`FlashError::Stuck`] if it does not end.
    pub fn send(&mut self, command: &Command) -> Result<(), FlashError> {
        self.prepare(command, vals::Fmode::B_0X0, 0)?;
        self.begin(command, 0);
        self.finish()
    }

    /// Sends a command with an address and data, which may be none.
    ///
    /// # Errors
    ///
    /// [`FlashError::Stuck`] if it does not end.
    pub fn write(
        &mut self,
        command: &Command,
        address: u32,
        octets: &[u8],
    ) -> Result<(), FlashError> {
        self.prepare(command, vals::Fmode::B_0X0, octets.len())?;
        self.begin(command, address);
        let data = XSPI2.dr().as_ptr().cast::<u32>();
        for burst in octets.chunks(BURST) {
            self.wait(|status| status.ftf())?;
            let (words, rest) = burst.as_chunks::<4>();
            for word in words {
                // Sound: the data register of a block whose clock is on; octets are allowed too.
                unsafe { data.write_volatile(u32::from_le_bytes(*word)) };
            }
            for octet in rest {
                // Sound: as above.
                unsafe { data.cast::<u8>().write_volatile(*octet) };
            }
        }
        self.finish()
    }

    /// Reads `octets` from `address`, or behind a command that has none.
    ///
    /// # Errors
    ///
    /// [`FlashError::Stuck`] if the octets do not come.
    pub fn read(
        &mut self,
        command: &Command,
        address: u32,
        octets: &mut [u8],
    ) -> Result<(), FlashError> {
        if octets.is_empty() {
            return Ok(());
        }
        self.prepare(command, vals::Fmode::B_0X1, octets.len())?;
        self.begin(command, address);
        let data = XSPI2.dr().as_ptr().cast::<u32>();
        let (bursts, rest) = octets.as_chunks_mut::<BURST>();
        for burst in bursts {
            self.wait(|status| status.ftf() || status.tcf())?;
            for word in burst.as_chunks_mut::<4>().0 {
                // Sound: as above; the FIFO holds the word.
                *word = unsafe { data.read_volatile() }.to_le_bytes();
            }
        }
        if !rest.is_empty() {
            // Fewer than FTF asks for: all are there when the transfer is complete.
            self.wait(|status| status.tcf())?;
        }
        for octet in rest {
            // Sound: as above; one octet takes one from the FIFO.
            *octet = unsafe { data.cast::<u8>().read_volatile() };
        }
        self.finish()
    }

    fn prepare(
        &mut self,
        command: &Command,
        mode: vals::Fmode,
        length: usize,
    ) -> Result<(), FlashError> {
        self.wait(|status| !status.busy())?;
        XSPI2.cr().modify(|w| w.set_fmode(mode));
        XSPI2
            .dlr()
            .write_value(regs::Dlr((length as u32).saturating_sub(1)));
        XSPI2.tcr().write(|w| {
            w.set_dcyc(command.dummy_clocks);
            w.set_dhqc(true);
        });
        let (width, instruction_octets) = match command.lines {
            Lines::Single => (1, 1),
            Lines::Octal => (4, 2),
        };
        let if_used = |used: bool| if used { width } else { 0 };
        XSPI2.ccr().write(|w| {
            w.set_imode(vals::CcrImode::from_bits(width));
            w.set_isize(vals::CcrIsize::from_bits(instruction_octets - 1));
            w.set_idtr(command.both_edges);
            w.set_admode(vals::CcrAdmode::from_bits(if_used(command.addressed)));
            w.set_adsize(vals::CcrAdsize::B_0X3);
            w.set_dmode(vals::CcrDmode::from_bits(if_used(length != 0)));
        });
        Ok(())
    }

    /// Writes the instruction and the address; the last of them starts the transfer.
    fn begin(&mut self, command: &Command, address: u32) {
        XSPI2
            .ir()
            .write_value(regs::Ir(u32::from(command.instruction)));
        if command.addressed {
            XSPI2.ar().write_value(regs::Ar(address));
        }
    }

    fn finish(&mut self) -> Result<(), FlashError> {
        self.wait(|status| status.tcf())?;
        XSPI2.fcr().write(|w| w.set_ctcf(true));
        Ok(())
    }

    #[inline]
    fn wait(&mut self, ready: impl Fn(regs::Sr) -> bool) -> Result<(), FlashError> {
        for _ in 0..POLLS {
            if ready(XSPI2.sr().read()) {
                return Ok(());
            }
        }
        // Whoever tries again finds an idle controller.
        XSPI2.cr().modify(|w| w.set_abort(true));
        for _ in 0..POLLS {
            if !XSPI2.cr().read().abort() && !XSPI2.sr().read().busy() {
                break;
            }
        }
        XSPI2.fcr().write(|w| w.set_ctcf(true));
        Err(FlashError::Stuck)
    }
}
