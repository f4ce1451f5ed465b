//! What of the base image needs no register, held by tests on a PC.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod log_line;

pub use log_line::{LONGEST, LogLine};
