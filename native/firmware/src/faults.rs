//! Where exceptions that nobody expects end, and where the place of a main loop that hangs is looked up.

use crate::crash;
use core::arch::global_asm;
use cortex_m_rt::exception;

/// What the core stacks on exception entry (ARMv7-M, B1.5.6).
#[repr(C)]
#[derive(Clone, Copy)]
struct Frame {
    r0: u32,
    r1: u32,
    r2: u32,
    r3: u32,
    r12: u32,
    lr: u32,
    pc: u32,
    xpsr: u32,
}

static mut FRAME: Frame = Frame {
    r0: 0,
    r1: 0,
    r2: 0,
    r3: 0,
    r12: 0,
    lr: 0,
    pc: 0,
    xpsr: 0,
};

// A fault may mean that the stack has left its memory: the frame is copied if it is there, and the
// handler, which does not return, gets the whole stack for itself.
global_asm!(
    ".section .HardFault.entry, \"ax\"
     .global HardFault
     .type HardFault,%function
     .thumb_func
     HardFault:
     cpsid i
     tst lr, #4
     ite eq
     mrseq r0, msp
     mrsne r0, psp
     mov r12, r0
     ldr r1, =_stack_end
     ldr r2, =_stack_start
     cmp r0, r1
     blo 1f
     subs r3, r2, #32
     cmp r0, r3
     bhi 1f
     ldr r3, ={frame}
     ldmia r0, {{r4-r11}}
     stmia r3, {{r4-r11}}
     movs r0, #1
     b 2f
     1:
     movs r0, #0
     2:
     mov sp, r2
     mov r1, r12
     ldr r2, ={fault}
     bx r2
     .ltorg
     .size HardFault, . - HardFault",
    // Pended by hang.rs at the lowest priority: what it interrupts is the main loop.
    ".section .HardFault.hung, \"ax\"
     .global UART5
     .type UART5,%function
     .thumb_func
     UART5:
     mrs r0, msp
     ldr r1, ={hung}
     bx r1
     .ltorg
     .size UART5, . - UART5",
    frame = sym FRAME,
    fault = sym fault,
    hung = sym hung,
);

extern "C" fn fault(stacked: u32, stack: u32) -> ! {
    // SAFETY: reads of System Control Space (ARMv7-M, B3.2.15 and on).
    let read = |address: u32| unsafe { (address as *const u32).read_volatile() };
    let (cfsr, hfsr, mmfar, bfar) = (
        read(0xe000_ed28),
        read(0xe000_ed2c),
        read(0xe000_ed34),
        read(0xe000_ed38),
    );
    if stacked == 0 {
        crash::end(format_args!(
            "stack overflow: sp {stack:#010x}, CFSR {cfsr:#010x}, HFSR {hfsr:#010x}"
        ));
    }
    // SAFETY: written once, by the entry code, before this.
    let frame = unsafe { *(&raw const FRAME) };
    crash::end(format_args!(
        "hard fault at {:#010x}, lr {:#010x}, CFSR {cfsr:#010x}, HFSR {hfsr:#010x}, \
         MMFAR {mmfar:#010x}, BFAR {bfar:#010x}, sp {stack:#010x}, xpsr {:#010x}, r0 {:#x}, \
         r1 {:#x}, r2 {:#x}, r3 {:#x}, r12 {:#x}",
        frame.pc, frame.lr, frame.xpsr, frame.r0, frame.r1, frame.r2, frame.r3, frame.r12,
    ))
}

extern "C" fn hung(frame: *const Frame) {
    // SAFETY: the frame that the core stacked for this very exception.
    let frame = unsafe { *frame };
    crate::hang::found(frame.pc, frame.lr);
}

#[exception]
unsafe fn DefaultHandler(number: i16) -> ! {
    crash::end(format_args!("unexpected exception {number}"))
}
