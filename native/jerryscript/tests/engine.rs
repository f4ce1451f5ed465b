//! The engine on the host: the numbers, the language that the firmware uses, the borders of the wrapper.

#![allow(clippy::result_large_err)] // as the crate itself

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, mpsc};
use usbnvme_jerryscript::{Arguments, Engine, Function, Hooks, Native, NativeError, Value};

static PATIENCE: AtomicU32 = AtomicU32::new(u32::MAX);
static KEPT: Mutex<Option<Function>> = Mutex::new(None);

fn stop() -> bool {
    PATIENCE
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        })
        .is_err()
}

fn fatal(code: u32) -> ! {
    std::process::exit(code as i32)
}

struct Keep;
impl Native for Keep {
    const NAME: &'static str = "keep";
    fn call(arguments: &Arguments<'_>) -> Result<Value, NativeError> {
        *KEPT.lock().unwrap() = Some(arguments.function(0, "a function")?);
        Ok(Value::undefined())
    }
}

struct Level;
impl Native for Level {
    const NAME: &'static str = "level";
    fn call(arguments: &Arguments<'_>) -> Result<Value, NativeError> {
        Ok(Value::number(
            arguments.integer(0, 0..=3, "a level of 0 to 3")? as f64,
        ))
    }
}

struct Sum;
impl Native for Sum {
    const NAME: &'static str = "sum";
    fn call(arguments: &Arguments<'_>) -> Result<Value, NativeError> {
        let offset = arguments.integer(1, 0..=64, "an offset")?;
        let part = arguments.part(0, offset, 4, "a Uint8Array")?;
        let bytes = unsafe { std::slice::from_raw_parts(part, 4) };
        Ok(Value::number(
            bytes.iter().map(|&byte| f64::from(byte)).sum(),
        ))
    }
}

type Job = Box<dyn FnOnce(&mut Engine) + Send>;

/// The engine's own thread: it measures its stack from where it was started.
static ENGINE: LazyLock<Mutex<mpsc::Sender<Job>>> = LazyLock::new(|| {
    let (sender, jobs) = mpsc::channel::<Job>();
    std::thread::spawn(move || {
        let memory = Box::leak(vec![0u8; 512 * 1024].into_boxed_slice());
        let mut engine = Engine::new(memory, Hooks { fatal, stop });
        let global = engine.global();
        engine.add::<Keep>(&global);
        engine.add::<Level>(&global);
        engine.add::<Sum>(&global);
        engine.add::<Out>(&global);
        global.set(
            "buffer",
            &Value::bytes(Box::leak(vec![0u8; 64].into_boxed_slice())),
        );
        global.set(
            "words",
            &Value::words(Box::leak(vec![7u32; 4].into_boxed_slice())),
        );
        for job in jobs {
            job(&mut engine);
        }
    });
    Mutex::new(sender)
});

/// Does something with the engine, on its thread; a panic there is one here.
fn with<R: Send + 'static>(work: impl FnOnce(&mut Engine) -> R + Send + 'static) -> R {
    let (sender, result) = mpsc::channel();
    let job: Job = Box::new(move |engine| {
        let work = std::panic::AssertUnwindSafe(|| work(engine));
        let _ = sender.send(std::panic::catch_unwind(work));
    });
    ENGINE.lock().unwrap().send(job).unwrap();
    match result.recv().unwrap() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

static TEXT: Mutex<String> = Mutex::new(String::new());

struct Out;
impl Native for Out {
    const NAME: &'static str = "out";
    fn call(arguments: &Arguments<'_>) -> Result<Value, NativeError> {
        *TEXT.lock().unwrap() = arguments.text::<256>(0, "a string")?.to_string();
        Ok(Value::undefined())
    }
}

/// Runs a script that returns something and gives it as text; an exception gives its message.
fn eval(source: &str) -> String {
    let text = format!("out(String((() => {{ {source} }})()))");
    with(move |engine| match engine.run(&text) {
        Ok(_) => TEXT.lock().unwrap().clone(),
        Err(exception) => exception.message.to_string(),
    })
}

/// CRC-32C of the bytes 0 to 255, by a second hand.
fn crc32c(bytes: impl Iterator<Item = u8>) -> u32 {
    !bytes.fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0x82f6_3b78
            } else {
                crc >> 1
            }
        })
    })
}

