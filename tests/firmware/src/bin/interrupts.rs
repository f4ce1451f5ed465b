//! Priorities, masks, nesting and tail-chaining of interrupts.
#![no_std]
#![no_main]

use core::arch::asm;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};

use cortex_m::peripheral::{NVIC, SCB};
use cortex_m::register::{basepri, primask};
use cortex_m_rt::{entry, exception};
use embassy_stm32::interrupt;
use embassy_stm32::pac::Interrupt;
use twin_test_firmware::{done, same, start, within};

/// Lines that no device of this program uses.
const LOW: Interrupt = Interrupt::UART4;
const LOW_TOO: Interrupt = Interrupt::UART7;
const HIGH: Interrupt = Interrupt::UART5;
const PRIORITY_LOW: u8 = 7 << 4;
const PRIORITY_HIGH: u8 = 5 << 4;

static TRACE: [AtomicU32; 16] = [const { AtomicU32::new(0) }; 16];
static LENGTH: AtomicUsize = AtomicUsize::new(0);
static PENDED_BY_LOW: AtomicU32 = AtomicU32::new(0);
static PENDED_BY_HIGH: AtomicU32 = AtomicU32::new(0);
static IPSR: AtomicU32 = AtomicU32::new(0);
static ACTIVE: AtomicU32 = AtomicU32::new(0);
static TICKS: AtomicU32 = AtomicU32::new(0);

fn mark(letter: u8) {
    let at = LENGTH.fetch_add(1, SeqCst);
    TRACE[at % TRACE.len()].store(letter.into(), SeqCst);
}

/// What was marked since the last call, packed into octets, first one lowest.
fn trace() -> u64 {
    let length = LENGTH.swap(0, SeqCst).min(8);
    (0..length).fold(0, |all, at| {
        all | u64::from(TRACE[at].load(SeqCst)) << (8 * at)
    })
}

fn letters(text: &str) -> u64 {
    text.bytes()
        .rev()
        .fold(0, |all, letter| all << 8 | u64::from(letter))
}

fn pend(line: u32) {
    match line {
        1 => NVIC::pend(LOW),
        2 => NVIC::pend(LOW_TOO),
        3 => NVIC::pend(HIGH),
        4 => SCB::set_pendsv(),
        _ => {}
    }
    settle();
}

fn settle() {
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}

#[interrupt]
fn UART4() {
    mark(b'l');
    let ipsr: u32;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, ipsr", out(reg) ipsr) };
    IPSR.store(ipsr, SeqCst);
    ACTIVE.store(NVIC::is_active(LOW).into(), SeqCst);
    pend(PENDED_BY_LOW.swap(0, SeqCst));
    mark(b'L');
}

#[interrupt]
fn UART7() {
    mark(b't');
}

#[interrupt]
fn UART5() {
    mark(b'h');
    pend(PENDED_BY_HIGH.swap(0, SeqCst));
    // Takes every register that hardware must have saved.
    // SAFETY: they are declared.
    unsafe {
        asm!(
            "mov r0, #0", "mov r1, #0", "mov r2, #0", "mov r3, #0", "mov r12, #0",
            "vmov s0, r0", "vmov s1, r0", "vmov s15, r0", "cmp r0, #0",
            out("r0") _, out("r1") _, out("r2") _, out("r3") _, out("r12") _,
            out("s0") _, out("s1") _, out("s15") _,
        );
    }
    mark(b'H');
}

#[exception]
fn PendSV() {
    mark(b'p');
}

#[exception]
fn SVCall() {
    mark(b's');
}

#[exception]
fn SysTick() {
    TICKS.fetch_add(1, SeqCst);
}

#[entry]
fn main() -> ! {
    start();
    let mut core = cortex_m::Peripherals::take().unwrap();
    // SAFETY: the lines' handlers are ready.
    unsafe {
        core.NVIC.set_priority(LOW, PRIORITY_LOW);
        core.NVIC.set_priority(LOW_TOO, PRIORITY_LOW);
        core.NVIC.set_priority(HIGH, PRIORITY_HIGH);
        core.SCB
            .set_priority(cortex_m::peripheral::scb::SystemHandler::PendSV, 0xf0);
        [LOW, LOW_TOO, HIGH]
            .into_iter()
            .for_each(|line| NVIC::unmask(line));
    }
    same!(
        "priority has four bits",
        NVIC::get_priority(LOW),
        PRIORITY_LOW
    );

    pend(1);
    same!("interrupt is taken", trace(), letters("lL"));
    same!(
        "IPSR is 16 and the line",
        IPSR.load(SeqCst),
        16 + LOW as u32
    );
    same!("line is active in its handler", ACTIVE.load(SeqCst), 1);
    same!("line is inactive behind it", NVIC::is_active(LOW), false);

    PENDED_BY_LOW.store(3, SeqCst);
    pend(1);
    same!("higher priority nests", trace(), letters("lhHL"));
    PENDED_BY_LOW.store(2, SeqCst);
    pend(1);
    same!("equal priority is tail-chained", trace(), letters("lLt"));
    PENDED_BY_HIGH.store(1, SeqCst);
    pend(3);
    same!("lower priority is tail-chained", trace(), letters("hHlL"));

    masks();
    system_exceptions(&mut core);
    saved_registers();
    sleep();
    done()
}

