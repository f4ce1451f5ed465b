//! What happens when nothing can be started: a line, a blinking LED, and waiting for a debugger.

use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{ExceptionFrame, exception};
use stm32_metapac::gpio::vals::Moder;
use stm32_metapac::{GPIOB, RCC};
use xspiloader_core::LoadError;

use crate::console;

/// LD3, red: PB7.
const LED: usize = 7;
const TICK_MS: u32 = 100;
const TICKS_LONG: u32 = 7;
const TICKS_SHORT: u32 = 2;
const TICKS_BETWEEN: u32 = 3;
const TICKS_PAUSE: u32 = 20;

/// Logs the error and blinks its number for ever: tens long, units short.
///
/// `mhz` is the CPU's clock, for the blinking's pace.
pub fn show(error: LoadError, mhz: u32) -> ! {
    cortex_m::interrupt::disable();
    let number = error.number();
    console::line(
        "ERROR",
        format_args!("E{number} {error}; {}", error.remedy()),
    );
    RCC.ahb4enr().modify(|w| w.set_gpioben(true));
    let _ = RCC.ahb4enr().read();
    GPIOB.moder().modify(|w| w.set_moder(LED, Moder::OUTPUT));
    // Sound: nothing else uses SysTick any more.
    let mut syst = unsafe { cortex_m::Peripherals::steal() }.SYST;
    syst.set_clock_source(SystClkSource::Core);
    syst.set_reload((mhz * 1000 * TICK_MS / 8).min(0x00ff_ffff));
    syst.clear_current();
    syst.enable_counter();
    syst.enable_interrupt();
    loop {
        for _ in 0..number / 10 {
            blink(TICKS_LONG, mhz);
        }
        for _ in 0..number % 10 {
            blink(TICKS_SHORT, mhz);
        }
        pause(TICKS_PAUSE, mhz);
    }
}

fn blink(ticks: u32, mhz: u32) {
    GPIOB.bsrr().write(|w| w.set_bs(LED, true));
    pause(ticks, mhz);
    GPIOB.bsrr().write(|w| w.set_br(LED, true));
    pause(TICKS_BETWEEN, mhz);
}

fn pause(ticks: u32, mhz: u32) {
    // In a fault handler no tick is strong enough to wake the core.
    if SCB::vect_active() != cortex_m::peripheral::scb::VectActive::ThreadMode {
        cortex_m::asm::delay(ticks * TICK_MS * 1000 * mhz);
        return;
    }
    // Eight periods a tick: the counter has 24 bits only. It wakes the core although interrupts
    // are off, and is never taken.
    for _ in 0..ticks * 8 {
        cortex_m::asm::wfi();
        SCB::clear_pendst();
    }
}

fn clock_mhz() -> u32 {
    let raised = RCC.cfgr().read().sws() == stm32_metapac::rcc::vals::Sw::PLL1_P;
    if raised { 400 } else { 64 }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let line = info.location().map_or(0, core::panic::Location::line);
    show(LoadError::Panic(line), clock_mhz())
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    // Sound: read only.
    let scb = unsafe { &*SCB::PTR };
    let error = LoadError::Fault {
        pc: frame.pc(),
        cfsr: scb.cfsr.read(),
        address: scb.bfar.read(),
    };
    show(error, clock_mhz())
}

#[exception]
unsafe fn DefaultHandler(number: i16) -> ! {
    show(LoadError::Unexpected(number), clock_mhz())
}
