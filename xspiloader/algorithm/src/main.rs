//! The flash algorithm of the external flash: what a debugger loads into RAM and calls to erase,
//! program and read it.
//!
//! Functions, arguments and results are those of CMSIS-Pack flash programming, and `ReadFlash` is
//! probe-rs's: 0 for well, else the loader's number of the error; `Verify` gives the address behind
//! what is the same. The chip is at its reset state: 64 MHz, no caches, no interrupts.
#![no_std]
#![no_main]

mod part;
#[path = "../../src/time.rs"]
#[allow(dead_code, reason = "the loader's; it uses more of it")]
mod time;
#[path = "../../src/xspi.rs"]
#[allow(dead_code, reason = "the loader's; it uses more of it")]
mod xspi;

use core::panic::PanicInfo;
use core::ptr::addr_of_mut;

use part::{Part, Problem};

/// Where the flash's bytes would be mapped; addresses count from here.
const BASE: u32 = 0x7000_0000;
const RESET_MHZ: u32 = 64;
/// Result of a panic, as the loader blinks it.
const PANIC: u32 = 72;

static mut PART: Option<Part> = None;

/// The part between `Init` and `UnInit`.
fn part() -> Result<&'static mut Part, Problem> {
    // Sound: the debugger calls one function at a time, each to its end, and none keeps the reference.
    unsafe { (*addr_of_mut!(PART)).as_mut() }.ok_or(Problem::Closed)
}

fn code(result: Result<(), Problem>) -> u32 {
    result.map_or_else(Problem::number, |()| 0)
}

fn offset(address: u32) -> u32 {
    address.wrapping_sub(BASE)
}

/// Connects the flash and resets it out of whatever mode it was left in.
#[unsafe(no_mangle)]
pub extern "C" fn Init(_address: u32, _clock: u32, _function: u32) -> u32 {
    // Sound: nothing else uses SysTick.
    time::start(
        &mut unsafe { cortex_m::Peripherals::steal() }.SYST,
        RESET_MHZ,
    );
    match Part::open() {
        Ok(part) => {
            // Sound: as in `part`.
            unsafe { *addr_of_mut!(PART) = Some(part) };
            0
        }
        Err(problem) => problem.number(),
    }
}

/// Leaves flash and controller as a reset does.
#[unsafe(no_mangle)]
pub extern "C" fn UnInit(_function: u32) -> u32 {
    // Sound: as in `part`.
    let part = unsafe { (*addr_of_mut!(PART)).take() };
    let result = part.map_or(Ok(()), Part::close);
    // Sound: nothing else uses SysTick.
    unsafe { cortex_m::Peripherals::steal() }
        .SYST
        .disable_counter();
    code(result)
}

/// Erases the 64 KB that begin at `address`.
#[unsafe(no_mangle)]
pub extern "C" fn EraseSector(address: u32) -> u32 {
    code(part().and_then(|part| part.erase_block(offset(address))))
}

/// Erases all.
#[unsafe(no_mangle)]
pub extern "C" fn EraseChip() -> u32 {
    code(part().and_then(Part::erase_all))
}

/// Programs `size` bytes.
///
/// # Safety
///
/// `buffer` has `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ProgramPage(address: u32, size: u32, buffer: *const u8) -> u32 {
    // Sound: by the caller's word.
    let octets = unsafe { core::slice::from_raw_parts(buffer, size as usize) };
    code(part().and_then(|part| part.program(offset(address), octets)))
}

/// Compares; gives the address of the first difference, or the end's.
///
/// # Safety
///
/// `buffer` has `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn Verify(address: u32, size: u32, buffer: *const u8) -> u32 {
    // Sound: by the caller's word.
    let octets = unsafe { core::slice::from_raw_parts(buffer, size as usize) };
    part()
        .and_then(|part| part.same(offset(address), octets))
        .map_or(address, |same| address + same)
}

/// Reads `size` bytes.
///
/// # Safety
///
/// `buffer` has room for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ReadFlash(address: u32, size: u32, buffer: *mut u8) -> u32 {
    // Sound: by the caller's word.
    let octets = unsafe { core::slice::from_raw_parts_mut(buffer, size as usize) };
    code(part().and_then(|part| part.read(offset(address), octets)))
}

/// Says by 0 that `size` bytes hold `pattern` alone.
#[unsafe(no_mangle)]
pub extern "C" fn BlankCheck(address: u32, size: u32, pattern: u8) -> u32 {
    code(part().and_then(|part| part.is_filled(offset(address), size, pattern)))
}

#[panic_handler]
fn panic(_info: &PanicInfo) -> ! {
    // Sound: ends the call as its return does, with a result.
    unsafe { core::arch::asm!("bkpt #0", in("r0") PANIC) };
    loop {
        cortex_m::asm::bkpt();
    }
}