#[test]
fn numbers_are_binary64() {
    let crc = eval(include_str!("numbers.js"));
    assert_eq!(crc32c(b"123456789".iter().copied()), 0xe306_9283);
    assert_eq!(crc, format!("{:08x} ok", crc32c(0..=255)));
    for (script, expected) in [
        ("2**53-1", "9007199254740991"),
        ("0.1+0.2", "0.30000000000000004"),
        ("1/3", "0.3333333333333333"),
        ("1e21", "1e+21"),
        ("123456789012345680000", "123456789012345680000"),
        ("5e-324", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("0.001e310", "1e+307"),
        ("-1 >>> 0", "4294967295"),
        ("1 << 31", "-2147483648"),
        ("0xffffffff | 0", "-1"),
        ("2**32 % 7", "4"),
        ("1e17 % 3", "1"),
        ("-5.5 % 2", "-1.5"),
        ("134217727 + 1", "134217728"),
        ("-134217728 - 1", "-134217729"),
        ("let x = 134217727; x++; x", "134217728"),
        ("let y = -134217728; y--; y", "-134217729"),
        ("11585 * 11585", "134212225"),
        ("11586 * 11586", "134235396"),
        ("-(0)", "0"),
        ("1 / -0", "-Infinity"),
        ("Number.MAX_SAFE_INTEGER", "9007199254740991"),
        ("Number.EPSILON", "2.220446049250313e-16"),
        ("Number.MIN_VALUE", "5e-324"),
        ("(255).toString(16)", "ff"),
        ("(0.5).toString(2)", "0.1"),
        ("parseInt('4294967296')", "4294967296"),
        ("parseFloat('3.14159265358979')", "3.14159265358979"),
        ("Math.trunc(-4294967297.5)", "-4294967297"),
        ("Math.floor(2**40 / 3)", "366503875925"),
        ("(2n**64n - 1n)", "18446744073709551615"),
        ("BigInt(2**53) + 1n", "9007199254740993"),
        ("BigInt(5)", "5"),
        ("BigInt(2**32 + 1)", "4294967297"),
        ("BigInt(1.5 * 2**80)", "1813388729421943762059264"),
        ("BigInt(2**60 + 2**8)", "1152921504606847232"),
        ("Number(18446744073709551615n)", "18446744073709552000"),
    ] {
        let statements = match script.rsplit_once("; ") {
            Some((first, last)) => format!("{first}; return {last}"),
            None => format!("return {script}"),
        };
        assert_eq!(eval(&statements), expected, "{script}");
    }
}

#[test]
fn numbers_read_and_print_as_rust_does() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut checked = 0;
    while checked < 2000 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let number = f64::from_bits(seed);
        if !number.is_finite() {
            continue;
        }
        checked += 1;
        let printed = eval(&format!("return {number:e}"));
        assert_eq!(
            printed.parse::<f64>().unwrap().to_bits(),
            number.to_bits(),
            "{number:e}"
        );
        let digits = |text: &str| {
            let mantissa = text.split('e').next().unwrap();
            let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
            digits.trim_matches('0').to_string()
        };
        assert_eq!(
            digits(&printed),
            digits(&format!("{number:e}")),
            "{number:e}"
        );
    }
}

