//! JerryScript 3.0 with binary64 numbers, behind a wrapper that is safe to use.
//!
//! There is one engine and one thread: [`Engine::new`] takes its memory and can be called once.
#![cfg_attr(not(test), no_std)]
// An exception carries its text, as there is no allocator to put it elsewhere.
#![allow(clippy::result_large_err)]

mod arguments;
mod decimal;
mod engine;
mod exception;
mod ffi;
mod number;
mod value;

pub use arguments::{Arguments, NativeError};
pub use engine::{Engine, Heap, Hooks, Native};
pub use exception::{Exception, Text};
pub use value::{Function, Object, Value};

/// Name and source of the engine, as a build prints them.
pub const SOURCE: &str = env!("USBNVME_JERRYSCRIPT_SOURCE");
