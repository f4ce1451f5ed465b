//! The engine itself.

use crate::arguments::{Arguments, NativeError};
use crate::exception::Exception;
use crate::ffi::{self, CallInfo, Raw};
use crate::value::{Object, Value};
use core::ffi::c_void;
use core::fmt::Write;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What the engine asks of the program around it.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// Ends the program: the engine cannot go on (10: out of memory, 12: too many references, 120: internal).
    pub fatal: fn(code: u32) -> !,
    /// Asked now and then while a script runs; `true` stops it.
    pub stop: fn() -> bool,
}

/// How full the script heap is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heap {
    /// In use.
    pub used: u32,
    /// In use at most so far.
    pub peak: u32,
    /// In all.
    pub size: u32,
    /// Free at least so far, while it grew over the source that had run.
    pub least_free: u32,
}

/// A function of native code that a script can call.
pub trait Native {
    /// Its name, as scripts and errors write it.
    const NAME: &'static str;
    /// Does the work; must not run script.
    fn call(arguments: &Arguments<'_>) -> Result<Value, NativeError>;
}

static CREATED: AtomicBool = AtomicBool::new(false);
static FATAL: AtomicUsize = AtomicUsize::new(0);
static STOP: AtomicUsize = AtomicUsize::new(0);

/// How many backward branches and calls of a script pass between two questions of [`Hooks::stop`].
const STOP_INTERVAL: u32 = 200;

/// The one engine.
pub struct Engine(());

impl Engine {
    /// Starts the engine in `memory`, which holds its context and its heap (at most 512 KB) from then on.
    ///
    /// # Panics
    ///
    /// When called a second time: there is one engine.
    pub fn new(memory: &'static mut [u8], hooks: Hooks) -> Engine {
        assert!(!CREATED.swap(true, Ordering::Relaxed), "one engine only");
        FATAL.store(hooks.fatal as usize, Ordering::Relaxed);
        STOP.store(hooks.stop as usize, Ordering::Relaxed);
        let skip = memory.as_ptr().align_offset(8).min(memory.len());
        let memory = &mut memory[skip..];
        // SAFETY: the memory is ours for good, and the functions are called in the order the API wants.
        unsafe {
            ffi::usbnvme_jerry_memory(memory.as_mut_ptr().cast(), memory.len());
            ffi::jerry_init(0);
            ffi::usbnvme_jerry_watch_throws();
            ffi::jerry_halt_handler(STOP_INTERVAL, Some(halt), core::ptr::null_mut());
        }
        Engine(())
    }

    /// Runs a script in strict mode, and the jobs it left. A source may have several pieces with NULs between
    /// them: scripts that are parsed and run one after the other, and share what they declare.
    ///
    /// # Errors
    ///
    /// What the script threw, a syntax error among it.
    pub fn run(&mut self, source: &str) -> Result<Value, Exception> {
        let mut last = Value::undefined();
        for piece in source.split('\0') {
            last = self.run_piece(piece)?;
        }
        self.run_jobs()?;
        Ok(last)
    }

    fn run_piece(&mut self, source: &str) -> Result<Value, Exception> {
        // SAFETY: the engine reads the source before it returns.
        Value::of(unsafe { ffi::usbnvme_jerry_run(source.as_ptr(), source.len()) })
    }

    /// Runs a source that lies right behind the heap as [`Engine::run`] does; the heap grows over each piece
    /// that has run, and over the source's end at last.
    ///
    /// # Errors
    ///
    /// As [`Engine::run`]; the rest of the source's memory is then lost.
    pub fn run_and_take(&mut self, source: &'static mut str) -> Result<(), Exception> {
        let start = source.as_ptr();
        let (mut at, mut taken) = (0, 0);
        let end = source.len();
        while at < end {
            // SAFETY: what lies behind `at` has not been given to the heap yet.
            let rest = unsafe { core::slice::from_raw_parts(start.add(at), end - at) };
            let length = rest.iter().position(|&byte| byte == 0);
            let length = length.unwrap_or(rest.len());
            // SAFETY: a part of a str, between NULs.
            self.run_piece(unsafe { core::str::from_utf8_unchecked(&rest[..length]) })?;
            at += length + 1;
            let done = at.min(end) & !7;
            // SAFETY: the piece has been read, and nothing else uses its memory.
            if !unsafe { ffi::usbnvme_jerry_grow(done - taken) } {
                continue;
            }
            taken = done;
        }
        self.run_jobs()
    }

