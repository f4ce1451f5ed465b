//! Time since the start from the free-running SysTick, without interrupts.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

const MASK: u32 = 0x00ff_ffff;

static CYCLES_PER_US: AtomicU32 = AtomicU32::new(64);
static LAST: AtomicU32 = AtomicU32::new(0);
static REST: AtomicU32 = AtomicU32::new(0);
static MICROSECONDS: AtomicU32 = AtomicU32::new(0);

/// Starts counting at zero, at `mhz` cycles a microsecond.
pub fn start(syst: &mut SYST, mhz: u32) {
    CYCLES_PER_US.store(mhz, Relaxed);
    syst.set_clock_source(SystClkSource::Core);
    syst.set_reload(MASK);
    syst.clear_current();
    syst.enable_counter();
}

/// Goes on at another frequency.
pub fn set_mhz(mhz: u32) {
    now_us();
    REST.store(0, Relaxed);
    CYCLES_PER_US.store(mhz, Relaxed);
}

/// Microseconds since the start; to be called at least every 41 ms, where the counter wraps.
pub fn now_us() -> u32 {
    let count = SYST::get_current();
    let passed = LAST.swap(count, Relaxed).wrapping_sub(count) & MASK;
    let cycles = REST.load(Relaxed) + passed;
    let per_us = CYCLES_PER_US.load(Relaxed);
    REST.store(cycles % per_us, Relaxed);
    let now = MICROSECONDS.load(Relaxed).wrapping_add(cycles / per_us);
    MICROSECONDS.store(now, Relaxed);
    now
}

/// Waits until `ready` says so; false if it does not within `limit_us`.
pub fn wait_for(limit_us: u32, mut ready: impl FnMut() -> bool) -> bool {
    let start = now_us();
    loop {
        if ready() {
            return true;
        }
        if now_us().wrapping_sub(start) > limit_us {
            return ready();
        }
    }
}

/// Waits at least `us` microseconds.
pub fn pause(us: u32) {
    wait_for(us, || false);
}
