//! The independent watchdog: fed it waits, unfed it resets.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use embassy_stm32::pac::RCC;
use embassy_stm32::wdg::IndependentWatchdog;
use twin_test_firmware::{line, same, start};

#[entry]
fn main() -> ! {
    start();
    let p = embassy_stm32::init(embassy_stm32::Config::default());
    same!(
        "no watchdog reset before",
        RCC.rsr().read().iwdgrstf(),
        false
    );
    let mut watchdog = IndependentWatchdog::new(p.IWDG, 50_000);
    watchdog.unleash();
    for _ in 0..8 {
        // One or two cycles a turn at 64 MHz: 15 or 30 ms.
        cortex_m::asm::delay(64_000 * 15);
        watchdog.pet();
    }
    line(format_args!("ok fed watchdog waits"));
    line(format_args!("done"));
    loop {
        cortex_m::asm::nop();
    }
}
