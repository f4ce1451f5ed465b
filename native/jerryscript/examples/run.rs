//! Runs a script of the firmware on the host, with a port that prints, and answers one message a line.
//!
//! `cargo run -p usbnvme-jerryscript --example run -- SCRIPT [--offload-off] < MESSAGES`
//!
//! A line of standard input is a message in hex, `SOURCE DESTINATION TAG BYTES` (decimal, decimal, decimal, hex),
//! or with `--offload-off` one USB transfer in hex. For each, a line of standard output: the reply in hex, `-`
//! for none, or `! ` and the exception. What the script sends of its own accord comes first, after `> `. Log
//! lines go to standard error.

use std::io::BufRead;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use usbnvme_jerryscript::{Arguments, Engine, Function, Hooks, Native, NativeError, Value};

/// Bytes of `port.rx` and of `port.tx`.
const BUFFER: usize = 4352;
/// Questions of the engine that a handler may last.
const PATIENCE: u64 = 100_000;

static LEFT: AtomicU64 = AtomicU64::new(PATIENCE);
static OFFLOAD: AtomicBool = AtomicBool::new(true);
static START: Mutex<Option<[Function; 2]>> = Mutex::new(None);
static TX: Mutex<usize> = Mutex::new(0);

fn stop() -> bool {
    LEFT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(1)
    })
    .is_err()
}

fn fatal(code: u32) -> ! {
    eprintln!("the engine cannot go on: code {code}");
    std::process::exit(1)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(text: &str) -> Vec<u8> {
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    text.chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).unwrap_or("");
            u8::from_str_radix(pair, 16).unwrap_or_else(|_| panic!("not hex: {pair:?}"))
        })
        .collect()
}

/// Gives the first bytes of `port.tx`.
fn tx(length: i64) -> &'static [u8] {
    let start = *TX.lock().unwrap();
    // SAFETY: leaked memory of BUFFER bytes, which the script does not write while native code runs.
    unsafe { std::slice::from_raw_parts(start as *const u8, length as usize) }
}

/// Makes a native function of its name, its arguments and its work.
macro_rules! native {
    ($type:ident, $name:literal, |$arguments:ident| $work:expr) => {
        struct $type;
        impl Native for $type {
            const NAME: &'static str = $name;
            fn call($arguments: &Arguments<'_>) -> Result<Value, NativeError> {
                $work
            }
        }
    };
}

const LENGTH: &str = "a length";

native!(Start, "start", |arguments| {
    let handlers = [0, 1].map(|index| arguments.function(index, "a function"));
    let [message, transfer] = handlers;
    *START.lock().unwrap() = Some([message?, transfer?]);
    Ok(Value::undefined())
});
native!(Log, "log", |arguments| {
    let level = arguments.integer(0, 0..=3, "a level of 0 to 3")?;
    let name = ["ERROR", "WARN", "INFO", "DEBUG"][level as usize];
    eprintln!("0 {name} {}", arguments.text::<512>(1, "a string")?);
    Ok(Value::undefined())
});
native!(Nothing, "deadline", |_arguments| Ok(Value::undefined()));
native!(SetEid, "setEid", |_arguments| Ok(Value::undefined()));
native!(SetMtu, "setMtu", |_arguments| Ok(Value::undefined()));
native!(Reset, "reset", |_arguments| Ok(Value::undefined()));
native!(Now, "now", |_arguments| Ok(Value::number(0.0)));
native!(Random, "random", |_arguments| Ok(Value::number(4.0)));
native!(HeapState, "heap", |_arguments| Ok(Value::number(
    f64::from(Engine::heap().used)
)));
native!(Send, "send", |arguments| {
    let length = arguments.integer(2, 0..=BUFFER as i64, LENGTH)?;
    println!("> {}", hex(tx(length)));
    Ok(Value::boolean(true))
});
native!(Transmit, "transmit", |arguments| {
    let length = arguments.integer(0, 0..=BUFFER as i64, LENGTH)?;
    println!("> {}", hex(tx(length)));
    Ok(Value::boolean(true))
});
native!(Copy, "copy", |arguments| {
    let [to, from, length] =
        [1, 3, 4].map(|index| arguments.integer(index, 0..=i64::from(u32::MAX), LENGTH));
    let length = length?;
    let target = arguments.part(0, to?, length, "a Uint8Array")?;
    let source = arguments.part(2, from?, length, "a Uint8Array")?;
    // SAFETY: both parts are good for `length` bytes; they may overlap.
    unsafe { std::ptr::copy(source, target, length as usize) };
    Ok(Value::undefined())
});
native!(Clear, "clear", |arguments| {
    let [offset, length] =
        [1, 2].map(|index| arguments.integer(index, 0..=i64::from(u32::MAX), LENGTH));
    let length = length?;
    let start = arguments.part(0, offset?, length, "a Uint8Array")?;
    // SAFETY: good for `length` bytes while no script runs.
    unsafe { std::ptr::write_bytes(start, 0, length as usize) };
    Ok(Value::undefined())
});
native!(Crc32c, "crc32c", |arguments| {
    let [offset, length] =
        [1, 2].map(|index| arguments.integer(index, 0..=i64::from(u32::MAX), LENGTH));
    let length = length?;
    let part = arguments.part(0, offset?, length, "a Uint8Array")?;
    // SAFETY: good for `length` bytes while no script runs.
    let part = unsafe { std::slice::from_raw_parts(part, length as usize) };
    let crc = !part.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0x82f6_3b78 & 0u32.wrapping_sub(crc & 1))
        })
    });
    Ok(Value::number(f64::from(crc)))
});

