//! What outlives a reset: why the last run ended. The record lies in DTCM, which no cache holds back.

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use embassy_stm32::pac;

const MAGIC: u32 = 0x4352_5348;
const TEXT: usize = 480;
/// After so many runs in a row that ended while the script started, the next one goes without it.
const STARTS: u32 = 3;

/// The text tells nothing.
const EMPTY: u32 = 0;
/// The text tells why the run ended.
const ENDED: u32 = 1;
/// The text tells where the main loop stands still; it may go on yet.
const STUCK: u32 = 2;

#[repr(C)]
struct Record {
    magic: u32,
    /// Crashes since power-on.
    count: u32,
    /// Runs in a row that ended while the script started.
    starts: u32,
    /// 1 while the script starts.
    starting: u32,
    kind: u32,
    length: u32,
    check: u32,
    text: [u8; TEXT],
}

unsafe extern "C" {
    /// Memory that the linker script keeps out of every section, so that no loader clears it.
    static mut __crash: Record;
}

impl Record {
    /// Gives the record; any bytes are one.
    ///
    /// # Safety
    ///
    /// Not while another borrow of it is in use: start-up, or with interrupts off.
    unsafe fn get() -> &'static mut Record {
        // SAFETY: the linker script keeps the memory free, and the caller promises the rest.
        unsafe { &mut *(&raw mut __crash) }
    }

    fn sum(&self) -> u32 {
        let words = [
            self.magic,
            self.count,
            self.starts,
            self.starting,
            self.kind,
            self.length,
        ];
        let mix = |sum: u32, value: u32| (sum.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b1);
        let start = words.into_iter().fold(0, mix);
        self.text
            .iter()
            .fold(start, |sum, &byte| mix(sum, u32::from(byte)))
    }

    fn is_valid(&self) -> bool {
        self.magic == MAGIC && self.length as usize <= TEXT && self.check == self.sum()
    }

    /// Starts over what power-on or damage left without meaning.
    fn repair(&mut self) {
        if !self.is_valid() {
            *self = Record {
                magic: MAGIC,
                count: 0,
                starts: 0,
                starting: 0,
                kind: EMPTY,
                length: 0,
                check: 0,
                text: [0; TEXT],
            };
        }
    }

    fn write(&mut self, kind: u32, text: fmt::Arguments<'_>) {
        self.kind = kind;
        self.length = 0;
        self.text = [0; TEXT];
        let _ = self.write_fmt(text);
        self.check = self.sum();
    }

    fn text(&self) -> &str {
        core::str::from_utf8(&self.text[..self.length as usize]).unwrap_or("(damaged)")
    }
}

impl Write for Record {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let start = self.length as usize;
            let Some(room) = self.text.get_mut(start..start + character.len_utf8()) else {
                return Err(fmt::Error);
            };
            character.encode_utf8(room);
            self.length += room.len() as u32;
        }
        Ok(())
    }
}

/// How the run before ended, as text; kept for whoever asks for it as a file.
static mut LAST_TEXT: [u8; TEXT + 32] = [0; TEXT + 32];
static LAST_LENGTH: AtomicU32 = AtomicU32::new(0);

/// Gives how the last run ended; empty if it did so by power or request.
///
/// # Safety
///
/// To be called once, in thread mode, after [`report`].
pub unsafe fn last_text() -> &'static mut [u8] {
    // SAFETY: the caller's promise.
    unsafe { &mut (&mut *(&raw mut LAST_TEXT))[..LAST_LENGTH.load(Ordering::Relaxed) as usize] }
}

fn keep(text: &str, count: u32) {
    // SAFETY: start-up; nothing else looks at it yet.
    let room = unsafe { &mut *(&raw mut LAST_TEXT) };
    let mut kept = Kept { room, length: 0 };
    let _ = writeln!(kept, "{text} (crash {count})");
    LAST_LENGTH.store(kept.length as u32, Ordering::Relaxed);
}

struct Kept<'a> {
    room: &'a mut [u8],
    length: usize,
}

impl Write for Kept<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let Some(room) = self.room.get_mut(self.length..end) else {
            return Err(fmt::Error);
        };
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// How the last run ended.
pub struct LastRun {
    /// By a crash or by the watchdog.
    pub badly: bool,
    /// The script may be started: the last runs did not all end on the way there.
    pub script_starts: bool,
}

/// Reports how the last run ended, and makes room for this one.
pub fn report() -> LastRun {
    let flags = pac::RCC.rsr().read();
    pac::RCC.rsr().modify(|w| w.set_rmvf(true));
    // SAFETY: start-up; nothing else looks at it before the first crash.
    let record = unsafe { Record::get() };
    record.repair();
    let crashed = record.kind == ENDED;
    let hung = flags.iwdgrstf() && !crashed;
    if crashed {
        crate::error!("last run ended: {} (crash {})", record.text(), record.count);
        keep(record.text(), record.count);
    } else if hung {
        record.count = record.count.wrapping_add(1);
        let place = if record.kind == STUCK {
            record.text()
        } else {
            "with interrupts off"
        };
        keep(place, record.count);
        crate::error!(
            "last run ended: the watchdog reset a main loop that hung, {place} (crash {})",
            record.count
        );
    }
    let badly = crashed || hung;
    record.starts = if badly && record.starting == 1 {
        record.starts.saturating_add(1)
    } else {
        0
    };
    record.starting = 0;
    let script_starts = record.starts < STARTS;
    if !script_starts {
        // The run after this one tries again.
        record.starts = 0;
    }
    record.write(EMPTY, format_args!(""));
    LastRun {
        badly,
        script_starts,
    }
}

/// Notes that the script starts, or that it has.
pub fn starting(starting: bool) {
    critical_section::with(|_| {
        // SAFETY: interrupts are off.
        let record = unsafe { Record::get() };
        record.starting = u32::from(starting);
        record.check = record.sum();
    });
}

/// Notes where the main loop stands still, in case that the watchdog ends it.
pub fn stuck(place: fmt::Arguments<'_>) {
    critical_section::with(|_| {
        // SAFETY: interrupts are off.
        unsafe { Record::get() }.write(STUCK, place);
    });
}

/// Takes [`stuck`] back.
pub fn goes_on() {
    critical_section::with(|_| {
        // SAFETY: interrupts are off.
        unsafe { Record::get() }.write(EMPTY, format_args!(""));
    });
}

/// Writes the record, the log and the LED, and resets the chip.
pub fn end(text: fmt::Arguments<'_>) -> ! {
    static ENDING: AtomicBool = AtomicBool::new(false);
    cortex_m::interrupt::disable();
    if ENDING.swap(true, Ordering::Relaxed) {
        // What follows here has crashed itself; the first reason is the one to keep.
        cortex_m::peripheral::SCB::sys_reset()
    }
    crate::leds::red_on();
    // SAFETY: interrupts are off, and this function does not return.
    let record = unsafe { Record::get() };
    record.repair();
    record.count = record.count.wrapping_add(1);
    record.write(ENDED, text);
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
