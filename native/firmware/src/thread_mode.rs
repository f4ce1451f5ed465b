//! Data of the main loop.

use core::cell::{RefCell, RefMut};

/// A value that only thread mode touches, so that no lock is needed.
pub struct ThreadMode<T>(RefCell<T>);

// SAFETY: there is one core, every use is in thread mode, and interrupt handlers do not name these
// statics; the RefCell finds a use inside a use.
unsafe impl<T> Sync for ThreadMode<T> {}

impl<T> ThreadMode<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        ThreadMode(RefCell::new(value))
    }

    /// Borrows the value; never held over an await.
    pub fn borrow(&self) -> RefMut<'_, T> {
        self.0.borrow_mut()
    }
}
