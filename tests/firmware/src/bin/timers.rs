//! Timers against the cycle counter: counting, reload, compare, one pulse, embassy's time driver.
#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

use cortex_m::peripheral::NVIC;
use embassy_executor::Spawner;
use embassy_stm32::interrupt;
use embassy_stm32::pac::timer::regs;
use embassy_stm32::pac::{Interrupt, RCC, TIM2, TIM3};
use embassy_time::{Duration, Instant, Timer};
use twin_test_firmware::{cycles, done, same, start, start_cycles, within};

/// The CPU and its timers run at 64 MHz from the HSI.
const CYCLES_PER_US: u32 = 64;
/// A wait that never ends is a failed check, not a hang.
const PATIENCE: u32 = 1_000_000;

static UPDATES: AtomicU32 = AtomicU32::new(0);

#[interrupt]
fn TIM2() {
    embassy_stm32::pac::TIM2.sr().write_value(regs::SrGp16(!1));
    UPDATES.fetch_add(1, SeqCst);
    cortex_m::asm::dsb();
}

fn wait_for(ready: impl Fn() -> bool) -> bool {
    (0..PATIENCE).any(|_| ready())
}

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    start();
    embassy_stm32::init(embassy_stm32::Config::default());
    // SAFETY: only the cycle counter and the NVIC are used of it.
    let mut core = unsafe { cortex_m::Peripherals::steal() };
    start_cycles(&mut core);
    RCC.apb1enr1().modify(|w| {
        w.set_tim2en(true);
        w.set_tim3en(true);
    });
    counting();
    updates();
    compare();
    one_pulse();
    wrap();
    time_driver().await;
    done()
}

fn counting() {
    TIM2.psc().write_value(CYCLES_PER_US as u16 - 1);
    TIM2.arr().write_value(u32::MAX);
    TIM2.egr().write(|w| w.set_ug(true));
    same!("UG sets UIF", TIM2.sr().read().uif(), true);
    same!("UG clears the counter", TIM2.cnt().read(), 0);
    let before = cycles();
    TIM2.cr1().modify(|w| w.set_cen(true));
    let reached = wait_for(|| TIM2.cnt().read() >= 1000);
    let passed = cycles().wrapping_sub(before) / CYCLES_PER_US;
    same!("TIM2 counts", reached, true);
    within!("prescaler gives microseconds", passed, 990, 1030);
    TIM2.cr1().modify(|w| w.set_cen(false));
    let stopped = TIM2.cnt().read();
    cortex_m::asm::delay(1000);
    same!("counter stops", TIM2.cnt().read(), stopped);
}

fn updates() {
    TIM2.arr().write_value(999);
    TIM2.egr().write(|w| w.set_ug(true));
    TIM2.sr().write_value(regs::SrGp16(0));
    TIM2.dier().write(|w| w.set_uie(true));
    // SAFETY: the handler is ready.
    unsafe { NVIC::unmask(Interrupt::TIM2) };
    let before = cycles();
    TIM2.cr1().modify(|w| w.set_cen(true));
    let reached = wait_for(|| UPDATES.load(SeqCst) >= 5);
    let passed = cycles().wrapping_sub(before) / CYCLES_PER_US;
    same!("update interrupts come", reached, true);
    within!("five periods take five milliseconds", passed, 4950, 5100);
    TIM2.cr1().modify(|w| w.set_cen(false));
    TIM2.dier().write(|w| w.set_uie(false));
    NVIC::mask(Interrupt::TIM2);
}

fn compare() {
    TIM2.ccr(0).write_value(500);
    TIM2.egr().write(|w| w.set_ug(true));
    TIM2.sr().write_value(regs::SrGp16(0));
    TIM2.cr1().modify(|w| w.set_cen(true));
    let early = TIM2.sr().read().ccif(0);
    let reached = wait_for(|| TIM2.sr().read().ccif(0));
    let at = TIM2.cnt().read();
    same!("compare flag waits", early, false);
    same!("compare flag comes", reached, true);
    within!("compare flag comes at its count", at, 500, 520);
    TIM2.sr().write_value(regs::SrGp16(!2));
    same!("compare flag clears", TIM2.sr().read().ccif(0), false);
    TIM2.cr1().modify(|w| w.set_cen(false));
}

fn one_pulse() {
    TIM2.arr().write_value(100);
    TIM2.egr().write(|w| w.set_ug(true));
    TIM2.sr().write_value(regs::SrGp16(0));
    TIM2.cr1().modify(|w| {
        w.set_opm(true);
        w.set_cen(true);
    });
    let stopped = wait_for(|| !TIM2.cr1().read().cen());
    same!("one pulse stops the counter", stopped, true);
    same!("one pulse sets UIF", TIM2.sr().read().uif(), true);
    same!("one pulse leaves zero", TIM2.cnt().read(), 0);
}

fn wrap() {
    TIM3.psc().write_value(CYCLES_PER_US as u16 - 1);
    TIM3.arr().write(|w| w.set_arr(0xffff));
    TIM3.egr().write(|w| w.set_ug(true));
    TIM3.sr().write_value(regs::SrGp16(0));
    TIM3.cnt().write(|w| w.set_cnt(0xfff0));
    TIM3.cr1().modify(|w| w.set_cen(true));
    let wrapped = wait_for(|| TIM3.sr().read().uif());
    same!("16-bit counter wraps", wrapped, true);
    within!(
        "16-bit counter goes on at zero",
        TIM3.cnt().read().cnt(),
        0,
        100
    );
}

/// Waits in sleep, where the cycle counter stands still: TIM2 measures.
async fn time_driver() {
    TIM2.arr().write_value(u32::MAX);
    TIM2.cr1().write(|w| w.set_cen(true));
    let (before, began) = (TIM2.cnt().read(), Instant::now());
    Timer::after(Duration::from_millis(10)).await;
    let passed = TIM2.cnt().read() - before;
    within!("embassy waits ten milliseconds", passed, 9_950, 10_200);
    within!(
        "embassy's clock agrees",
        began.elapsed().as_micros(),
        9_950,
        10_200
    );
    let before = TIM2.cnt().read();
    // Longer than the 16-bit counter at 32,768 Hz takes for one turn.
    Timer::after(Duration::from_millis(2_500)).await;
    let passed = (TIM2.cnt().read() - before) / 1000;
    within!("embassy waits over the counter's end", passed, 2_499, 2_502);
}
