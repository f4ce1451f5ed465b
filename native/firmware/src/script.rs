//! The script: its `port`, its handlers, its deadline, and what happens when it throws.

use crate::block::{Block, Room};
use crate::identity::Identity;
use crate::link;
use crate::log::{self, Level};
use crate::outbox::Kind;
use crate::thread_mode::ThreadMode;
use crate::{crash, leds};
use core::cell::UnsafeCell;
use core::fmt::Display;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::Instant;
use usbnvme_jerryscript::{
    Arguments, Engine, Exception, Function, Hooks, Native, NativeError, Object, Value,
};
use usbnvme_mctp::DROP_REASONS;

/// Bytes of `port.rx` and of `port.tx`.
pub const BUFFER: usize = 4352;
/// How long a handler may take, in ms.
const HANDLER_MS: u32 = 500;
/// How long the whole bundle may take when it is first run, in ms.
const START_MS: u32 = 1000;

/// Memory that the script sees as a Uint8Array while native code reads and writes it too.
pub struct Shared<const N: usize>(UnsafeCell<[u8; N]>);

// SAFETY: thread mode alone touches it, and never while a reference to it is alive elsewhere.
unsafe impl<const N: usize> Sync for Shared<N> {}

impl<const N: usize> Shared<N> {
    const fn new() -> Self {
        Shared(UnsafeCell::new([0; N]))
    }

    /// Gives the memory.
    ///
    /// # Safety
    ///
    /// Thread mode only; the slice must be gone before script runs.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn get(&self) -> &mut [u8] {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.0.get() }
    }
}

/// What is handed in.
pub static RX: Shared<BUFFER> = Shared::new();
/// What the script sends; whatever was there at the start is overwritten before it is sent.
#[unsafe(link_section = ".uninit")]
pub static TX: Shared<BUFFER> = Shared::new();

/// Bytes of `port.large`.
pub const LARGE: usize = 65_536;

unsafe extern "C" {
    /// The parser's code, until the script has started.
    static mut __large: [u8; LARGE];
}

/// Gives the memory of `port.large`; see `image.x`.
///
/// # Safety
///
/// Thread mode only, once the script has started; the slice must be gone before script runs.
pub unsafe fn large() -> &'static mut [u8] {
    // SAFETY: the linker script gives it these bytes, and the caller promises the rest.
    unsafe { &mut *(&raw mut __large) }
}

/// The most that `port.logTail` gives.
const LOG_TAIL: i64 = 4096;

static UUID: Shared<16> = Shared::new();
static UNIQUE_ID: Shared<12> = Shared::new();
static mut COUNTERS: [u32; DROP_REASONS] = [0; DROP_REASONS];

/// The device's own EID, as the script set it.
pub static EID: AtomicU8 = AtomicU8::new(0);
/// Until when a running script may run, in ms of start-up, wrapping.
static UNTIL_MS: AtomicU32 = AtomicU32::new(0);
/// Whether a handler ran since jobs did: without one no promise can have left any.
static RAN: AtomicBool = AtomicBool::new(true);
/// How often the script threw or was stopped.
static ERRORS: AtomicU32 = AtomicU32::new(0);
/// The script's own timer, in ms; -1 for none.
static DEADLINE_MS: ThreadMode<i64> = ThreadMode::new(-1);
/// Told when the timer was set.
pub static DEADLINE_SET: Signal<CriticalSectionRawMutex, ()> = Signal::new();

struct Handlers {
    message: Function,
    transfer: Function,
    timer: Function,
    usb: Function,
    line: Function,
    room: Option<Function>,
}

static HANDLERS: ThreadMode<Option<Handlers>> = ThreadMode::new(None);
static ENGINE: ThreadMode<Option<Engine>> = ThreadMode::new(None);

fn now_ms() -> u32 {
    Instant::now().as_millis() as u32
}

fn stop() -> bool {
    now_ms().wrapping_sub(UNTIL_MS.load(Ordering::Relaxed)) as i32 > 0
}

fn fatal(code: u32) -> ! {
    let reason = match code {
        10 => "out of memory",
        12 => "too many references to one object",
        13 => "disabled byte code",
        14 => "garbage collection does not end",
        _ => "internal error",
    };
    let heap = Engine::heap();
    crash::end(format_args!(
        "script engine: {reason} ({} of {} bytes in use)",
        heap.used, heap.size
    ))
}

