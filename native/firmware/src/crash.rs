//! What outlives a reset: why the last run ended. The record lies in DTCM, which no cache holds back.

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use cortex_m_rt::{ExceptionFrame, exception};
use embassy_stm32::pac;

const MAGIC: u32 = 0x4352_5348;
const TEXT: usize = 480;

#[repr(C)]
struct Record {
    magic: u32,
    /// Crashes since power-on.
    count: u32,
    length: u32,
    check: u32,
    text: [u8; TEXT],
}

unsafe extern "C" {
    /// Memory that the linker script keeps out of every section, so that no loader clears it.
    static mut __crash: Record;
}

fn record() -> *mut Record {
    &raw mut __crash
}

impl Record {
    fn sum(&self) -> u32 {
        let start = self.magic ^ self.count.rotate_left(8) ^ self.length.rotate_left(16);
        self.text
            .iter()
            .fold(start, |sum, &byte| sum.rotate_left(5) ^ u32::from(byte))
    }

    fn is_valid(&self) -> bool {
        self.magic == MAGIC && self.length as usize <= TEXT && self.check == self.sum()
    }
}

impl Write for Record {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes().take(TEXT - self.length as usize) {
            self.text[self.length as usize] = byte;
            self.length += 1;
        }
        Ok(())
    }
}

/// Reports how the last run ended, and makes room for this one; returns whether it ended badly.
pub fn report() -> bool {
    let flags = pac::RCC.rsr().read();
    pac::RCC.rsr().modify(|w| w.set_rmvf(true));
    // SAFETY: any bytes are a Record, and nothing else looks at it before the first crash.
    let record = unsafe { &mut *record() };
    let crashed = record.is_valid() && record.length > 0;
    if crashed {
        let text = core::str::from_utf8(&record.text[..record.length as usize]);
        crate::error!(
            "last run ended: {} (crash {})",
            text.unwrap_or("(damaged)"),
            record.count
        );
    }
    let watchdog = flags.iwdgrstf();
    if watchdog && !crashed {
        crate::error!("last run ended: the watchdog reset a main loop that hung");
    }
    if !record.is_valid() {
        record.count = 0;
    }
    record.magic = MAGIC;
    record.length = 0;
    record.text = [0; TEXT];
    if watchdog && !crashed {
        record.count = record.count.wrapping_add(1);
    }
    record.check = record.sum();
    crashed || watchdog
}

/// Writes the record, the log and the LED, and resets the chip.
pub fn end(text: fmt::Arguments<'_>) -> ! {
    cortex_m::interrupt::disable();
    crate::leds::red_on();
    // SAFETY: interrupts are off, and this function does not return.
    let record = unsafe { &mut *record() };
    let count = if record.is_valid() { record.count } else { 0 };
    *record = Record {
        magic: MAGIC,
        count: count.wrapping_add(1),
        length: 0,
        check: 0,
        text: [0; TEXT],
    };
    let _ = record.write_fmt(text);
    record.check = record.sum();
    crate::error!("{text}; reset");
    if cfg!(feature = "debug") && debugger() {
        cortex_m::asm::bkpt();
    }
    cortex_m::peripheral::SCB::sys_reset()
}

/// Whether a debugger watches: DHCSR.C_DEBUGEN (ARMv7-M, C1.6.2).
fn debugger() -> bool {
    // SAFETY: a read without effect on what is looked at.
    unsafe { (0xe000_edf0 as *const u32).read_volatile() & 1 != 0 }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    end(format_args!("{info}"))
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    // SAFETY: reads of System Control Space (ARMv7-M, B3.2.15 and on).
    let read = |address: u32| unsafe { (address as *const u32).read_volatile() };
    end(format_args!(
        "hard fault at {:#010x}, lr {:#010x}, CFSR {:#010x}, HFSR {:#010x}, BFAR {:#010x}",
        frame.pc(),
        frame.lr(),
        read(0xe000_ed28),
        read(0xe000_ed2c),
        read(0xe000_ed38),
    ))
}

#[exception]
unsafe fn DefaultHandler(number: i16) -> ! {
    end(format_args!("unexpected exception {number}"))
}
