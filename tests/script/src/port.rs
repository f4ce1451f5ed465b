//! The native functions of `firmware_ts/port.ts`, as far as the firmware uses them without a board.

use std::sync::Mutex;
use usbnvme_jerryscript::{Arguments, Engine, Function, Native, NativeError, Object, Value};

/// The handlers that the bundle registered.
pub struct Handlers {
    pub on_message: Function,
    pub on_transfer: Function,
    pub on_timer: Function,
    // Kept so that the script's functions live.
    pub _others: [Function; 2],
}

/// What the script did over the seam.
#[derive(Default)]
pub struct Seen {
    pub handlers: Option<Handlers>,
    pub eid: u8,
    pub log: Vec<String>,
    /// Transfers sent before the last one, lengths; the bytes are in `transfers`.
    pub transfers: Vec<Vec<u8>>,
    /// Messages sent by `send`: destination, tag, body.
    pub messages: Vec<(u8, u8, Vec<u8>)>,
    /// When the script wants to be called, if it does.
    pub deadline_ms: Option<u64>,
    /// Where `tx` is.
    pub tx: usize,
}

/// The one device there is at a time.
pub static SEEN: Mutex<Option<Seen>> = Mutex::new(None);

/// Works on what the script did.
pub fn seen<R>(work: impl FnOnce(&mut Seen) -> R) -> R {
    work(SEEN.lock().expect("one thread").get_or_insert_default())
}

/// Returns the own EID.
pub fn eid() -> u8 {
    seen(|seen| seen.eid)
}

/// Returns what was logged, as `level text`.
pub fn log() -> Vec<String> {
    seen(|seen| seen.log.clone())
}

type Result = core::result::Result<Value, NativeError>;

struct Start;
impl Native for Start {
    const NAME: &'static str = "start";
    fn call(arguments: &Arguments<'_>) -> Result {
        let function = |index| arguments.function(index, "a function");
        let handlers = Handlers {
            on_message: function(0)?,
            on_transfer: function(1)?,
            on_timer: function(2)?,
            _others: [function(3)?, function(4)?],
        };
        seen(|seen| seen.handlers = Some(handlers));
        Ok(Value::undefined())
    }
}

struct Log;
impl Native for Log {
    const NAME: &'static str = "log";
    fn call(arguments: &Arguments<'_>) -> Result {
        let level = arguments.integer(0, 0..=3, "a level")?;
        let text = arguments.text::<256>(1, "a string")?;
        seen(|seen| seen.log.push(format!("{level} {text}")));
        Ok(Value::undefined())
    }
}

struct SetEid;
impl Native for SetEid {
    const NAME: &'static str = "setEid";
    fn call(arguments: &Arguments<'_>) -> Result {
        let eid = arguments.integer(0, 0..=254, "an EID")?;
        seen(|seen| seen.eid = eid as u8);
        Ok(Value::undefined())
    }
}

struct Deadline;
impl Native for Deadline {
    const NAME: &'static str = "deadline";
    fn call(arguments: &Arguments<'_>) -> Result {
        let at_ms = arguments.integer(0, -1..=1 << 53, "milliseconds")?;
        seen(|seen| seen.deadline_ms = u64::try_from(at_ms).ok());
        Ok(Value::undefined())
    }
}

struct Send;
impl Native for Send {
    const NAME: &'static str = "send";
    fn call(arguments: &Arguments<'_>) -> Result {
        let destination = arguments.integer(0, 0..=254, "an EID")? as u8;
        let tag = arguments.integer(1, 0..=15, "a tag")? as u8;
        let length = arguments.integer(2, 1..=4225, "a length")?;
        let body = arguments.part(3, 0, length, "a Uint8Array")?;
        // SAFETY: the part was checked, and no script runs now.
        let body = unsafe { core::slice::from_raw_parts(body, length as usize) };
        seen(|seen| seen.messages.push((destination, tag, body.to_vec())));
        Ok(Value::boolean(true))
    }
}

struct Transmit;
impl Native for Transmit {
    const NAME: &'static str = "transmit";
    fn call(arguments: &Arguments<'_>) -> Result {
        let length = arguments.integer(0, 1..=512, "a transfer's length")? as usize;
        seen(|seen| {
            // SAFETY: `tx` is a leaked buffer of more than 512 bytes, and no script runs now.
            let bytes = unsafe { core::slice::from_raw_parts(seen.tx as *const u8, length) };
            seen.transfers.push(bytes.to_vec());
        });
        Ok(Value::boolean(true))
    }
}

