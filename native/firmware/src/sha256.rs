//! SHA-256 on the HASH peripheral, one computation at a time.

use crate::thread_mode::ThreadMode;
use embassy_stm32::hash::{Algorithm, Context, DataType, Hash};
use embassy_stm32::mode::Blocking;
use embassy_stm32::{Peri, bind_interrupts, hash, peripherals};

bind_interrupts!(struct Interrupts {
    HASH => hash::InterruptHandler<peripherals::HASH>;
});

static DRIVER: ThreadMode<Option<Hash<'static, peripherals::HASH, Blocking>>> =
    ThreadMode::new(None);
static CONTEXT: ThreadMode<Option<Context<'static>>> = ThreadMode::new(None);

/// Switches the peripheral on.
pub fn init(peripheral: Peri<'static, peripherals::HASH>) {
    *DRIVER.borrow() = Some(Hash::new_blocking(peripheral, Interrupts));
}

/// Begins a computation; one under way is forgotten.
pub fn begin() {
    if let Some(hash) = DRIVER.borrow().as_mut() {
        *CONTEXT.borrow() = Some(hash.start(Algorithm::SHA256, DataType::Width8, None));
    }
}

/// Adds octets; false if none was begun.
pub fn update(bytes: &[u8]) -> bool {
    let (mut hash, mut context) = (DRIVER.borrow(), CONTEXT.borrow());
    let (Some(hash), Some(context)) = (hash.as_mut(), context.as_mut()) else {
        return false;
    };
    hash.update_blocking(context, bytes);
    true
}

/// Ends the computation and writes the digest; false if none was begun.
pub fn finish(digest: &mut [u8; 32]) -> bool {
    let mut hash = DRIVER.borrow();
    let (Some(hash), Some(context)) = (hash.as_mut(), CONTEXT.borrow().take()) else {
        return false;
    };
    hash.finish_blocking(context, digest);
    true
}
