//! Faults: which one, what the status registers say, and that the program can go on.
#![no_std]
#![no_main]

use core::arch::{asm, global_asm};
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use twin_test_firmware::{done, same, start};
// The vector table comes with the chip's interrupts.
use embassy_stm32 as _;

const BUS_FAULT_ENABLE: u32 = 1 << 17;
const USAGE_FAULT_ENABLE: u32 = 1 << 18;
const PRECISERR_BFARVALID: u32 = 1 << 9 | 1 << 15;
const UNDEFINSTR: u32 = 1 << 16;
const INVSTATE: u32 = 1 << 17;
const NOCP: u32 = 1 << 19;
const FORCED: u32 = 1 << 30;
/// Behind SRAM4: nothing answers.
const NOWHERE: u32 = 0x2408_0000;
const UNIQUE_ID: u32 = 0x08ff_f800;

static IPSR: AtomicU32 = AtomicU32::new(0);
static CFSR: AtomicU32 = AtomicU32::new(0);
static HFSR: AtomicU32 = AtomicU32::new(0);
static BFAR: AtomicU32 = AtomicU32::new(0);

// Own entries, because cortex-m-rt's do not return and do not hand over the frame.
global_asm!(
    ".thumb_func", ".global HardFault", "HardFault:",
    "mrs r0, msp", "b {handle}",
    ".thumb_func", ".global BusFault", "BusFault:",
    "mrs r0, msp", "b {handle}",
    ".thumb_func", ".global UsageFault", "UsageFault:",
    "mrs r0, msp", "b {handle}",
    handle = sym handle,
);

/// Notes the fault and lets the program go on behind the instruction.
extern "C" fn handle(frame: *mut u32) {
    // SAFETY: the hardware put eight words there; the registers are read and cleared only here.
    unsafe {
        let ipsr: u32;
        asm!("mrs {}, ipsr", out(reg) ipsr);
        let scb = &*SCB::PTR;
        let status = scb.cfsr.read();
        IPSR.store(ipsr, SeqCst);
        CFSR.store(status, SeqCst);
        HFSR.store(scb.hfsr.read(), SeqCst);
        BFAR.store(scb.bfar.read(), SeqCst);
        scb.cfsr.write(u32::MAX);
        scb.hfsr.write(u32::MAX);
        if status & NOCP != 0 {
            // Give the FPU back, and try again.
            scb.cpacr.write(0xf << 20);
            cortex_m::asm::dsb();
            cortex_m::asm::isb();
            return;
        }
        let pc = frame.add(6);
        if status & INVSTATE != 0 {
            // Back to where the bad branch came from.
            pc.write(frame.add(5).read() & !1);
            frame.add(7).write(frame.add(7).read() | 1 << 24);
            return;
        }
        let first = (pc.read() as *const u16).read_volatile();
        pc.write(pc.read() + if first >> 11 >= 0b11101 { 4 } else { 2 });
    }
}

/// Exception number, CFSR and HFSR of the last fault; forgets it.
fn taken() -> [u32; 3] {
    [
        IPSR.swap(0, SeqCst),
        CFSR.swap(0, SeqCst),
        HFSR.swap(0, SeqCst),
    ]
}

fn load_word(address: u32) -> u32 {
    let value: u32;
    // SAFETY: a fault is handled.
    unsafe { asm!("ldr {v}, [{a}]", "dsb", v = inout(reg) 0 => value, a = in(reg) address) };
    value
}

#[entry]
fn main() -> ! {
    start();
    let core = cortex_m::Peripherals::take().unwrap();
    let scb = core.SCB;

    load_word(NOWHERE);
    same!(
        "bad address is a forced HardFault",
        taken(),
        [3, PRECISERR_BFARVALID, FORCED]
    );
    same!("BFAR has the address", BFAR.load(SeqCst), NOWHERE);
    // SAFETY: the handlers are ready.
    unsafe { scb.shcsr.write(BUS_FAULT_ENABLE | USAGE_FAULT_ENABLE) };
    load_word(NOWHERE + 8);
    same!(
        "bad address is a BusFault when enabled",
        taken(),
        [5, PRECISERR_BFARVALID, 0]
    );
    same!("BFAR has the next address", BFAR.load(SeqCst), NOWHERE + 8);

    unique_id();
    usage(&scb);
    // SAFETY: as above.
    unsafe { scb.shcsr.write(0) };
    // SAFETY: the fault is handled.
    unsafe { asm!("udf #1") };
    same!(
        "undefined instruction is a forced HardFault",
        taken(),
        [3, UNDEFINSTR, FORCED]
    );
    done()
}

fn unique_id() {
    let word = load_word(UNIQUE_ID);
    same!("unique ID reads by words", taken(), [0, 0, 0]);
    let half: u32;
    // SAFETY: a fault is handled.
    unsafe { asm!("ldrh {v}, [{a}]", "dsb", v = out(reg) half, a = in(reg) UNIQUE_ID) };
    same!("unique ID reads by halves", half, word & 0xffff);
    same!("unique ID by halves does not fault", taken(), [0, 0, 0]);
    let mut octet: u32 = 0x55;
    // SAFETY: as above.
    unsafe { asm!("ldrb {v}, [{a}]", "dsb", v = inout(reg) octet, a = in(reg) UNIQUE_ID) };
    same!(
        "unique ID by octets faults",
        taken(),
        [5, PRECISERR_BFARVALID, 0]
    );
    same!("faulting load keeps its register", octet, 0x55);
    // SAFETY: as above.
    unsafe { asm!("ldr {v}, [{a}]", "dsb", v = inout(reg) octet, a = in(reg) UNIQUE_ID + 2) };
    same!("unique ID unaligned faults", taken()[0] != 0, true);
    let _ = octet;
}

fn usage(scb: &SCB) {
    // SAFETY: faults are handled, in this function.
    unsafe {
        asm!("udf #1");
        same!(
            "undefined instruction is a UsageFault",
            taken(),
            [6, UNDEFINSTR, 0]
        );
        asm!("udf.w #1");
        same!(
            "wide undefined instruction is skipped whole",
            taken(),
            [6, UNDEFINSTR, 0]
        );

        let quotient: u32;
        asm!("udiv {q}, {a}, {b}", q = out(reg) quotient, a = in(reg) 7, b = in(reg) 0);
        same!("division by zero gives zero", quotient, 0);
        let words = [0x0403_0201u32, 0x0807_0605];
        let unaligned = words.as_ptr() as u32 + 1;
        same!("unaligned load works", load_word(unaligned), 0x0504_0302);
        asm!("blx {to}", to = in(reg) 0x100u32, out("lr") _);
        same!("branch without Thumb bit faults", taken(), [6, INVSTATE, 0]);

        scb.cpacr.write(0);
        settle();
        let word: u32;
        asm!("vmov s3, {v}", "vmov {w}, s3", v = in(reg) 77, w = out(reg) word, out("s3") _);
        same!("FPU instruction faults without FPU", taken(), [6, NOCP, 0]);
        same!("FPU instruction is repeated", word, 77);
    }
}

fn settle() {
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}
