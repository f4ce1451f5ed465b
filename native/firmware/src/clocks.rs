//! 600 MHz from the crystal, or from the internal oscillator where it does not start.

use embassy_stm32::Config;
use embassy_stm32::pac;
use embassy_stm32::rcc::*;
use embassy_stm32::time::Hertz;

/// How often the ready flag is asked before the crystal counts as dead: some 10 ms at 64 MHz, where
/// it takes 2 (data sheet, HSE oscillator characteristics).
const PATIENCE: u32 = 100_000;

/// Starts the crystal, for a bounded time.
fn crystal_starts() -> bool {
    pac::RCC.cr().modify(|w| w.set_hseon(true));
    for _ in 0..PATIENCE {
        if pac::RCC.cr().read().hserdy() {
            return true;
        }
    }
    pac::RCC.cr().modify(|w| w.set_hseon(false));
    false
}

/// Goes back to the internal oscillator and stops the PLLs: embassy's driver takes them as stopped, and a
/// running one ignores its new dividers (RM0477, RCC_PLLCKSELR).
fn stop_plls() {
    let rcc = pac::RCC;
    rcc.cr().modify(|w| w.set_hsion(true));
    while !rcc.cr().read().hsirdy() {}
    rcc.cfgr().modify(|w| w.set_sw(Sysclk::HSI));
    while rcc.cfgr().read().sws() != Sysclk::HSI {}
    for pll in 0..3 {
        rcc.cr().modify(|w| w.set_pllon(pll, false));
        while rcc.cr().read().pllrdy(pll) {}
    }
}

/// Chooses the clocks; returns whether they come from the crystal.
pub fn choose(config: &mut Config) -> bool {
    stop_plls();
    let crystal = crystal_starts();
    let rcc = &mut config.rcc;
    let (source, prediv, mul) = if crystal {
        rcc.hse = Some(Hse {
            freq: Hertz(24_000_000),
            mode: HseMode::Oscillator,
        });
        rcc.mux.usbphycsel = mux::Usbphycsel::HSE;
        // 24 MHz / 12 * 300 = 600 MHz
        (PllSource::HSE, PllPreDiv::DIV12, PllMul::MUL300)
    } else {
        // 64 MHz / 16 * 80 / 10 = 32 MHz, a reference that the PHY takes.
        rcc.pll3 = Some(Pll {
            source: PllSource::HSI,
            prediv: PllPreDiv::DIV16,
            mul: PllMul::MUL80,
            divp: None,
            divq: Some(PllDiv::DIV10),
            divr: None,
            divs: None,
            divt: None,
        });
        rcc.mux.usbphycsel = mux::Usbphycsel::PLL3_Q;
        // 64 MHz / 16 * 150 = 600 MHz
        (PllSource::HSI, PllPreDiv::DIV16, PllMul::MUL150)
    };
    rcc.pll1 = Some(Pll {
        source,
        prediv,
        mul,
        divp: Some(PllDiv::DIV1),
        divq: Some(PllDiv::DIV2),
        divr: Some(PllDiv::DIV2),
        divs: None,
        divt: None,
    });
    rcc.sys = Sysclk::PLL1_P;
    rcc.ahb_pre = AHBPrescaler::DIV2;
    rcc.apb1_pre = APBPrescaler::DIV2;
    rcc.apb2_pre = APBPrescaler::DIV2;
    rcc.apb4_pre = APBPrescaler::DIV2;
    rcc.apb5_pre = APBPrescaler::DIV2;
    rcc.voltage_scale = VoltageScale::HIGH;
    crystal
}