#[test]
fn the_language_that_the_firmware_uses_runs() {
    for (script, expected) in [
        (
            "class A { #x; y = 2; constructor() { this.#x = 1 } get x() { return this.#x + this.y } } return new A().x",
            "3",
        ),
        (
            "const { a, ...rest } = { a: 1, b: 2 }; return a + rest.b",
            "3",
        ),
        (
            "function* g() { yield 1; yield 2 } return [...g()].join()",
            "1,2",
        ),
        (
            "return [1, 2, 3].map((x) => x * 2).reduce((a, b) => a + b, 0)",
            "12",
        ),
        (
            "const m = new Map([[1, 'a']]); m.set(2, 'b'); return m.size + m.get(2)",
            "2b",
        ),
        (
            "return `${new Set([1, 1, 2]).size}` + (undefined ?? 'x')",
            "2x",
        ),
        (
            "const d = new DataView(new ArrayBuffer(8)); d.setUint32(0, 0xdeadbeef); return d.getUint32(0, true).toString(16)",
            "efbeadde",
        ),
        ("return new Uint32Array([2**32 - 1])[0]", "4294967295"),
        ("return new Uint8Array([1, 2, 3]).subarray(1).length", "2"),
        ("a: for (;;) { for (;;) break a } return 'out'", "out"),
        (
            "try { null.x } catch (e) { return e instanceof TypeError }",
            "true",
        ),
        ("return new RangeError('r') + ''", "RangeError: r"),
        ("return new AggregateError([1], 'm').message", "m"),
        ("return Reflect.ownKeys({ k: 1 })[0]", "k"),
        (
            "return typeof JSON + typeof Float64Array",
            "undefinedundefined",
        ),
    ] {
        assert_eq!(eval(script), expected, "{script}");
    }
}

#[test]
fn run_finishes_async_functions() {
    with(|engine| {
        engine
            .run("globalThis.done = 0; (async () => { await 1; done = 41; await 2; done++ })()")
            .unwrap();
        assert_eq!(engine.global().get("done").unwrap().as_number(), 42.0);
    });
}

#[test]
fn an_exception_has_message_and_place() {
    with(|engine| {
        let error = engine.run("function inner() { throw new RangeError('too long') } function outer() { inner() } outer()").unwrap_err();
        assert_eq!(error.message.as_str(), "RangeError: too long");
        assert_eq!(error.place.as_str(), "inner < outer");
        assert!(!error.stopped);
        let error = engine.run("let = ;").unwrap_err();
        assert!(
            error.message.as_str().starts_with("SyntaxError: "),
            "{}",
            error.message
        );
    });
}

#[test]
fn a_long_text_is_cut_at_a_character_and_says_so() {
    assert_eq!(eval("return 'ä'.repeat(128)"), "ä".repeat(128));
    assert_eq!(
        eval("return 'ä'.repeat(129)"),
        format!("{}…", "ä".repeat(126))
    );
    assert_eq!(eval("return 'a'.repeat(257)"), "a".repeat(253) + "…");
}

#[test]
fn elements_of_typed_arrays_are_as_the_language_says() {
    for (script, expected) in [
        (
            "const a = new Uint8Array(4); a[0] = 257; a[1] = -1; a[2] = 2.9; a[4] = 9; return [...a, a[4], a[-1]].join()",
            "1,255,2,0,,",
        ),
        (
            "const a = new Uint16Array(2); a[0] = 65537; a[1] = -2; return a.join()",
            "1,65534",
        ),
        (
            "const a = new Uint32Array(2); a[0] = -1; a[1] = 2**31; return a.join() + a[0]",
            "4294967295,21474836484294967295",
        ),
        ("const a = new Int8Array(1); a[0] = 200; return a[0]", "-56"),
        (
            "const b = new Uint32Array(4), v = new Uint8Array(b.buffer, 4, 4); v[1] = 1; v[4] = 7; return [b.join(), v[1], v[4]].join()",
            "0,256,0,0,1,",
        ),
        (
            "const b = new Uint32Array(4).subarray(1, 3); b[0] = 5; b[2] = 6; return [new Uint32Array(b.buffer).join(), b[2]].join()",
            "0,5,0,0,",
        ),
        (
            "const a = new Uint8Array(2); const x = (a[1] = 300); return [x, a[1], a[1]++, a[1], a[1] += 215, a[1]].join()",
            "300,44,44,45,260,4",
        ),
        (
            "const a = new Uint8Array(1); a['0'] = 3; a[0n] = 4; return [a[0], a['0'], '1' in a].join()",
            "4,4,false",
        ),
    ] {
        assert_eq!(eval(script), expected, "{script}");
    }
}

