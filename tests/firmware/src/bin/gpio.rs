//! Pins: levels out and in, pulls, locks of set and reset, the LEDs and the button.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use embassy_stm32::gpio::{Flex, Input, Level, Output, Pull, Speed};
use embassy_stm32::pac::GPIOD;
use twin_test_firmware::{check, done, line, same, start};

#[entry]
fn main() -> ! {
    start();
    let mut p = embassy_stm32::init(embassy_stm32::Config::default());
    for (name, led) in [
        ("LD1", Output::new(p.PD10, Level::Low, Speed::Low)),
        ("LD2", Output::new(p.PD13, Level::Low, Speed::Low)),
        ("LD3", Output::new(p.PB7, Level::Low, Speed::Low)),
    ]
    .iter_mut()
    {
        led.set_high();
        check(name, led.is_set_high(), format_args!("stays low"));
        cortex_m::asm::delay(64_000);
        led.set_low();
        check(name, led.is_set_low(), format_args!("stays high"));
        cortex_m::asm::delay(64_000);
    }

    let output = Output::new(p.PD0.reborrow(), Level::High, Speed::Low);
    same!(
        "output reads back as input",
        GPIOD.idr().read().idr(0).to_bits(),
        1
    );
    GPIOD.bsrr().write(|w| {
        w.set_bs(0, true);
        w.set_br(0, true);
    });
    same!(
        "set wins over reset",
        GPIOD.odr().read().odr(0).to_bits(),
        1
    );
    GPIOD.bsrr().write(|w| w.set_br(0, true));
    same!("reset clears", GPIOD.odr().read().odr(0).to_bits(), 0);
    drop(output);

    let mut pin = Flex::new(p.PD1);
    pin.set_as_input(Pull::Up);
    cortex_m::asm::delay(1000);
    same!("pull-up pulls up", pin.is_high(), true);
    pin.set_as_input(Pull::Down);
    cortex_m::asm::delay(1000);
    same!("pull-down pulls down", pin.is_low(), true);

    let button = Input::new(p.PC13, Pull::None);
    same!("button is released", button.is_low(), true);
    line(format_args!("press"));
    // 64 MHz: some seconds.
    let pressed = (0..20_000_000).any(|_| button.is_high());
    same!("button is pressed", pressed, true);
    done()
}
