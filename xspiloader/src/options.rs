//! The split of the shared RAMs in the option bytes.
//!
//! # Source
//!
//! RM0477, embedded flash memory: option bytes programming; `FLASH_OPTKEYR`, `FLASH_OPTCR`,
//! `FLASH_OPTISR`, `FLASH_OBW2SR`, `FLASH_OBW2SRP`.

use core::mem::MaybeUninit;

use stm32_metapac::flash::regs;
use stm32_metapac::{FLASH, RCC};
use xspiloader_core::LoadError;
use xspiloader_core::memory::{Split, TcmSize};

use crate::time;

const KEYS: [u32; 2] = [0x0819_2a3b, 0x4c5d_6e7f];
/// An option byte change takes some ten milliseconds at most.
const CHANGE_LIMIT_US: u32 = 1_000_000;
/// Says that the reset before was ours.
const RESET_MARK: [u32; 2] = [0x7370_6c69, 0x7421_0a0d];

#[unsafe(link_section = ".uninit.reset_mark")]
static mut MARK: MaybeUninit<[u32; 2]> = MaybeUninit::uninit();

/// Whether the option bytes already are as the image needs them.
///
/// After `false` the split has been written, and the machine must be reset.
///
/// # Errors
///
/// Why they cannot be changed; after one reset of ours without effect there is no second.
pub fn apply(split: Split) -> Result<bool, LoadError> {
    let status = FLASH.obw2sr().read();
    let ours = take_mark();
    if gives(status, split) {
        return Ok(true);
    }
    if ours {
        return Err(LoadError::OptionsNotKept(status.0));
    }
    change(status, split)?;
    Ok(false)
}

/// Resets the machine, so that the new split takes effect, and remembers that it did.
pub fn reset() -> ! {
    let mark = (&raw mut MARK).cast::<[u32; 2]>();
    // Sound: nothing else uses it.
    unsafe { mark.write_volatile(RESET_MARK) };
    cortex_m::peripheral::SCB::sys_reset()
}

fn gives(status: regs::Obw2sr, split: Split) -> bool {
    TcmSize::from_code(status.itcm_axi_share()) == Some(split.itcm)
        && TcmSize::from_code(status.dtcm_axi_share()) == Some(split.dtcm)
}

/// Whether the last reset was ours; forgets it.
fn take_mark() -> bool {
    // After power-on the RAM holds anything, and reading it may raise an ECC error.
    if !RCC.rsr().read().sftrstf() {
        return false;
    }
    let mark = (&raw mut MARK).cast::<[u32; 2]>();
    // Sound: nothing else uses it, and any value is a valid one.
    unsafe {
        let ours = mark.read_volatile() == RESET_MARK;
        mark.write_volatile([0; 2]);
        ours
    }
}

fn change(status: regs::Obw2sr, split: Split) -> Result<(), LoadError> {
    if FLASH.optcr().read().optlock() {
        for key in KEYS {
            FLASH.optkeyr().write_value(regs::Optkeyr(key));
        }
        if FLASH.optcr().read().optlock() {
            return Err(LoadError::OptionsLocked);
        }
    }
    FLASH.opticr().write(|w| w.set_opterrf(true));
    let result = write(status, split);
    // Two writes: a lock must not keep PG_OPT.
    FLASH.optcr().modify(|w| w.set_pg_opt(false));
    FLASH.optcr().modify(|w| w.set_optlock(true));
    result
}

fn write(status: regs::Obw2sr, split: Split) -> Result<(), LoadError> {
    let idle = || {
        let status = FLASH.sr().read();
        !status.busy() && !status.qw()
    };
    if !time::wait_for(CHANGE_LIMIT_US, idle) {
        return Err(LoadError::OptionsBusy);
    }
    FLASH.optcr().modify(|w| w.set_pg_opt(true));
    FLASH.obw2srp().write(|w| {
        w.set_itcm_axi_share(split.itcm.code());
        w.set_dtcm_axi_share(split.dtcm.code());
        w.set_ecc_on_sram(status.ecc_on_sram());
        w.set_i2c_ni3c(status.i2c_ni3c());
    });
    cortex_m::asm::dsb();
    if !time::wait_for(CHANGE_LIMIT_US, idle) {
        return Err(LoadError::OptionsBusy);
    }
    if FLASH.optisr().read().opterrf() {
        return Err(LoadError::OptionsRefused);
    }
    Ok(())
}