/// Logs what the script threw or did wrong, and counts it.
fn threw(what: &str, exception: &dyn Display) {
    let count = ERRORS.fetch_add(1, Ordering::Relaxed) + 1;
    leds::SCRIPT_ERROR.set(true);
    if cfg!(feature = "debug") {
        panic!("script, {what}: {exception}");
    }
    crate::error!("script, {what}: {exception} (error {count})");
}

/// Checks the size of what a handler wants sent: 0 for nothing, and for what cannot be sent.
fn sized(what: &str, result: i32, most: usize) -> i32 {
    if result.unsigned_abs() as usize <= most {
        return result;
    }
    threw(
        what,
        &format_args!("returned {result}, but at most {most} bytes can be sent"),
    );
    0
}

/// Starts the engine and runs the bundle.
pub fn start(block: &Block, identity: &Identity, room: Room) {
    let mut engine = Engine::new(room.heap, Hooks { fatal, stop });
    let port = engine.object();
    // SAFETY: no script runs yet; from here on the engine's view and ours take turns.
    unsafe {
        UUID.get().copy_from_slice(&identity.uuid);
        UNIQUE_ID.get().copy_from_slice(&identity.unique_id);
        port.set("rx", &Value::bytes(RX.get()));
        port.set("tx", &Value::bytes(TX.get()));
        port.set("large", &Value::bytes(large()));
        port.set("uuid", &Value::bytes(UUID.get()));
        port.set("uniqueId", &Value::bytes(UNIQUE_ID.get()));
        port.set("crashRecord", &Value::bytes(crash::last_text()));
        port.set("counters", &Value::words(&mut *(&raw mut COUNTERS)));
    }
    for key in ["features", "version", "revision"] {
        port.set(key, &Value::text(block.string(key)));
    }
    port.set("offload", &Value::boolean(!cfg!(feature = "no-offload")));
    functions(&engine, &port);
    engine.global().set("port", port.value());

    UNTIL_MS.store(now_ms().wrapping_add(START_MS), Ordering::Relaxed);
    let result = engine.run_and_take(room.script);
    engine.end_parsing();
    engine.collect_garbage();
    if let Err(exception) = result {
        threw("start", &exception);
    } else if HANDLERS.borrow().is_none() {
        crate::error!("script, start: it did not call port.start");
    }
    let heap = Engine::heap();
    crate::debug!(
        "script heap {} of {} bytes in use, {} at most",
        heap.used,
        heap.size,
        heap.peak
    );
    *ENGINE.borrow() = Some(engine);
}

/// Calls one handler with a deadline.
fn call(what: &str, work: impl FnOnce(&Handlers) -> Result<f64, Exception>) -> i32 {
    let handlers = HANDLERS.borrow();
    let Some(handlers) = handlers.as_ref() else {
        return 0;
    };
    RAN.store(true, Ordering::Relaxed);
    UNTIL_MS.store(now_ms().wrapping_add(HANDLER_MS), Ordering::Relaxed);
    match work(handlers) {
        Ok(number) => number as i32,
        Err(exception) => {
            threw(what, &exception);
            0
        }
    }
}

/// Hands a message in `RX`, or in `large()` if it is longer, over; the result is as `port.ts` says.
pub fn message(source: u8, destination: u8, tag: u8, length: usize, now_ms: u64) -> i32 {
    let arguments = [
        source.into(),
        destination.into(),
        tag.into(),
        length as f64,
        now_ms as f64,
    ];
    let result = call("message", |handlers| handlers.message.call(arguments));
    let in_place = if length > BUFFER { LARGE } else { BUFFER };
    sized(
        "message",
        result,
        if result < 0 { in_place } else { BUFFER },
    )
}

/// Tells the script that what it queued is gone.
pub fn room() {
    let now = Instant::now().as_millis() as f64;
    call("room", |handlers| match &handlers.room {
        Some(room) => room.call([now]),
        None => Ok(0.0),
    });
}

