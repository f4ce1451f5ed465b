//! JerryScript 3.0's public API as far as the wrapper uses it, and the shim's few functions beside it.

use core::ffi::{c_char, c_void};

/// A value of the engine; 32 bits, owned by whoever must free it.
pub type Raw = u32;

/// `jerry_call_info_t`.
#[repr(C)]
pub struct CallInfo {
    pub function: Raw,
    pub this_value: Raw,
    pub new_target: Raw,
}

pub type Handler = extern "C" fn(*const CallInfo, *const Raw, u32) -> Raw;
pub type HaltCallback = extern "C" fn(*mut c_void) -> Raw;

pub const ERROR_RANGE: i32 = 3;
pub const ERROR_TYPE: i32 = 6;
pub const ENCODING_UTF8: i32 = 1;
pub const GC_HIGH: i32 = 1;
pub const TYPEDARRAY_UINT8: i32 = 1;
pub const TYPEDARRAY_UINT32: i32 = 6;

unsafe extern "C" {
    pub fn jerry_init(flags: i32);
    pub fn jerry_run_jobs() -> Raw;
    pub fn jerry_call(function: Raw, this_value: Raw, arguments: *const Raw, count: u32) -> Raw;
    pub fn jerry_current_realm() -> Raw;
    pub fn jerry_value_free(value: Raw);
    pub fn jerry_value_copy(value: Raw) -> Raw;
    pub fn jerry_value_is_exception(value: Raw) -> bool;
    pub fn jerry_value_is_abort(value: Raw) -> bool;
    pub fn jerry_value_is_number(value: Raw) -> bool;
    pub fn jerry_value_is_string(value: Raw) -> bool;
    pub fn jerry_value_is_function(value: Raw) -> bool;
    pub fn jerry_value_as_number(value: Raw) -> f64;
    pub fn jerry_value_to_string(value: Raw) -> Raw;
    pub fn jerry_exception_value(value: Raw, free: bool) -> Raw;
    pub fn jerry_abort(value: Raw, take: bool) -> Raw;
    pub fn jerry_throw_sz(kind: i32, message: *const c_char) -> Raw;
    pub fn jerry_undefined() -> Raw;
    pub fn jerry_boolean(value: bool) -> Raw;
    pub fn jerry_number(value: f64) -> Raw;
    pub fn jerry_string(text: *const u8, size: u32, encoding: i32) -> Raw;
    pub fn jerry_string_to_buffer(value: Raw, encoding: i32, buffer: *mut u8, size: u32) -> u32;
    pub fn jerry_string_size(value: Raw, encoding: i32) -> u32;
    pub fn jerry_object() -> Raw;
    pub fn jerry_object_set(object: Raw, key: Raw, value: Raw) -> Raw;
    pub fn jerry_object_get(object: Raw, key: Raw) -> Raw;
    pub fn jerry_function_external(handler: Handler) -> Raw;
    pub fn jerry_arraybuffer_external(buffer: *mut u8, size: u32, user: *mut c_void) -> Raw;
    pub fn jerry_typedarray_with_buffer(kind: i32, buffer: Raw) -> Raw;
    pub fn jerry_halt_handler(interval: u32, callback: Option<HaltCallback>, user: *mut c_void);
    pub fn jerry_heap_gc(mode: i32);

    pub fn usbnvme_jerry_memory(start: *mut c_void, size: usize);
    pub fn usbnvme_jerry_run(source: *const u8, size: usize) -> Raw;
    pub fn usbnvme_jerry_grow(size: usize) -> bool;
    pub fn usbnvme_jerry_end_parsing();
    pub fn usbnvme_jerry_call(
        function: Raw,
        numbers: *const f64,
        count: u32,
        result: *mut f64,
    ) -> Raw;
    pub fn usbnvme_jerry_watch_throws();
    pub fn usbnvme_jerry_place(buffer: *mut u8, size: usize) -> usize;
    pub fn usbnvme_jerry_heap(out: *mut u32);
    pub fn usbnvme_jerry_bytes(value: Raw, length: *mut u32) -> *mut u8;
}
