//! Prints the machine as the program found it: to be the same through a loader as without one.
#![no_std]
#![no_main]

use core::arch::asm;

use cortex_m_rt::entry;
use embassy_stm32::pac::{FLASH, GPIOB, GPION, PWR, RCC, XSPI2};
use twin_test_firmware::{done, line, start};

/// Core registers that a loader may have touched, by address.
const CORE: [(&str, u32); 18] = [
    ("SYST_CSR", 0xe000_e010),
    ("SYST_RVR", 0xe000_e014),
    ("NVIC_ISER0", 0xe000_e100),
    ("NVIC_ISER1", 0xe000_e104),
    ("NVIC_ISER4", 0xe000_e110),
    ("NVIC_ISPR0", 0xe000_e200),
    ("NVIC_ISPR3", 0xe000_e20c),
    ("NVIC_IPR0", 0xe000_e400),
    ("ICSR", 0xe000_ed04),
    ("AIRCR", 0xe000_ed0c),
    ("SCR", 0xe000_ed10),
    ("CCR", 0xe000_ed14),
    ("SHPR3", 0xe000_ed20),
    ("SHCSR", 0xe000_ed24),
    ("CFSR", 0xe000_ed28),
    ("HFSR", 0xe000_ed2c),
    ("MPU_CTRL", 0xe000_ed94),
    ("DEMCR", 0xe000_edfc),
];

fn show(name: &str, value: u32) {
    line(format_args!("state {name} {value:08x}"));
}

#[entry]
fn main() -> ! {
    let (primask, basepri, faultmask, control): (u32, u32, u32, u32);
    // SAFETY: reads registers.
    unsafe {
        asm!(
            "mrs {0}, primask", "mrs {1}, basepri", "mrs {2}, faultmask", "mrs {3}, control",
            out(reg) primask, out(reg) basepri, out(reg) faultmask, out(reg) control,
        );
    }
    // SAFETY: readable registers of the core.
    let core = CORE.map(|(_, address)| unsafe { (address as *const u32).read_volatile() });
    start();
    show("PRIMASK", primask);
    show("BASEPRI", basepri);
    show("FAULTMASK", faultmask);
    show("CONTROL", control);
    for ((name, _), value) in CORE.iter().zip(core) {
        show(name, value);
    }
    show("RCC_CR", RCC.cr().read().0);
    show("RCC_CFGR", RCC.cfgr().read().0);
    show("RCC_CDCFGR", RCC.cdcfgr().read().0);
    show("RCC_BMCFGR", RCC.bmcfgr().read().0);
    show("RCC_APBCFGR", RCC.apbcfgr().read().0);
    show("RCC_PLLCKSELR", RCC.pllckselr().read().0);
    show("RCC_PLLCFGR", RCC.pllcfgr().read().0);
    show("RCC_PLL1DIVR1", RCC.plldivr(0).read().0);
    show("RCC_PLL1DIVR2", RCC.plldivr2(0).read().0);
    show("RCC_AHBPERCKSELR", RCC.ahbperckselr().read().0);
    show("RCC_AHB1ENR", RCC.ahb1enr().read().0);
    show("RCC_AHB2ENR", RCC.ahb2enr().read().0);
    show("RCC_AHB3ENR", RCC.ahb3enr().read().0);
    show("RCC_AHB4ENR", RCC.ahb4enr().read().0);
    show("RCC_AHB5ENR", RCC.ahb5enr().read().0);
    show("RCC_AHB4RSTR", RCC.ahb4rstr().read().0);
    show("RCC_AHB5RSTR", RCC.ahb5rstr().read().0);
    show("FLASH_ACR", FLASH.acr().read().0);
    show("FLASH_OPTCR", FLASH.optcr().read().0);
    show("FLASH_OPTISR", FLASH.optisr().read().0);
    show("PWR_CSR2", PWR.csr2().read().0);
    show("PWR_CSR4", PWR.csr4().read().0);
    RCC.ahb4enr().modify(|w| {
        w.set_gpionen(true);
        w.set_gpioben(true);
    });
    RCC.ahb5enr().modify(|w| w.set_xspi2en(true));
    show("GPIOB_MODER", GPIOB.moder().read().0);
    show("GPION_MODER", GPION.moder().read().0);
    show("GPION_OSPEEDR", GPION.ospeedr().read().0);
    show("GPION_PUPDR", GPION.pupdr().read().0);
    show("GPION_AFRL", GPION.afr(0).read().0);
    show("XSPI2_CR", XSPI2.cr().read().0);
    show("XSPI2_DCR1", XSPI2.dcr1().read().0);
    show("XSPI2_DCR2", XSPI2.dcr2().read().0);
    show("XSPI2_CCR", XSPI2.ccr().read().0);
    show("XSPI2_SR", XSPI2.sr().read().0);
    done()
}