/// Hands a transfer in `RX` over; returns how many bytes of `TX` to send.
pub fn transfer(length: usize, now_ms: u64) -> i32 {
    let result = call("transfer", |handlers| {
        handlers.transfer.call([length as f64, now_ms as f64])
    });
    sized("transfer", result, usbnvme_mctp::TRANSFER_SIZE)
}

/// Tells the script of the bus: 0 detached, 1 configured, 2 suspended.
pub fn usb(state: u8) {
    let now = Instant::now().as_millis() as f64;
    call("usb", |handlers| handlers.usb.call([state.into(), now]));
}

/// Hands the script a line that came in over RTT or the serial port.
pub fn line(text: &str) {
    let now = Instant::now().as_millis() as f64;
    call("line", |handlers| handlers.line.call_text(text, now));
}

/// Gives the script's timer, in ms since start.
pub fn deadline() -> Option<u64> {
    u64::try_from(*DEADLINE_MS.borrow()).ok()
}

/// Rings the script's timer.
pub fn timer() {
    *DEADLINE_MS.borrow() = -1;
    let now = Instant::now().as_millis() as f64;
    call("timer", |handlers| handlers.timer.call([now]));
}

/// Runs what promises left, between handlers.
pub fn jobs() {
    if !RAN.swap(false, Ordering::Relaxed) {
        return;
    }
    UNTIL_MS.store(now_ms().wrapping_add(HANDLER_MS), Ordering::Relaxed);
    if let Some(engine) = ENGINE.borrow().as_mut()
        && let Err(exception) = engine.run_jobs()
    {
        threw("job", &exception);
    }
}

/// Shows the script the receiver's counters.
pub fn count(counters: &[u32; DROP_REASONS]) {
    // SAFETY: thread mode, and no script runs.
    unsafe { *(&raw mut COUNTERS) = *counters };
}

macro_rules! native {
    ($type:ident, $name:literal, |$arguments:ident| $body:expr) => {
        struct $type;
        impl Native for $type {
            const NAME: &'static str = $name;
            fn call($arguments: &Arguments<'_>) -> Result<Value, NativeError> {
                $body
            }
        }
    };
}

const LENGTH: &str = "a length that fits port.tx";
const EID_RANGE: &str = "an EID of 0 or 8 to 254";

native!(Log, "log", |arguments| {
    let level = Level::of(arguments.integer(0, 0..=3, "a level of 0 to 3")?);
    let text = arguments.text::<1024>(1, "a string")?;
    if level <= log::MAXIMUM {
        log::write(level, format_args!("{text}"));
    }
    Ok(Value::undefined())
});

native!(Start, "start", |arguments| {
    let what = "a function";
    if HANDLERS_GIVEN.swap(1, Ordering::Relaxed) != 0 {
        return Err(NativeError::Type(0, "given once only"));
    }
    *HANDLERS.borrow() = Some(Handlers {
        message: arguments.function(0, what)?,
        transfer: arguments.function(1, what)?,
        timer: arguments.function(2, what)?,
        usb: arguments.function(3, what)?,
        line: arguments.function(4, what)?,
        // Left out by scripts that wait for no room.
        room: arguments.function(5, what).ok(),
    });
    Ok(Value::undefined())
});
static HANDLERS_GIVEN: AtomicU8 = AtomicU8::new(0);

native!(Deadline, "deadline", |arguments| {
    let ms = arguments.integer(0, -1..=1 << 52, "a time in ms, or -1")?;
    *DEADLINE_MS.borrow() = ms;
    DEADLINE_SET.signal(());
    Ok(Value::undefined())
});

native!(SetEid, "setEid", |arguments| {
    let eid = arguments.integer(0, 0..=254, EID_RANGE)?;
    if (1..8).contains(&eid) {
        return Err(NativeError::Range(0, EID_RANGE));
    }
    EID.store(eid as u8, Ordering::Relaxed);
    leds::EID.set(eid != 0);
    Ok(Value::undefined())
});

