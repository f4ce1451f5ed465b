//! 400 MHz from the HSI while loading, and the reset state again before the start.
//!
//! 400 MHz is the most that the power-on voltage scale allows, so power stays untouched.

use stm32_metapac::rcc::{regs, vals};
use stm32_metapac::{FLASH, RCC};

use crate::time;

const RESET_MHZ: u32 = 64;
const RAISED_MHZ: u32 = 400;
/// RM0477, flash wait states: up to 216 MHz of bus clock in voltage scale low.
const LATENCY: (u8, u8) = (5, 2);
const LIMIT_US: u32 = 2_000;

/// What the registers held before.
pub struct Before {
    acr: stm32_metapac::flash::regs::Acr,
    pllckselr: regs::Pllckselr,
    pllcfgr: regs::Pllcfgr,
    plldivr: regs::Plldivr,
    bmcfgr: regs::Bmcfgr,
    apbcfgr: regs::Apbcfgr,
}

/// Raises the CPU to 400 MHz and the buses to 200 MHz.
///
/// Gives what [`Before::restore`] needs; nothing if the PLL does not lock or the switch does not
/// happen: then all goes on at 64 MHz, only slower.
pub fn raise() -> Option<Before> {
    let before = Before {
        acr: FLASH.acr().read(),
        pllckselr: RCC.pllckselr().read(),
        pllcfgr: RCC.pllcfgr().read(),
        plldivr: RCC.plldivr(0).read(),
        bmcfgr: RCC.bmcfgr().read(),
        apbcfgr: RCC.apbcfgr().read(),
    };
    // 64 MHz / 4 = 16 MHz; * 50 = 800 MHz; / 2 = 400 MHz.
    RCC.pllckselr().modify(|w| {
        w.set_pllsrc(vals::Pllsrc::HSI);
        w.set_divm(0, vals::Pllm::DIV4);
    });
    RCC.pllcfgr().modify(|w| {
        w.set_pllvcosel(0, vals::Pllvcosel::WIDE_VCO);
        w.set_pllrge(0, vals::Pllrge::RANGE8);
        w.set_pllfracen(0, false);
        w.set_divpen(0, true);
    });
    RCC.plldivr(0).modify(|w| {
        w.set_plln(vals::Plln::MUL50);
        w.set_pllp(vals::Plldiv::DIV2);
    });
    RCC.cr().modify(|w| w.set_pllon(0, true));
    if !time::wait_for(LIMIT_US, || RCC.cr().read().pllrdy(0)) {
        before.restore();
        return None;
    }
    FLASH.acr().write(|w| {
        w.set_latency(LATENCY.0);
        w.set_wrhighfreq(LATENCY.1);
    });
    time::wait_for(LIMIT_US, || FLASH.acr().read().latency() == LATENCY.0);
    RCC.bmcfgr().modify(|w| w.set_bmpre(vals::Hpre::DIV2));
    RCC.apbcfgr().modify(|w| {
        w.set_ppre1(vals::Ppre::DIV2);
        w.set_ppre2(vals::Ppre::DIV2);
        w.set_ppre4(vals::Ppre::DIV2);
        w.set_ppre5(vals::Ppre::DIV2);
    });
    if !switch(vals::Sw::PLL1_P) {
        before.restore();
        return None;
    }
    time::set_mhz(RAISED_MHZ);
    Some(before)
}

fn switch(to: vals::Sw) -> bool {
    RCC.cfgr().modify(|w| w.set_sw(to));
    time::wait_for(LIMIT_US, || RCC.cfgr().read().sws() == to)
}

impl Before {
    /// Goes back to the HSI and to what the registers held.
    pub fn restore(&self) {
        switch(vals::Sw::HSI);
        time::set_mhz(RESET_MHZ);
        RCC.bmcfgr().write_value(self.bmcfgr);
        RCC.apbcfgr().write_value(self.apbcfgr);
        FLASH.acr().write_value(self.acr);
        RCC.cr().modify(|w| w.set_pllon(0, false));
        time::wait_for(LIMIT_US, || !RCC.cr().read().pllrdy(0));
        RCC.plldivr(0).write_value(self.plldivr);
        RCC.pllcfgr().write_value(self.pllcfgr);
        RCC.pllckselr().write_value(self.pllckselr);
    }
}
