//! Putting segments in place and leaving for them.

use core::arch::asm;

use cortex_m::Peripherals;
use stm32_metapac::RCC;
use xspiloader_core::{Memory, Plan};

use crate::console;

/// The machine's RAM, which the plan has checked.
pub struct Ram;

impl Memory for Ram {
    fn write(&mut self, address: u32, octets: &[u8]) {
        // In assembly because address 0 is a good one here, and Rust has no pointer to it.
        // Sound: the plan keeps these addresses out of the loader's memory.
        unsafe {
            asm!(
                "b 3f",
                "2:",
                "ldr {word}, [{from}], #4",
                "str {word}, [{to}], #4",
                "3:",
                "subs {length}, {length}, #4",
                "bhs 2b",
                "adds {length}, {length}, #4",
                "b 5f",
                "4:",
                "ldrb {word}, [{from}], #1",
                "strb {word}, [{to}], #1",
                "5:",
                "subs {length}, {length}, #1",
                "bhs 4b",
                from = inout(reg) octets.as_ptr() => _,
                to = inout(reg) address => _,
                length = inout(reg) octets.len() => _,
                word = out(reg) _,
                options(nostack),
            );
        }
    }

    fn zero(&mut self, address: u32, length: u32) {
        // Sound: as above.
        unsafe {
            asm!(
                "b 5f",
                "4:",
                "strb {zero}, [{to}], #1",
                "subs {length}, {length}, #1",
                "5:",
                // Octets up to a word, words, octets behind.
                "cmp {length}, #0",
                "beq 9f",
                "tst {to}, #3",
                "bne 4b",
                "b 7f",
                "6:",
                "str {zero}, [{to}], #4",
                "7:",
                "subs {length}, {length}, #4",
                "bhs 6b",
                "adds {length}, {length}, #4",
                "b 8f",
                "4:",
                "strb {zero}, [{to}], #1",
                "8:",
                "subs {length}, {length}, #1",
                "bhs 4b",
                "9:",
                to = inout(reg) address => _,
                length = inout(reg) length => _,
                zero = in(reg) 0,
                options(nostack),
            );
        }
    }
}

/// Gives the AHB SRAMs their clock; the image finds it on.
pub fn enable_ahb_sram() {
    RCC.ahb2enr().modify(|w| {
        w.set_sram1en(true);
        w.set_sram2en(true);
    });
    let _ = RCC.ahb2enr().read();
}

/// Leaves the core as a reset leaves it, except for VTOR, and starts the image.
pub fn start(plan: &Plan, core: &mut Peripherals) -> ! {
    cortex_m::interrupt::disable();
    console::wipe();
    core.SYST.disable_counter();
    core.SYST.disable_interrupt();
    // Sound: nothing of the loader runs on interrupts; all values are those of a reset.
    unsafe {
        core.SYST.csr.write(0);
        core.SYST.rvr.write(0);
        core.SYST.cvr.write(0);
        for bank in 0..core.NVIC.icer.len() {
            core.NVIC.icer[bank].write(u32::MAX);
            core.NVIC.icpr[bank].write(u32::MAX);
        }
        // PENDSTCLR and PENDSVCLR.
        core.SCB.icsr.write(1 << 25 | 1 << 27);
        core.SCB.disable_icache();
        core.SCB.invalidate_icache();
        core.SCB.vtor.write(plan.vector_table);
        core.SCB.cpacr.write(0);
    }
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
    // Sound: the entry lies in a segment whose octets were checked; the stack is the image's. The
    // loader's memory is not used behind this point.
    unsafe {
        asm!(
            "msr control, {zero}",
            "isb",
            "msr msp, {stack}",
            "mov lr, #-1",
            "cpsie i",
            "isb",
            "bx {entry}",
            zero = in(reg) 0,
            stack = in(reg) plan.stack_pointer,
            entry = in(reg) plan.entry,
            options(noreturn, nostack),
        );
    }
}