native!(Send, "send", |arguments| {
    let destination = arguments.integer(0, 0..=255, "an EID")? as u8;
    let tag = arguments.integer(1, 0..=15, "a tag of 0 to 15")? as u8;
    let length = arguments.integer(2, 1..=BUFFER as i64, LENGTH)?;
    if cfg!(feature = "no-offload") {
        return Err(NativeError::Type(0, "sent with the offload on"));
    }
    let start = arguments.part(3, 0, length, "a Uint8Array")?;
    // SAFETY: the part lies in its array for `length` bytes, and no script runs meanwhile.
    let body = unsafe { core::slice::from_raw_parts(start, length as usize) };
    Ok(Value::boolean(link::push(
        Kind::Message(destination, tag),
        body,
    )))
});

native!(ClaimLarge, "claimLarge", |arguments| {
    let claim = arguments.integer(0, 0..=1, "1 to claim, 0 to give back")? == 1;
    Ok(Value::boolean(link::claim_large(claim)))
});

native!(SendLarge, "sendLarge", |arguments| {
    let destination = arguments.integer(0, 0..=255, "an EID")? as u8;
    let tag = arguments.integer(1, 0..=15, "a tag of 0 to 15")? as u8;
    let what = "a length that fits port.large";
    let length = arguments.integer(2, 1..=LARGE as i64, what)? as usize;
    if cfg!(feature = "no-offload") {
        return Err(NativeError::Type(0, "sent with the offload on"));
    }
    Ok(Value::boolean(link::send_large(destination, tag, length)))
});

native!(Transmit, "transmit", |arguments| {
    let length = arguments.integer(0, 1..=512, "a length of 1 to 512")? as usize;
    if !cfg!(feature = "no-offload") {
        return Err(NativeError::Type(0, "sent with the offload off"));
    }
    // SAFETY: thread mode, in a call from the script, which does not run meanwhile.
    let transfer = unsafe { &TX.get()[..length] };
    Ok(Value::boolean(link::push(Kind::Transfer, transfer)))
});

native!(Copy, "copy", |arguments| {
    let what = "a Uint8Array";
    let most = 1 << 30;
    let length = arguments.integer(4, 0..=most, "a length")?;
    let to = arguments.part(
        0,
        arguments.integer(1, 0..=most, "an offset")?,
        length,
        what,
    )?;
    let from = arguments.part(
        2,
        arguments.integer(3, 0..=most, "an offset")?,
        length,
        what,
    )?;
    // SAFETY: both parts lie in their arrays for `length` bytes; they may overlap.
    unsafe { core::ptr::copy(from, to, length as usize) };
    Ok(Value::undefined())
});

native!(Clear, "clear", |arguments| {
    let most = 1 << 30;
    let offset = arguments.integer(1, 0..=most, "an offset")?;
    let length = arguments.integer(2, 0..=most, "a length")?;
    let start = arguments.part(0, offset, length, "a Uint8Array")?;
    // SAFETY: the part lies in its array for `length` bytes.
    unsafe { core::ptr::write_bytes(start, 0, length as usize) };
    Ok(Value::undefined())
});

native!(Crc32c, "crc32c", |arguments| {
    let offset = arguments.integer(1, 0..=1 << 30, "an offset")?;
    let length = arguments.integer(2, 0..=1 << 30, "a length")?;
    let start = arguments.part(0, offset, length, "a Uint8Array")?;
    // SAFETY: the part lies in its array for `length` bytes, and no script runs meanwhile.
    let bytes = unsafe { core::slice::from_raw_parts(start, length as usize) };
    Ok(Value::number(f64::from(crate::crc::crc32c(bytes))))
});

native!(Crc32, "crc32", |arguments| {
    let offset = arguments.integer(1, 0..=1 << 30, "an offset")?;
    let length = arguments.integer(2, 0..=1 << 30, "a length")?;
    let before = arguments.integer(3, 0..=u32::MAX.into(), "a CRC-32")? as u32;
    let start = arguments.part(0, offset, length, "a Uint8Array")?;
    // SAFETY: the part lies in its array for `length` bytes, and no script runs meanwhile.
    let bytes = unsafe { core::slice::from_raw_parts(start, length as usize) };
    Ok(Value::number(f64::from(crate::crc::crc32(before, bytes))))
});

