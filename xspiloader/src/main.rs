//! The loader in internal flash: checks the image at the start of the external flash, puts it into
//! RAM and starts it.
#![no_std]
#![no_main]

mod clocks;
mod console;
mod failure;
mod flash;
mod options;
mod start;
mod time;
mod xspi;

use core::mem::MaybeUninit;

use cortex_m_rt::entry;
use xspiloader_core::flash_part::BASE_MODE;
use xspiloader_core::{LoadError, Name, Plan, transfer};

use flash::Flash;

const BUFFER_BYTES: usize = 8 * 1024;

/// One piece of the file at a time.
#[unsafe(link_section = ".uninit.buffer")]
static mut BUFFER: MaybeUninit<[u32; BUFFER_BYTES / 4]> = MaybeUninit::uninit();

#[entry]
fn main() -> ! {
    // Sound: the only call, at the start.
    let mut core = unsafe { cortex_m::Peripherals::steal() };
    time::start(&mut core.SYST, 64);
    console::start();
    info!("xspiloader {}", env!("CARGO_PKG_VERSION"));
    core.SCB.enable_icache();
    let before = clocks::raise();
    if before.is_none() {
        warning!("PLL does not lock, loading at 64 MHz");
    }
    let loaded = load();
    if let Some(before) = before {
        before.restore();
    }
    match loaded {
        Ok(Some(plan)) => start::start(&plan, &mut core),
        Ok(None) => options::reset(),
        Err(error) => failure::show(error, 64),
    }
}

/// Loads the image; `None` if the option bytes were changed, and only a reset brings the RAM that
/// it needs.
fn load() -> Result<Option<Plan>, LoadError> {
    let mut flash = Flash::open()?;
    let result = load_from(&mut flash);
    let mode = flash.mode();
    let closed = flash.close();
    let loaded = result?;
    if closed.is_err() {
        warning!("flash does not answer after its reset");
    }
    if let Some(plan) = &loaded {
        info!(
            "started {:#010x}, {} bytes, flash {}, {} ms",
            plan.entry,
            plan.length,
            mode.name,
            time::now_us() / 1000
        );
    }
    Ok(loaded)
}

fn load_from(flash: &mut Flash) -> Result<Option<Plan>, LoadError> {
    // In 1-bit mode, so that an error tells about the image and not about the reading.
    let plan = Plan::read(flash)?;
    if !options::apply(plan.split)? {
        info!("RAM split changed, resetting");
        return Ok(None);
    }
    if plan.uses_ahb_sram {
        start::enable_ahb_sram();
    }
    flash.speed_up(0)?;
    if flash.mode() == BASE_MODE {
        warning!("flash stays in 1-bit mode, faster ways read other bytes");
    }
    let name = Name::read(&plan, flash)?;
    let name = name.as_ref().map_or("without name", Name::as_str);
    info!(
        "image {name}, {} bytes, flash {}",
        plan.length,
        flash.mode().name
    );
    if plan.note.is_none() {
        warning!("image has no checksum, taken as it is");
    }
    let buffer = (&raw mut BUFFER).cast::<[u8; BUFFER_BYTES]>();
    // Sound: the only reference to it, here and for this call; any octets are valid, and each is
    // written before it is read.
    let buffer = unsafe { &mut *buffer };
    match transfer(&plan, flash, &mut start::Ram, buffer) {
        Err(LoadError::Checksum { .. } | LoadError::Flash(_)) if flash.mode() != BASE_MODE => {
            warning!(
                "image damaged in mode {}, reading it again in 1-bit mode",
                flash.mode().name
            );
            flash.reset()?;
            transfer(&plan, flash, &mut start::Ram, buffer)?;
        }
        other => other?,
    }
    Ok(Some(plan))
}
