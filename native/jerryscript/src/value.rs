//! Values that native code holds.

use crate::exception::Exception;
use crate::ffi::{self, Raw};

/// A script value that native code owns; dropping it gives it back.
#[derive(Debug)]
pub struct Value(pub(crate) Raw);

impl Value {
    /// Makes `undefined`.
    pub fn undefined() -> Value {
        // SAFETY: the engine runs as long as any Value can be made.
        Value(unsafe { ffi::jerry_undefined() })
    }

    /// Makes a boolean.
    pub fn boolean(value: bool) -> Value {
        // SAFETY: as above.
        Value(unsafe { ffi::jerry_boolean(value) })
    }

    /// Makes a number.
    pub fn number(value: f64) -> Value {
        // SAFETY: as above.
        Value(unsafe { ffi::jerry_number(value) })
    }

    /// Makes a string.
    pub fn text(text: &str) -> Value {
        // SAFETY: the engine copies the bytes, which are UTF-8.
        Value(unsafe { ffi::jerry_string(text.as_ptr(), text.len() as u32, ffi::ENCODING_UTF8) })
    }

    /// Makes a Uint8Array over native memory; the script may write it at any time it runs.
    pub fn bytes(memory: &'static mut [u8]) -> Value {
        Value::array(memory.as_mut_ptr(), memory.len(), ffi::TYPEDARRAY_UINT8)
    }

    /// Makes a Uint32Array over native memory.
    pub fn words(memory: &'static mut [u32]) -> Value {
        let pointer = memory.as_mut_ptr().cast();
        Value::array(
            pointer,
            core::mem::size_of_val(memory),
            ffi::TYPEDARRAY_UINT32,
        )
    }

    fn array(pointer: *mut u8, length: usize, kind: i32) -> Value {
        // SAFETY: the memory is static, so it outlives the engine. The ArrayBuffer is never freed: the
        // copy that is leaked here keeps it, since freeing it would hand native memory to the heap.
        unsafe {
            let buffer =
                ffi::jerry_arraybuffer_external(pointer, length as u32, core::ptr::null_mut());
            let array = ffi::jerry_typedarray_with_buffer(kind, buffer);
            Value(array)
        }
    }

    /// Gives the number that this is, or NaN.
    pub fn as_number(&self) -> f64 {
        // SAFETY: a live value.
        unsafe { ffi::jerry_value_as_number(self.0) }
    }

    /// Takes a result of the engine apart.
    pub(crate) fn of(raw: Raw) -> Result<Value, Exception> {
        // SAFETY: `raw` is a live value that is owned here.
        if unsafe { ffi::jerry_value_is_exception(raw) } {
            Err(Exception::take(raw))
        } else {
            Ok(Value(raw))
        }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // SAFETY: owned, and freed once.
        unsafe { ffi::jerry_value_free(self.0) }
    }
}

/// An object to put properties on.
#[derive(Debug)]
pub struct Object(pub(crate) Value);

impl Object {
    /// Sets a property.
    pub fn set(&self, name: &str, value: &Value) {
        let key = Value::text(name);
        // SAFETY: all three are live.
        let result = Value(unsafe { ffi::jerry_object_set((self.0).0, key.0, value.0) });
        drop(result);
    }

    /// Gets a property.
    pub fn get(&self, name: &str) -> Result<Value, Exception> {
        let key = Value::text(name);
        // SAFETY: both are live.
        Value::of(unsafe { ffi::jerry_object_get((self.0).0, key.0) })
    }

    /// Gives this object as a value, to be set as another one's property.
    pub fn value(&self) -> &Value {
        &self.0
    }
}

/// A function of the script that native code keeps and calls.
#[derive(Debug)]
pub struct Function(pub(crate) Value);

impl Function {
    /// Calls the function with numbers and gives the number it returns (NaN for anything else).
    ///
    /// # Errors
    ///
    /// What the script threw, or that its deadline stopped it.
    pub fn call<const N: usize>(&self, arguments: [f64; N]) -> Result<f64, Exception> {
        const { assert!(N <= 8, "at most 8 arguments") };
        let mut number = f64::NAN;
        // SAFETY: the function is live, and the shim makes and frees the values of the arguments.
        let raw = unsafe {
            ffi::usbnvme_jerry_call((self.0).0, arguments.as_ptr(), N as u32, &mut number)
        };
        // SAFETY: a live value; anything but an exception is `undefined`.
        if unsafe { ffi::jerry_value_is_exception(raw) } {
            return Err(Exception::take(raw));
        }
        Ok(number)
    }

    /// Calls the function with one text and a number.
    ///
    /// # Errors
    ///
    /// As [`Function::call`].
    pub fn call_text(&self, text: &str, number: f64) -> Result<f64, Exception> {
        let arguments = [Value::text(text), Value::number(number)];
        // SAFETY: as above.
        let result = unsafe {
            let raw = [arguments[0].0, arguments[1].0];
            ffi::jerry_call((self.0).0, ffi::jerry_undefined(), raw.as_ptr(), 2)
        };
        Value::of(result).map(|value| value.as_number())
    }
}
