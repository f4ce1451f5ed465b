//! RTT, as debuggers read it: one channel up and one down.
//!
//! It lies in memory that no loader clears. So lines that nobody had read before a reset are still there
//! after it, and a debugger that reads on sees neither a gap nor a line twice.

use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

const ID: [u8; 16] = *b"SEGGER RTT\0\0\0\0\0\0";
const NAME: [u8; 12] = *b"Terminal\0\0\0\0";
const DOWN: usize = 256;
/// What the other fields leave of the region LOG in `chip/memory.ts`.
const UP: usize = 5 * 1024 - 88 - DOWN;

#[repr(C)]
struct Channel {
    name: u32,
    buffer: u32,
    size: u32,
    write: AtomicU32,
    read: AtomicU32,
    flags: u32,
}

#[repr(C)]
struct Block {
    id: [u8; 16],
    up_count: u32,
    down_count: u32,
    up: Channel,
    down: Channel,
    name: [u8; 12],
    /// Lines that found no room.
    lost: AtomicU32,
    up_ring: [u8; UP],
    down_ring: [u8; DOWN],
}

const _: () = assert!(size_of::<Block>() == 5 * 1024);

unsafe extern "C" {
    /// Memory that the linker script keeps out of every section, so that no loader clears it.
    static mut _SEGGER_RTT: Block;
}

fn block() -> *mut Block {
    &raw mut _SEGGER_RTT
}

impl Channel {
    fn new(name: u32, buffer: u32, size: usize) -> Channel {
        Channel {
            name,
            buffer,
            size: size as u32,
            write: AtomicU32::new(0),
            read: AtomicU32::new(0),
            // A line that does not fit is left out as a whole.
            flags: 0,
        }
    }

    /// Gives where to write and where to read next, both inside the ring whatever a debugger wrote.
    fn places(&self) -> (usize, usize) {
        let write = self.write.load(Ordering::Relaxed);
        let read = self.read.load(Ordering::Relaxed);
        if write < self.size && read < self.size {
            return (write as usize, read as usize);
        }
        self.write.store(0, Ordering::Relaxed);
        self.read.store(0, Ordering::Relaxed);
        (0, 0)
    }

    fn is(&self, other: &Channel) -> bool {
        let inside = |place: &AtomicU32| place.load(Ordering::Relaxed) < self.size;
        (self.name, self.buffer, self.size, self.flags)
            == (other.name, other.buffer, other.size, other.flags)
            && inside(&self.write)
            && inside(&self.read)
    }
}

/// The two channels; one value of it at a time.
pub struct Rtt(());

impl Rtt {
    /// Goes on with what the last run left, or starts over where that is damaged or power was lost.
    ///
    /// # Safety
    ///
    /// To be called once.
    pub unsafe fn init() -> Rtt {
        // SAFETY: the linker script keeps the memory free, and any bytes are a block.
        let kept = unsafe { &mut *block() };
        let at = |field: *const u8| field as usize as u32;
        let name = at(kept.name.as_ptr());
        let up = Channel::new(name, at(kept.up_ring.as_ptr()), UP);
        let down = Channel::new(name, at(kept.down_ring.as_ptr()), DOWN);
        let counts = (kept.up_count, kept.down_count);
        if kept.id == ID && counts == (1, 1) && kept.up.is(&up) && kept.down.is(&down) {
            kept.down
                .read
                .store(kept.down.write.load(Ordering::Relaxed), Ordering::Relaxed);
            return Rtt(());
        }
        // SAFETY: as above; the id comes last, so that a debugger finds no half-made block.
        unsafe {
            ptr::write_bytes(block(), 0, 1);
            (kept.up_count, kept.down_count) = (1, 1);
            (kept.up, kept.down) = (up, down);
            kept.name = NAME;
            cortex_m::asm::dmb();
            ptr::write_volatile(&mut kept.id, ID);
        }
        Rtt(())
    }

    /// Writes a whole line, or nothing of it and says so.
    pub fn write(&mut self, line: &[u8]) -> bool {
        // SAFETY: only this value touches the ring, and a debugger only its own place in it.
        let Block { up, up_ring, .. } = unsafe { &mut *block() };
        let (write, read) = up.places();
        if line.len() > (read + UP - write - 1) % UP {
            return false;
        }
        let first = line.len().min(UP - write);
        up_ring[write..write + first].copy_from_slice(&line[..first]);
        up_ring[..line.len() - first].copy_from_slice(&line[first..]);
        let end = ((write + line.len()) % UP) as u32;
        // At once: a reset in between leaves the line out as a whole.
        up.write.store(end, Ordering::Release);
        true
    }

    /// Copies the newest whole lines of the ring, read by a debugger or not; gives how many bytes they are.
    pub fn tail(&mut self, out: &mut [u8]) -> usize {
        // SAFETY: as in `write`.
        let Block { up, up_ring, .. } = unsafe { &mut *block() };
        let (write, _) = up.places();
        let most = out.len().min(UP - 1);
        let mut length = 0;
        let mut started = false;
        for back in (1..=most).rev() {
            let byte = up_ring[(write + UP - back) % UP];
            // Zeros were never written; what is left of an old line goes up to its end.
            if started && byte != 0 {
                out[length] = byte;
                length += 1;
            }
            started |= byte == b'\n' || byte == 0;
        }
        length
    }

    /// Takes up to `out.len()` bytes that a debugger wrote.
    pub fn read(&mut self, out: &mut [u8]) -> usize {
        // SAFETY: as in `write`.
        let Block {
            down, down_ring, ..
        } = unsafe { &mut *block() };
        let (write, mut read) = down.places();
        let count = out.len().min((write + DOWN - read) % DOWN);
        for byte in &mut out[..count] {
            *byte = down_ring[read];
            read = (read + 1) % DOWN;
        }
        down.read.store(read as u32, Ordering::Release);
        count
    }

    /// Gives the counter of lines that found no room; it outlives a reset as well.
    pub fn lost(&self) -> &'static AtomicU32 {
        // SAFETY: it is only touched as an atomic.
        unsafe { &(*block()).lost }
    }
}
