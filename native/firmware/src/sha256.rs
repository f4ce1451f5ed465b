//! SHA-256 on the HASH peripheral, one computation at a time.

use crate::thread_mode::ThreadMode;
use embassy_stm32::hash::{Algorithm, Context, DataType, Hash};
use embassy_stm32::mode::Blocking;
use embassy_stm32::{Peri, bind_interrupts, hash, peripherals};

bind_interrupts!(struct Interrupts {
    HASH => hash::InterruptHandler<peripherals::HASH>;
});

static HASH: ThreadMode<Option<Hash<'static, peripherals::HASH, Blocking>>> = ThreadMode::new(None);
static CONTEXT: ThreadMode<Option<Context<'static>>> = ThreadMode::new(None);

/// Switches the peripheral on.
pub fn init(peripheral: Peri<'static, peripherals::HASH>) {
    *HASH.borrow() = Some(Hash::new_blocking(peripheral, Interrupts));
}

/// Begins a computation; one under way is forgotten.
pub fn begin() {
    if let Some(hash) = HASH.borrow() {
        *CONTEXT.borrow() = Some(hash.start(Algorithm::SHA256, DataType::Width8, None));
    }
}

/// Adds octets; false if none was begun.
pub fn update(bytes: &[u8]) -> bool {
    let (Some(hash), Some(context)) = (HASH.borrow(), CONTEXT.borrow()) else {
        return false;
    };
    hash.update_blocking(context, bytes);
    true
}

/// Ends the computation and writes the digest; false if none was begun.
pub fn finish(digest: &mut [u8; 32]) -> bool {
    let (Some(hash), Some(context)) = (HASH.borrow(), CONTEXT.borrow().take()) else {
        return false;
    };
    hash.finish_blocking(context, digest);
    true
}
