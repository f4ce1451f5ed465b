//! The log: lines over RTT up channel 0.

use core::fmt::{Arguments, Write};

use rtt_target::{UpChannel, rtt_init};

use crate::time;

/// Makes the RTT control block; to be called once, before any line.
pub fn start() {
    rtt_init! {
        up: {
            0: {
                size: 1024,
                mode: rtt_target::ChannelMode::NoBlockSkip,
                name: "Terminal"
            }
        }
    };
}

/// Writes one line: milliseconds, level, text. A line that does not fit is left out as a whole.
pub fn line(level: &str, text: Arguments<'_>) {
    // Sound: the control block stands since `start`, and nothing interrupts the loader but the
    // fault handlers, which never return.
    if let Some(mut channel) = unsafe { UpChannel::conjure(0) } {
        let _ = channel.write_fmt(format_args!("{} {level} {text}\n", time::now_us() / 1000));
    }
}

/// Takes the control block's magic away, so that a debugger finds the image's and not ours.
pub fn wipe() {
    unsafe extern "C" {
        #[link_name = "_SEGGER_RTT"]
        static mut CONTROL_BLOCK: [u32; 6];
    }
    let words = (&raw mut CONTROL_BLOCK).cast::<u32>();
    for index in 0..6 {
        // Sound: the block is 24 octets and more, and no line is written any more.
        unsafe { words.add(index).write_volatile(0) };
    }
}

/// Writes an INFO line.
#[macro_export]
macro_rules! info {
    ($($text:tt)*) => { $crate::console::line("INFO", format_args!($($text)*)) };
}

/// Writes a WARN line.
#[macro_export]
macro_rules! warning {
    ($($text:tt)*) => { $crate::console::line("WARN", format_args!($($text)*)) };
}