struct Copy;
impl Native for Copy {
    const NAME: &'static str = "copy";
    fn call(arguments: &Arguments<'_>) -> Result {
        let length = arguments.integer(4, 0..=1 << 20, "a length")?;
        let to_at = arguments.integer(1, 0..=1 << 20, "an offset")?;
        let from_at = arguments.integer(3, 0..=1 << 20, "an offset")?;
        let to = arguments.part(0, to_at, length, "a Uint8Array")?;
        let from = arguments.part(2, from_at, length, "a Uint8Array")?;
        // SAFETY: both parts were checked; they may overlap.
        unsafe { core::ptr::copy(from, to, length as usize) };
        Ok(Value::undefined())
    }
}

struct Clear;
impl Native for Clear {
    const NAME: &'static str = "clear";
    fn call(arguments: &Arguments<'_>) -> Result {
        let offset = arguments.integer(1, 0..=1 << 20, "an offset")?;
        let length = arguments.integer(2, 0..=1 << 20, "a length")?;
        let start = arguments.part(0, offset, length, "a Uint8Array")?;
        // SAFETY: the part was checked.
        unsafe { core::ptr::write_bytes(start, 0, length as usize) };
        Ok(Value::undefined())
    }
}

fn crc(polynomial: u32, before: u32, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!before, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { polynomial } else { 0 }
        })
    })
}

fn crc32c(bytes: &[u8]) -> u32 {
    crc(0x82f6_3b78, 0, bytes)
}

fn part<'a>(
    arguments: &Arguments<'_>,
    offset: i64,
    length: i64,
) -> core::result::Result<&'a mut [u8], NativeError> {
    let part = arguments.part(0, offset, length, "a Uint8Array")?;
    // SAFETY: the part was checked, and no script runs now.
    Ok(unsafe { core::slice::from_raw_parts_mut(part, length as usize) })
}

struct Crc32c;
impl Native for Crc32c {
    const NAME: &'static str = "crc32c";
    fn call(arguments: &Arguments<'_>) -> Result {
        let offset = arguments.integer(1, 0..=1 << 20, "an offset")?;
        let length = arguments.integer(2, 0..=1 << 20, "a length")?;
        Ok(Value::number(f64::from(crc32c(part(
            arguments, offset, length,
        )?))))
    }
}

struct Crc32;
impl Native for Crc32 {
    const NAME: &'static str = "crc32";
    fn call(arguments: &Arguments<'_>) -> Result {
        let offset = arguments.integer(1, 0..=1 << 20, "an offset")?;
        let length = arguments.integer(2, 0..=1 << 20, "a length")?;
        let before = arguments.integer(3, 0..=u32::MAX.into(), "a CRC-32")? as u32;
        let bytes = part(arguments, offset, length)?;
        Ok(Value::number(f64::from(crc(0xedb8_8320, before, bytes))))
    }
}

struct Seal;
impl Native for Seal {
    const NAME: &'static str = "seal";
    fn call(arguments: &Arguments<'_>) -> Result {
        let length = arguments.integer(1, 0..=1 << 20, "a length")?;
        let (message, check) = part(arguments, 0, length + 4)?.split_at_mut(length as usize);
        check.copy_from_slice(&crc32c(message).to_le_bytes());
        Ok(Value::number((length + 4) as f64))
    }
}

struct IsSealed;
impl Native for IsSealed {
    const NAME: &'static str = "isSealed";
    fn call(arguments: &Arguments<'_>) -> Result {
        let length = arguments.integer(1, 0..=1 << 20, "a length")?;
        let (message, check) = part(arguments, 0, length + 4)?.split_at(length as usize);
        Ok(Value::boolean(crc32c(message).to_le_bytes() == *check))
    }
}

struct SetMtu;
impl Native for SetMtu {
    const NAME: &'static str = "setMtu";
    fn call(arguments: &Arguments<'_>) -> Result {
        arguments.integer(0, 0..=254, "an EID")?;
        arguments.integer(1, 64..=247, "a payload size")?;
        Ok(Value::undefined())
    }
}

struct HeapState;
impl Native for HeapState {
    const NAME: &'static str = "heap";
    fn call(arguments: &Arguments<'_>) -> Result {
        let heap = Engine::heap();
        let numbers = [heap.used, heap.peak, heap.size, heap.least_free];
        let which = arguments.integer(0, 0..=3, "0 to 3")? as usize;
        Ok(Value::number(f64::from(numbers[which])))
    }
}

/// Puts the functions on `port`.
pub fn add(engine: &Engine, port: &Object) {
    engine.add::<Start>(port);
    engine.add::<Log>(port);
    engine.add::<SetEid>(port);
    engine.add::<Deadline>(port);
    engine.add::<Send>(port);
    engine.add::<Transmit>(port);
    engine.add::<Copy>(port);
    engine.add::<Clear>(port);
    engine.add::<Crc32c>(port);
    engine.add::<Crc32>(port);
    engine.add::<Seal>(port);
    engine.add::<IsSealed>(port);
    engine.add::<SetMtu>(port);
    engine.add::<HeapState>(port);
}