fn masks() {
    cortex_m::interrupt::disable();
    pend(3);
    mark(b'.');
    same!(
        "PRIMASK reads back",
        primask::read(),
        primask::Primask::Inactive
    );
    // SAFETY: the handlers are ready.
    unsafe { cortex_m::interrupt::enable() };
    settle();
    same!("PRIMASK holds back", trace(), letters(".hH"));

    // SAFETY: raises the mask, then takes it away.
    unsafe { basepri::write(6 << 4) };
    pend(1);
    mark(b'.');
    pend(3);
    mark(b'.');
    // SAFETY: as above.
    unsafe { basepri::write(0) };
    settle();
    same!(
        "BASEPRI holds back the lower one",
        trace(),
        letters(".hH.lL")
    );

    NVIC::mask(LOW);
    pend(1);
    same!("disabled line is pending", NVIC::is_pending(LOW), true);
    NVIC::unpend(LOW);
    // SAFETY: the handler is ready.
    unsafe { NVIC::unmask(LOW) };
    settle();
    same!("pending can be cleared", trace(), 0);
    NVIC::mask(LOW);
    pend(1);
    // SAFETY: as above.
    unsafe { NVIC::unmask(LOW) };
    settle();
    same!("enabling takes what is pending", trace(), letters("lL"));

    // SAFETY: sets and clears FAULTMASK.
    unsafe { asm!("cpsid f") };
    pend(3);
    mark(b'.');
    // SAFETY: as above.
    unsafe { asm!("cpsie f", "isb") };
    same!("FAULTMASK holds back", trace(), letters(".hH"));
}

fn system_exceptions(core: &mut cortex_m::Peripherals) {
    cortex_m::interrupt::disable();
    pend(4);
    pend(3);
    // SAFETY: the handlers are ready.
    unsafe { cortex_m::interrupt::enable() };
    settle();
    same!("PendSV comes last", trace(), letters("hHp"));
    PENDED_BY_HIGH.store(4, SeqCst);
    pend(3);
    same!("PendSV is tail-chained", trace(), letters("hHp"));
    // SAFETY: the handler returns.
    unsafe { asm!("svc #1", out("r0") _, out("r1") _, out("r2") _, out("r3") _, out("r12") _) };
    same!("SVC is taken at once", trace(), letters("s"));

    core.SYST.set_reload(999);
    core.SYST.clear_current();
    core.SYST
        .set_clock_source(cortex_m::peripheral::syst::SystClkSource::Core);
    core.SYST.enable_interrupt();
    core.SYST.enable_counter();
    cortex_m::asm::delay(20_000);
    core.SYST.disable_counter();
    core.SYST.disable_interrupt();
    within!("SysTick ticks", TICKS.load(SeqCst), 9, 41);
}

/// An interrupt between two instructions leaves no trace in registers and flags.
fn saved_registers() {
    let (a, b, c, d, e, flags): (u32, u32, u32, u32, u32, u32);
    let (f, g, h): (u32, u32, u32);
    // SAFETY: STIR pends the line; all that is used is declared.
    unsafe {
        asm!(
            "movs r0, #10", "vmov s0, r0", "movs r0, #11", "vmov s1, r0",
            "movs r0, #12", "vmov s15, r0",
            "mov r1, #2", "mov r2, #3", "mov r3, #4", "mov r12, #5",
            "movs r0, #1", "subs {t}, r0, #2",
            "str {line}, [{stir}]", "dsb", "isb",
            "mrs {flags}, apsr",
            "vmov {t}, s0", "vmov {g}, s1", "vmov {h}, s15",
            line = in(reg) HIGH as u32,
            stir = in(reg) 0xe000_ef00u32,
            t = out(reg) f, g = out(reg) g, h = out(reg) h, flags = out(reg) flags,
            out("r0") a, out("r1") b, out("r2") c, out("r3") d, out("r12") e,
            out("s0") _, out("s1") _, out("s15") _,
        );
    }
    same!("interrupt came in between", trace(), letters("hH"));
    same!("core registers are saved", [a, b, c, d, e], [1, 2, 3, 4, 5]);
    same!("flags are saved", flags >> 28, 0b1000);
    same!("FPU registers are saved", [f, g, h], [10, 11, 12]);
}

fn sleep() {
    cortex_m::interrupt::disable();
    pend(1);
    cortex_m::asm::wfi();
    mark(b'.');
    // SAFETY: the handlers are ready.
    unsafe { cortex_m::interrupt::enable() };
    settle();
    same!("WFI ends for a masked interrupt", trace(), letters(".lL"));
    cortex_m::asm::sev();
    cortex_m::asm::wfe();
    mark(b'.');
    same!("WFE takes the event", trace(), letters("."));
}
