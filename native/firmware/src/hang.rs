//! Watches the main loop from an interrupt, so that the place where it hangs is known when the
//! watchdog resets the chip.

use crate::crash;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use embassy_stm32::interrupt::{self, InterruptExt, Priority};
use embassy_time::Timer;

/// How often the main loop is looked at, in ms; it beats as often.
pub const BEAT_MS: u64 = 250;
/// After how many looks without a beat it counts as hung: before the watchdog's 2 s, after the 1 s
/// that a script may take to start.
const LOOKS: u32 = 6;

static BEATS: AtomicU32 = AtomicU32::new(0);
static STUCK: AtomicBool = AtomicBool::new(false);

/// Tells that the main loop lives.
pub fn beat() {
    // One writer: thread mode.
    BEATS.store(
        BEATS.load(Ordering::Relaxed).wrapping_add(1),
        Ordering::Relaxed,
    );
}

/// Notes where the main loop stands; called by the interrupt that [`watch`] pends.
pub fn found(pc: u32, lr: u32) {
    STUCK.store(true, Ordering::Relaxed);
    crate::error!("the main loop hangs at {pc:#010x}, lr {lr:#010x}");
    crash::stuck(format_args!("at {pc:#010x}, lr {lr:#010x}"));
}

/// Looks for ever.
#[embassy_executor::task]
pub async fn watch() {
    // The lowest priority: it interrupts the main loop and no other interrupt.
    interrupt::UART5.set_priority(Priority::P15);
    // SAFETY: its handler only reads what was interrupted.
    unsafe { interrupt::UART5.enable() };
    let mut seen = 0;
    let mut looks = 0;
    loop {
        Timer::after_millis(BEAT_MS).await;
        let beats = BEATS.load(Ordering::Relaxed);
        if beats != seen {
            seen = beats;
            looks = 0;
            if STUCK.swap(false, Ordering::Relaxed) {
                crash::goes_on();
                crate::warn!("the main loop goes on");
            }
            continue;
        }
        looks += 1;
        if looks == LOOKS {
            interrupt::UART5.pend();
        }
    }
}
