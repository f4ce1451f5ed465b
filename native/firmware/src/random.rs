//! Numbers that differ between boards and runs; not for secrets.

use core::sync::atomic::{AtomicU32, Ordering};
use embassy_time::Instant;

static STATE: AtomicU32 = AtomicU32::new(1);

/// Mixes the board's UUID in.
pub fn seed(uuid: &[u8; 16]) {
    let word = u32::from_le_bytes([uuid[0], uuid[1], uuid[2], uuid[3]]);
    STATE.store(word | 1, Ordering::Relaxed);
}

/// Gives 32 bits (xorshift32, with the time of the call mixed in).
pub fn next() -> u32 {
    let mut state = STATE.load(Ordering::Relaxed) ^ (Instant::now().as_ticks() as u32) << 1;
    state = if state == 0 { 1 } else { state };
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    STATE.store(state, Ordering::Relaxed);
    state
}
