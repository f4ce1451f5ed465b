//! What the test programs share: lines over RTT that say what held.
#![no_std]

use core::fmt::{Arguments, Write};
use core::panic::PanicInfo;

use rtt_target::{UpChannel, rtt_init};

/// Makes the RTT control block; to be called once, first of all.
pub fn start() {
    rtt_init! {
        up: {
            0: {
                size: 4096,
                mode: rtt_target::ChannelMode::NoBlockSkip,
                name: "Terminal"
            }
        }
    };
}

/// Writes one line.
pub fn line(text: Arguments<'_>) {
    // SAFETY: the control block stands since `start`; programs write lines from thread mode only.
    if let Some(mut channel) = unsafe { UpChannel::conjure(0) } {
        let _ = channel.write_fmt(format_args!("{text}\n"));
    }
}

/// Writes `ok NAME`, or `FAIL NAME` with what was seen.
pub fn check(name: &str, holds: bool, seen: Arguments<'_>) {
    if holds {
        line(format_args!("ok {name}"));
    } else {
        line(format_args!("FAIL {name}: {seen}"));
    }
}

/// Checks that two values are the same.
#[macro_export]
macro_rules! same {
    ($name:literal, $left:expr, $right:expr) => {{
        let (left, right) = ($left, $right);
        $crate::check(
            $name,
            left == right,
            format_args!("{left:x?} instead of {right:x?}"),
        );
    }};
}

/// Checks that a number lies within bounds, both included.
#[macro_export]
macro_rules! within {
    ($name:literal, $value:expr, $low:expr, $high:expr) => {{
        let value = $value;
        $crate::check(
            $name,
            ($low..=$high).contains(&value),
            format_args!("{value} instead of {} to {}", $low, $high),
        );
    }};
}

/// Says that the program has come to its end, and waits.
pub fn done() -> ! {
    line(format_args!("done"));
    loop {
        cortex_m::asm::wfi();
    }
}

/// Starts the cycle counter.
pub fn start_cycles(core: &mut cortex_m::Peripherals) {
    core.DCB.enable_trace();
    core.DWT.enable_cycle_counter();
}

/// The cycle counter.
pub fn cycles() -> u32 {
    cortex_m::peripheral::DWT::cycle_count()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let place = info
        .location()
        .map_or(("?", 0), |place| (place.file(), place.line()));
    line(format_args!("FAIL panic: {} line {}", place.0, place.1));
    done()
}