fn leak(length: usize) -> &'static mut [u8] {
    Box::leak(vec![0u8; length].into_boxed_slice())
}

fn set_up(engine: &Engine) -> usize {
    let port = engine.object();
    let (rx, tx) = (leak(BUFFER), leak(BUFFER));
    let address = rx.as_ptr() as usize;
    *TX.lock().unwrap() = tx.as_ptr() as usize;
    for (name, memory) in [
        ("rx", rx),
        ("tx", tx),
        ("uuid", leak(16)),
        ("uniqueId", leak(12)),
    ] {
        port.set(name, &Value::bytes(memory));
    }
    port.set("counters", &Value::words(Box::leak(Box::new([0u32; 64]))));
    for (name, text) in [("features", ""), ("version", "0.1"), ("revision", "host")] {
        port.set(name, &Value::text(text));
    }
    port.set("offload", &Value::boolean(OFFLOAD.load(Ordering::Relaxed)));
    engine.add::<Start>(&port);
    engine.add::<Log>(&port);
    engine.add::<Nothing>(&port);
    engine.add::<SetEid>(&port);
    engine.add::<SetMtu>(&port);
    engine.add::<Reset>(&port);
    engine.add::<Now>(&port);
    engine.add::<Random>(&port);
    engine.add::<HeapState>(&port);
    engine.add::<Send>(&port);
    engine.add::<Transmit>(&port);
    engine.add::<Copy>(&port);
    engine.add::<Clear>(&port);
    engine.add::<Crc32c>(&port);
    engine.global().set("port", port.value());
    address
}

fn answer(handlers: &[Function; 2], rx: &mut [u8], line: &str) -> String {
    LEFT.store(PATIENCE, Ordering::Relaxed);
    let result = if OFFLOAD.load(Ordering::Relaxed) {
        let mut words = line.splitn(4, ' ');
        let numbers = [(); 3].map(|()| words.next().and_then(|word| word.parse().ok()));
        let [Some(source), Some(destination), Some(tag)] = numbers else {
            return format!("! not SOURCE DESTINATION TAG BYTES: {line}");
        };
        let message = bytes(words.next().unwrap_or(""));
        rx[..message.len()].copy_from_slice(&message);
        handlers[0].call([source, destination, tag, message.len() as f64, 0.0])
    } else {
        let transfer = bytes(line);
        rx[..transfer.len()].copy_from_slice(&transfer);
        handlers[1].call([transfer.len() as f64, 0.0])
    };
    match result {
        Ok(0.0) => "-".to_string(),
        Ok(length) if length < 0.0 => hex(&rx[..-length as usize]),
        Ok(length) => hex(tx(length as i64)),
        Err(exception) => format!("! {exception}"),
    }
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|word| word == "--offload-off") {
        arguments.remove(at);
        OFFLOAD.store(false, Ordering::Relaxed);
    }
    let [path] = arguments.as_slice() else {
        eprintln!("usage: run SCRIPT [--offload-off] < MESSAGES");
        std::process::exit(2);
    };
    let script = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut engine = Engine::new(leak(256 * 1024), Hooks { fatal, stop });
    let rx = set_up(&engine);
    // SAFETY: leaked memory of BUFFER bytes; the script's view and this one take turns.
    let rx = unsafe { std::slice::from_raw_parts_mut(rx as *mut u8, BUFFER) };
    if let Err(exception) = engine.run(&script) {
        eprintln!("{path}: {exception}");
        std::process::exit(1);
    }
    let handlers = START.lock().unwrap().take();
    let Some(handlers) = handlers else {
        return;
    };
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("standard input is text");
        println!("{}", answer(&handlers, rx, line.trim()));
    }
}
