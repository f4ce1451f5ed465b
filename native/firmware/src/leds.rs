//! The three LEDs tell the state at a glance; the table stands in native/README.md.

use core::sync::atomic::{AtomicBool, Ordering};
use embassy_stm32::gpio::{Level, Output, Speed};
use embassy_stm32::{Peri, pac, peripherals};
use embassy_time::Timer;

/// A fact that the LEDs show, once it is set.
pub struct Fact(AtomicBool);

impl Fact {
    const fn new() -> Fact {
        Fact(AtomicBool::new(false))
    }

    /// Sets or clears it.
    pub fn set(&self, value: bool) {
        self.0.store(value, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A host has configured the device.
pub static CONFIGURED: Fact = Fact::new();
/// The host sleeps, or is gone.
pub static SUSPENDED: Fact = Fact::new();
/// The device has an EID.
pub static EID: Fact = Fact::new();
/// The script threw, or was stopped.
pub static SCRIPT_ERROR: Fact = Fact::new();
/// The last run ended badly.
pub static CRASHED: Fact = Fact::new();
/// The crystal did not start.
pub static NO_CRYSTAL: Fact = Fact::new();

/// Lights LD3 without any driver, for the end of a run: its pin may not be set up yet.
pub fn red_on() {
    pac::RCC.ahb4enr().modify(|w| w.set_gpioben(true));
    pac::GPIOB
        .moder()
        .modify(|w| w.set_moder(7, pac::gpio::vals::Moder::OUTPUT));
    pac::GPIOB.bsrr().write(|w| w.set_bs(7, true));
}

/// Blinks until the end of time; a main loop that hangs stops it.
#[embassy_executor::task]
pub async fn run(
    green: Peri<'static, peripherals::PD10>,
    orange: Peri<'static, peripherals::PD13>,
    red: Peri<'static, peripherals::PB7>,
) {
    let mut green = Output::new(green, Level::Low, Speed::Low);
    let mut orange = Output::new(orange, Level::High, Speed::Low);
    let mut red = Output::new(red, Level::Low, Speed::Low);
    // One round is 16 steps of 125 ms.
    for step in (0..16u32).cycle() {
        orange.set_level(Level::from(step < 8));
        let configured = CONFIGURED.get() && !SUSPENDED.get();
        green.set_level(Level::from(configured && (EID.get() || step % 4 < 2)));
        let blinks = if SCRIPT_ERROR.get() {
            1
        } else if CRASHED.get() {
            2
        } else if NO_CRYSTAL.get() {
            3
        } else {
            0
        };
        red.set_level(Level::from(step % 4 == 0 && step / 4 < blinks));
        Timer::after_millis(125).await;
    }
}