    /// Ends parsing for good: `eval` and `Function` throw from now on, and the memory of the parser's code is
    /// free for something else.
    pub fn end_parsing(&mut self) {
        // SAFETY: no script runs now.
        unsafe { ffi::usbnvme_jerry_end_parsing() }
    }

    /// Runs what promises have left to do.
    ///
    /// # Errors
    ///
    /// What a job threw.
    pub fn run_jobs(&mut self) -> Result<(), Exception> {
        // SAFETY: no script runs now.
        Value::of(unsafe { ffi::jerry_run_jobs() }).map(drop)
    }

    /// Gives the global object.
    pub fn global(&self) -> Object {
        // SAFETY: the engine runs.
        Object(Value(unsafe { ffi::jerry_current_realm() }))
    }

    /// Makes an empty object.
    pub fn object(&self) -> Object {
        // SAFETY: the engine runs.
        Object(Value(unsafe { ffi::jerry_object() }))
    }

    /// Puts a native function on an object under its own name.
    pub fn add<F: Native>(&self, object: &Object) {
        // SAFETY: the handler is a plain function.
        object.set(
            F::NAME,
            &Value(unsafe { ffi::jerry_function_external(handler::<F>) }),
        );
    }

    /// Says how full the heap is.
    pub fn heap() -> Heap {
        let mut numbers = [0u32; 4];
        // SAFETY: room for four.
        unsafe { ffi::usbnvme_jerry_heap(numbers.as_mut_ptr()) };
        Heap {
            used: numbers[0],
            peak: numbers[1],
            size: numbers[2],
            least_free: numbers[3],
        }
    }

    /// Frees all that no script can reach.
    pub fn collect_garbage(&mut self) {
        // SAFETY: no script runs now.
        unsafe { ffi::jerry_heap_gc(ffi::GC_HIGH) }
    }
}

/// Text of an argument error, with the final zero that the engine wants.
struct Message {
    bytes: [u8; 128],
    length: usize,
}

impl Write for Message {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let room = self.bytes.len() - 1 - self.length;
        let length = text.len().min(room);
        self.bytes[self.length..self.length + length].copy_from_slice(&text.as_bytes()[..length]);
        self.length += length;
        Ok(())
    }
}

extern "C" fn handler<F: Native>(_info: *const CallInfo, values: *const Raw, count: u32) -> Raw {
    // SAFETY: the engine passes `count` live values, for the time of this call.
    let arguments = unsafe { Arguments::new(values, count) };
    match F::call(&arguments) {
        Ok(value) => {
            let raw = value.0;
            core::mem::forget(value);
            raw
        }
        Err(error) => {
            let (kind, index, what) = match error {
                NativeError::Type(index, what) => (ffi::ERROR_TYPE, index, what),
                NativeError::Range(index, what) => (ffi::ERROR_RANGE, index, what),
            };
            let mut message = Message {
                bytes: [0; 128],
                length: 0,
            };
            let _ = write!(
                message,
                "{}: argument {} must be {}",
                F::NAME,
                index + 1,
                what
            );
            // SAFETY: the text ends in a zero.
            unsafe { ffi::jerry_throw_sz(kind, message.bytes.as_ptr().cast()) }
        }
    }
}

extern "C" fn halt(_user: *mut c_void) -> Raw {
    // SAFETY: stored from a `fn() -> bool` before the engine could call this.
    let stop: fn() -> bool = unsafe { core::mem::transmute(STOP.load(Ordering::Relaxed)) };
    if stop() {
        let text = "the script did not return in time";
        // SAFETY: the abort takes the string over.
        unsafe {
            ffi::jerry_abort(
                ffi::jerry_string(text.as_ptr(), text.len() as u32, ffi::ENCODING_UTF8),
                true,
            )
        }
    } else {
        // SAFETY: `undefined` means go on.
        unsafe { ffi::jerry_undefined() }
    }
}

#[unsafe(no_mangle)]
extern "C" fn usbnvme_jerry_fatal(code: u32) -> ! {
    // SAFETY: stored from a `fn(u32) -> !` before the engine could call this.
    let fatal: fn(u32) -> ! = unsafe { core::mem::transmute(FATAL.load(Ordering::Relaxed)) };
    fatal(code)
}
