//! The first instructions: nothing is taken over from the loader, a debugger, or an earlier program.

use core::arch::global_asm;

// Called by cortex-m-rt's Reset before any memory is set up; it uses no stack. It lies beside Reset in
// ITCM, which no cache holds, and makes the memory that a cache may hold fit to be fetched from.
// ARMv7-M: B1.4.3 (special registers), B3.2 (system control), B3.4 (NVIC), B2.2.7 (cache maintenance).
global_asm!(
    ".section .Reset, \"ax\"
     .global __pre_init
     .type __pre_init,%function
     .thumb_func
     __pre_init:
     cpsid i
     movs r0, #0
     msr basepri, r0
     msr faultmask, r0
     ldr r1, =_stack_start
     msr msp, r1
     msr control, r0
     isb",
    // 5 words of interrupts: disabled, not pending; then their 156 priority bytes: 0.
    "mvns r1, r0
     ldr r2, =0xe000e180
     movs r3, #5
     0:
     str r1, [r2, #0x100]
     str r1, [r2], #4
     subs r3, #1
     bne 0b
     ldr r2, =0xe000e400
     movs r3, #39
     0:
     str r0, [r2], #4
     subs r3, #1
     bne 0b",
    // SysTick off, SysTick and PendSV not pending.
    "ldr r2, =0xe000e010
     str r0, [r2]
     ldr r2, =0xe000ed04
     ldr r1, =0x0a000000
     str r1, [r2]",
    // A data cache that is on may hold what was just loaded: written back line by line (DCCSW, by set
    // and way of CCSIDR), so that fetches see it.
    "ldr r2, =0xe000ed14
     ldr r1, [r2]
     tst r1, #0x10000
     beq 3f
     ldr r2, =0xe000ed84
     str r0, [r2]
     dsb
     ldr r2, =0xe000ed80
     ldr r1, [r2]
     ubfx r3, r1, #13, #15
     ubfx r1, r1, #3, #10
     clz r4, r1
     ldr r2, =0xe000ef6c
     1:
     mov r5, r1
     2:
     lsl r6, r5, r4
     orr r6, r6, r3, lsl #5
     str r6, [r2]
     subs r5, #1
     bpl 2b
     subs r3, #1
     bpl 1b
     3:
     dsb",
    // ICIALLU: the instruction cache forgets what stood there before.
    "ldr r2, =0xe000ef50
     str r0, [r2]
     dsb
     isb
     bx lr
     .ltorg
     .size __pre_init, . - __pre_init"
);