#[test]
fn names_of_a_large_scope_are_found() {
    let mut script = String::new();
    for index in 0..300 {
        script += &format!("let n{index} = {index}; const f{index} = () => n{index}++; ");
    }
    script += "for (let i = 0; i < 3; i++) { f0(); f150(); f299() } return [n0, n150, n299].join()";
    assert_eq!(eval(&script), "3,153,302");
}

#[test]
fn native_functions_check_their_arguments() {
    assert_eq!(eval("return level(3)"), "3");
    assert_eq!(
        eval("return level(4)"),
        "RangeError: level: argument 1 must be a level of 0 to 3"
    );
    assert_eq!(
        eval("return level(0.5)"),
        "RangeError: level: argument 1 must be a level of 0 to 3"
    );
    assert_eq!(
        eval("return level(NaN)"),
        "RangeError: level: argument 1 must be a level of 0 to 3"
    );
    assert_eq!(
        eval("return level('3')"),
        "TypeError: level: argument 1 must be a level of 0 to 3"
    );
    assert_eq!(
        eval("return level()"),
        "TypeError: level: argument 1 must be a level of 0 to 3"
    );
    assert_eq!(
        eval("buffer.fill(0); buffer[62] = 5; buffer[63] = 250; return sum(buffer, 60)"),
        "255"
    );
    assert_eq!(
        eval("return sum(buffer, 61)"),
        "RangeError: sum: argument 2 must be inside the array"
    );
    assert_eq!(eval("return sum(buffer.subarray(60), 0)"), "255");
    assert_eq!(
        eval("return sum([1, 2, 3, 4], 0)"),
        "TypeError: sum: argument 1 must be a Uint8Array"
    );
    assert_eq!(eval("return words[3]"), "7");
}

#[test]
fn a_script_that_does_not_return_is_stopped_and_the_engine_goes_on() {
    with(|engine| {
        PATIENCE.store(100, Ordering::Relaxed);
        let error = engine
            .run("try { for (;;); } catch (e) { for (;;); } finally { }")
            .unwrap_err();
        PATIENCE.store(u32::MAX, Ordering::Relaxed);
        assert!(error.stopped);
        assert_eq!(error.message.as_str(), "the script did not return in time");
        engine.run("for (let i = 0; i < 10000; i++);").unwrap();
    });
}

#[test]
fn endless_recursion_is_an_exception() {
    assert_eq!(
        eval("const f = () => f() + 1; return f()"),
        "RangeError: Maximum call stack size exceeded"
    );
}

#[test]
fn ten_thousand_calls_leave_the_heap_where_it_was() {
    with(|engine| {
        engine
            .run("keep((a, b, c, d) => { buffer[0] = a; return a + b + c + d })")
            .unwrap();
        let function = KEPT.lock().unwrap().take().unwrap();
        assert_eq!(
            function.call([1.0, 2.0, 3.0, 4294967295.0]).unwrap(),
            4294967301.0
        );
        engine.collect_garbage();
        let before = Engine::heap();
        for index in 0..10_000 {
            let sum = function
                .call([f64::from(index), 1.0, 2.0, 4294967295.0])
                .unwrap();
            assert_eq!(sum, f64::from(index) + 4294967298.0);
        }
        engine.collect_garbage();
        let after = Engine::heap();
        assert_eq!(after.used, before.used);
        assert!(0 < after.used && after.used <= after.peak && after.peak < after.size);
    });
}

#[test]
fn a_full_heap_reaches_the_fatal_hook() {
    const CHILD: &str = "USBNVME_TEST_FILL_HEAP";
    if std::env::var_os(CHILD).is_some() {
        let error = with(|engine| {
            engine
                .run("const a = []; for (let i = 0; ; i++) a.push({ i })")
                .map(drop)
        });
        panic!("the heap took everything: {error:?}");
    }
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_full_heap_reaches_the_fatal_hook",
            "--test-threads=1",
            "--nocapture",
        ])
        .env(CHILD, "1")
        .output()
        .unwrap()
        .status;
    assert_eq!(status.code(), Some(10));
}
