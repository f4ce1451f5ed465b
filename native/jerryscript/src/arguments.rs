//! The arguments of a native function, checked in one place.

use crate::exception::Text;
use crate::ffi::{self, Raw};
use crate::value::{Function, Value};
use core::ops::RangeInclusive;

/// Why a native function refuses its arguments; thrown as TypeError or RangeError with the function's name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NativeError {
    /// Argument `0` (from 0) is not of the type that `1` names.
    Type(u32, &'static str),
    /// Argument `0` (from 0) is of the right type but out of the range that `1` names.
    Range(u32, &'static str),
}

/// What the script passed to a native function.
pub struct Arguments<'a> {
    values: &'a [Raw],
}

impl<'a> Arguments<'a> {
    /// # Safety
    ///
    /// `values` points to `count` live values for as long as `'a`.
    pub(crate) unsafe fn new(values: *const Raw, count: u32) -> Arguments<'a> {
        let values = if count == 0 {
            &[]
        } else {
            // SAFETY: the caller's promise.
            unsafe { core::slice::from_raw_parts(values, count as usize) }
        };
        Arguments { values }
    }

    fn raw(&self, index: u32, what: &'static str) -> Result<Raw, NativeError> {
        self.values
            .get(index as usize)
            .copied()
            .ok_or(NativeError::Type(index, what))
    }

    /// Gives an integer in a range.
    ///
    /// # Errors
    ///
    /// [`NativeError::Type`] for no number, [`NativeError::Range`] for a fraction, NaN or a number outside.
    pub fn integer(
        &self,
        index: u32,
        range: RangeInclusive<i64>,
        what: &'static str,
    ) -> Result<i64, NativeError> {
        let raw = self.raw(index, what)?;
        // SAFETY: a live value.
        if !unsafe { ffi::jerry_value_is_number(raw) } {
            return Err(NativeError::Type(index, what));
        }
        // SAFETY: a live number.
        let number = unsafe { ffi::jerry_value_as_number(raw) };
        let integer = number as i64;
        if integer as f64 != number || !range.contains(&integer) {
            return Err(NativeError::Range(index, what));
        }
        Ok(integer)
    }

    /// Gives the memory of a Uint8Array, for the duration of the native call.
    ///
    /// # Errors
    ///
    /// [`NativeError::Type`] for anything else.
    pub fn bytes(&self, index: u32, what: &'static str) -> Result<(*mut u8, usize), NativeError> {
        let raw = self.raw(index, what)?;
        let mut length = 0;
        // SAFETY: a live value; the pointer stays good while no script runs.
        let pointer = unsafe { ffi::usbnvme_jerry_bytes(raw, &mut length) };
        if pointer.is_null() {
            return Err(NativeError::Type(index, what));
        }
        Ok((pointer, length as usize))
    }

    /// Gives a part of a Uint8Array as a pointer that is good for `length` bytes.
    ///
    /// # Errors
    ///
    /// [`NativeError::Type`] for no Uint8Array, [`NativeError::Range`] (naming `index` + 1, the offset) where
    /// the part is not inside it.
    pub fn part(
        &self,
        index: u32,
        offset: i64,
        length: i64,
        what: &'static str,
    ) -> Result<*mut u8, NativeError> {
        let (pointer, size) = self.bytes(index, what)?;
        if offset < 0 || length < 0 || offset.saturating_add(length) > size as i64 {
            return Err(NativeError::Range(index + 1, "inside the array"));
        }
        // SAFETY: inside the array.
        Ok(unsafe { pointer.add(offset as usize) })
    }

    /// Gives a string's text; one of more than `N` bytes is cut and ends in `…`.
    ///
    /// # Errors
    ///
    /// [`NativeError::Type`] for anything else.
    pub fn text<const N: usize>(
        &self,
        index: u32,
        what: &'static str,
    ) -> Result<Text<N>, NativeError> {
        let raw = self.raw(index, what)?;
        // SAFETY: a live value.
        if !unsafe { ffi::jerry_value_is_string(raw) } {
            return Err(NativeError::Type(index, what));
        }
        let mut text = Text::new();
        text.take_string(raw);
        Ok(text)
    }

    /// Keeps a function of the script.
    ///
    /// # Errors
    ///
    /// [`NativeError::Type`] for anything else.
    pub fn function(&self, index: u32, what: &'static str) -> Result<Function, NativeError> {
        let raw = self.raw(index, what)?;
        // SAFETY: a live value; the copy is owned by the Function.
        unsafe {
            if !ffi::jerry_value_is_function(raw) {
                return Err(NativeError::Type(index, what));
            }
            Ok(Function(Value(ffi::jerry_value_copy(raw))))
        }
    }
}