native!(Sha256, "sha256", |arguments| {
    let step = arguments.integer(0, 0..=2, "a step of 0 to 2")?;
    let offset = arguments.integer(2, 0..=1 << 30, "an offset")?;
    let length = arguments.integer(3, 0..=1 << 30, "a length")?;
    let length = if step == 2 { 32 } else { length };
    let start = arguments.part(1, offset, length, "a Uint8Array")?;
    // SAFETY: the part lies in its array for `length` bytes, and no script runs meanwhile.
    let bytes = unsafe { core::slice::from_raw_parts_mut(start, length as usize) };
    let done = match step {
        0 => {
            crate::sha256::begin();
            true
        }
        1 => crate::sha256::update(bytes),
        _ => bytes.try_into().is_ok_and(crate::sha256::finish),
    };
    Ok(Value::boolean(done))
});

native!(LogTail, "logTail", |arguments| {
    let offset = arguments.integer(1, 0..=1 << 30, "an offset")?;
    let start = arguments.part(
        0,
        offset,
        LOG_TAIL,
        "a Uint8Array with room for 4,096 octets",
    )?;
    // SAFETY: the part lies in its array for that many bytes, and no script runs meanwhile.
    let out = unsafe { core::slice::from_raw_parts_mut(start, LOG_TAIL as usize) };
    Ok(Value::number(crate::log::tail(out) as f64))
});

/// The octets of a message with room for its check behind them: arguments 0 and 1.
fn sealable<'a>(arguments: &Arguments<'_>) -> Result<(&'a mut [u8], &'a mut [u8]), NativeError> {
    let length = arguments.integer(1, 0..=1 << 30, "a length")?;
    let start = arguments.part(
        0,
        0,
        length + 4,
        "a Uint8Array with room for four octets more",
    )?;
    // SAFETY: the part lies in its array for that many bytes, and no script runs meanwhile.
    let bytes = unsafe { core::slice::from_raw_parts_mut(start, length as usize + 4) };
    Ok(bytes.split_at_mut(length as usize))
}

native!(Seal, "seal", |arguments| {
    let (message, check) = sealable(arguments)?;
    check.copy_from_slice(&crate::crc::crc32c(message).to_le_bytes());
    Ok(Value::number((message.len() + 4) as f64))
});

native!(IsSealed, "isSealed", |arguments| {
    let (message, check) = sealable(arguments)?;
    Ok(Value::boolean(
        crate::crc::crc32c(message).to_le_bytes() == *check,
    ))
});

native!(SetMtu, "setMtu", |arguments| {
    let eid = arguments.integer(0, 0..=255, "an EID")? as u8;
    let payload = arguments.integer(1, 64..=247, "a payload of 64 to 247 bytes")? as usize;
    link::set_mtu(eid, payload);
    Ok(Value::undefined())
});

native!(HeapState, "heap", |arguments| {
    let heap = Engine::heap();
    let numbers = [heap.used, heap.peak, heap.size, heap.least_free];
    let which = arguments.integer(0, 0..=3, "0 to 3")? as usize;
    Ok(Value::number(f64::from(numbers[which])))
});

native!(Random, "random", |_arguments| Ok(Value::number(f64::from(
    crate::random::next()
))));

native!(Now, "now", |_arguments| Ok(Value::number(
    Instant::now().as_millis() as f64
)));

native!(Reset, "reset", |_arguments| {
    crate::info!("reset by the script");
    cortex_m::peripheral::SCB::sys_reset()
});

fn functions(engine: &Engine, port: &Object) {
    engine.add::<Log>(port);
    engine.add::<Start>(port);
    engine.add::<Deadline>(port);
    engine.add::<SetEid>(port);
    engine.add::<Send>(port);
    engine.add::<ClaimLarge>(port);
    engine.add::<SendLarge>(port);
    engine.add::<Transmit>(port);
    engine.add::<Copy>(port);
    engine.add::<Clear>(port);
    engine.add::<Crc32c>(port);
    engine.add::<Crc32>(port);
    engine.add::<Sha256>(port);
    engine.add::<LogTail>(port);
    engine.add::<Seal>(port);
    engine.add::<IsSealed>(port);
    engine.add::<SetMtu>(port);
    engine.add::<HeapState>(port);
    engine.add::<Random>(port);
    engine.add::<Now>(port);
    engine.add::<Reset>(port);
}
