//! The log: one line is `<ms> <LEVEL> <text>`, to RTT and to the serial ring; it never blocks.

use crate::rtt::Rtt;
use core::cell::RefCell;
use core::fmt::{self, Write};
use core::sync::atomic::Ordering;
use critical_section::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::Instant;
use usbnvme_parts::LogLine;

/// How much a line matters.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub enum Level {
    /// Something is lost or wrong.
    Error,
    /// Something is odd, the device goes on.
    Warn,
    /// What a user wants to follow.
    Info,
    /// What a developer wants to follow; debug builds only.
    Debug,
}

impl Level {
    const ALL: [Level; 4] = [Level::Error, Level::Warn, Level::Info, Level::Debug];

    /// Gives the level of a number, 0 to 3.
    pub fn of(number: i64) -> Level {
        Self::ALL
            .get(number as usize)
            .copied()
            .unwrap_or(Level::Debug)
    }

    const fn name(self) -> &'static str {
        match self {
            Level::Error => "ERROR",
            Level::Warn => "WARN",
            Level::Info => "INFO",
            Level::Debug => "DEBUG",
        }
    }
}

/// The highest level that is compiled in.
pub const MAXIMUM: Level = if cfg!(feature = "debug") {
    Level::Debug
} else {
    Level::Info
};

/// Bytes that wait for the serial port at most.
const RING: usize = 4096;

struct Ring {
    bytes: [u8; RING],
    read: usize,
    used: usize,
}

struct Sinks {
    rtt: Option<Rtt>,
    ring: Ring,
    ring_lost: u32,
}

static SINKS: Mutex<RefCell<Sinks>> = Mutex::new(RefCell::new(Sinks {
    rtt: None,
    ring: Ring {
        bytes: [0; RING],
        read: 0,
        used: 0,
    },
    ring_lost: 0,
}));

/// Told when the serial ring has something to send.
pub static READY: Signal<CriticalSectionRawMutex, ()> = Signal::new();

/// Sets RTT up.
pub fn init() {
    // SAFETY: called once.
    let rtt = unsafe { Rtt::init() };
    critical_section::with(|token| SINKS.borrow_ref_mut(token).rtt = Some(rtt));
}

impl Ring {
    fn push(&mut self, line: &[u8]) -> bool {
        if line.len() > RING - self.used {
            return false;
        }
        for &byte in line {
            self.bytes[(self.read + self.used) % RING] = byte;
            self.used += 1;
        }
        true
    }
}

impl Sinks {
    fn emit(&mut self, line: &[u8]) {
        if let Some(rtt) = &mut self.rtt {
            let lost = rtt.lost();
            let count = lost.load(Ordering::Relaxed);
            if count > 0 {
                lost_note(count, &mut |note| {
                    if rtt.write(note) {
                        lost.store(0, Ordering::Relaxed);
                    }
                });
            }
            let behind = lost.load(Ordering::Relaxed);
            if behind > 0 || !rtt.write(line) {
                lost.store(behind.saturating_add(1), Ordering::Relaxed);
            }
        }
        if !cfg!(feature = "serial-log") {
            return;
        }
        if self.ring_lost > 0 {
            lost_note(self.ring_lost, &mut |note| {
                if self.ring.push(note) {
                    self.ring_lost = 0;
                }
            });
        }
        if self.ring_lost > 0 || !self.ring.push(line) {
            self.ring_lost = self.ring_lost.saturating_add(1);
        }
    }
}

/// Gives `emit` the line that tells how many lines are lost.
fn lost_note(count: u32, emit: &mut dyn FnMut(&[u8])) {
    let mut line = LogLine::new(emit);
    let now = Instant::now().as_millis();
    let _ = write!(line, "{now} WARN {count} lines of the log lost");
    line.finish();
}

/// Writes one line; the macros below check the level first.
pub fn write(level: Level, text: fmt::Arguments<'_>) {
    let mut emit = |line: &[u8]| {
        critical_section::with(|token| SINKS.borrow_ref_mut(token).emit(line));
    };
    let mut line = LogLine::new(&mut emit);
    let _ = write!(line, "{} {} ", Instant::now().as_millis(), level.name());
    line.end_prefix();
    let _ = line.write_fmt(text);
    line.finish();
    READY.signal(());
}

/// Copies the newest whole lines that are kept; gives how many bytes they are.
pub fn tail(out: &mut [u8]) -> usize {
    critical_section::with(|token| {
        SINKS
            .borrow_ref_mut(token)
            .rtt
            .as_mut()
            .map_or(0, |rtt| rtt.tail(out))
    })
}

/// Takes up to `out.len()` bytes that a debugger wrote.
pub fn read(out: &mut [u8]) -> usize {
    critical_section::with(|token| {
        let rtt = &mut SINKS.borrow_ref_mut(token).rtt;
        rtt.as_mut().map_or(0, |rtt| rtt.read(out))
    })
}

/// Takes up to `out.len()` bytes for the serial port.
pub fn take(out: &mut [u8]) -> usize {
    critical_section::with(|token| {
        let ring = &mut SINKS.borrow_ref_mut(token).ring;
        let count = out.len().min(ring.used);
        for byte in &mut out[..count] {
            *byte = ring.bytes[ring.read];
            ring.read = (ring.read + 1) % RING;
        }
        ring.used -= count;
        count
    })
}

/// Logs an error.
#[macro_export]
macro_rules! error { ($($text:tt)*) => { $crate::log::write($crate::log::Level::Error, format_args!($($text)*)) } }
/// Logs a warning.
#[macro_export]
macro_rules! warn { ($($text:tt)*) => { $crate::log::write($crate::log::Level::Warn, format_args!($($text)*)) } }
/// Logs what a user wants to follow.
#[macro_export]
macro_rules! info { ($($text:tt)*) => { $crate::log::write($crate::log::Level::Info, format_args!($($text)*)) } }
/// Logs what a developer wants to follow.
#[macro_export]
macro_rules! debug { ($($text:tt)*) => {
    if cfg!(feature = "debug") { $crate::log::write($crate::log::Level::Debug, format_args!($($text)*)) }
} }
