//! The block that `usbnvme build` bakes behind the base image: script, strings, USB ids.

use core::ops::Range;

unsafe extern "C" {
    static __bake_start: u8;
    static __bake_end: u8;
    static __heap_end: u8;
}

/// Bytes of the block's header.
const HEADER: usize = 80;
/// UTF-16 units of the longest string descriptor: 255 bytes, two of them its own.
const USB_STRING: usize = 126;

/// What was baked in; all texts lie in the block.
pub struct Block {
    /// Flags; bit 0: debug build.
    pub flags: u32,
    /// USB idVendor.
    pub vendor_id: u16,
    /// USB idProduct.
    pub product_id: u16,
    /// Range of the script in the block.
    script: Range<usize>,
    strings: &'static str,
}

impl Block {
    /// Finds and checks the block.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as text.
    pub fn find() -> Result<Block, &'static str> {
        let start = &raw const __bake_start;
        let room = (&raw const __bake_end) as usize - start as usize;
        // SAFETY: the linker script keeps this room free for the block, and nothing writes it.
        let room = unsafe { core::slice::from_raw_parts(start, room) };
        let word = |at: usize| {
            let bytes = room.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, u32::from_le_bytes)
        };
        if word(0) != 0x4b41_4255 {
            return Err("no script is baked in");
        }
        if word(4) != 1 {
            return Err("the baked block has another version");
        }
        let length = word(8) as usize;
        let block = room
            .get(..length)
            .ok_or("the baked block is longer than its room")?;
        let range = |offset: u32, length: u32| {
            let start = offset as usize;
            start..start.saturating_add(length as usize)
        };
        let part = |range: Range<usize>| {
            let start = range.start;
            let bytes = block.get(range).filter(|_| start >= HEADER);
            let bytes = bytes.ok_or("a part of the baked block lies outside it")?;
            core::str::from_utf8(bytes).map_err(|_| "the baked block is not UTF-8")
        };
        let script = range(word(16), word(20));
        let text = part(script.clone())?;
        let strings = range(word(28), word(32));
        if strings.end > script.start {
            return Err("the script of the baked block does not lie last");
        }
        if hmac_sha256::Hash::hash(text.as_bytes())[..] != block[48..80] {
            return Err("the script does not match its SHA-256");
        }
        Ok(Block {
            flags: word(12),
            vendor_id: word(24) as u16,
            product_id: (word(24) >> 16) as u16,
            script,
            strings: part(strings)?,
        })
    }

    /// Gives the text of a key, empty where there is none.
    pub fn string(&self, key: &str) -> &'static str {
        self.strings
            .split('\0')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == key)
            .map_or("", |(_, value)| value)
    }

    /// Gives the text of a key as far as one string descriptor holds it (USB 2.0, 9.6.7).
    pub fn usb_string(&self, key: &str) -> &'static str {
        let text = self.string(key);
        let mut units = 0;
        for (at, character) in text.char_indices() {
            units += character.len_utf16();
            if units > USB_STRING {
                crate::warn!("the {key} is too long for USB, cut after {at} bytes");
                return &text[..at];
            }
        }
        text
    }
}

/// Memory for the engine: what begins as its heap, and the script right behind it.
pub struct Room {
    /// The first heap.
    pub heap: &'static mut [u8],
    /// The script, which ends where the memory does.
    pub script: &'static mut str,
}

/// Moves the script to the end of AXI SRAM, so that the heap before it can grow over what has run, and gives both.
///
/// # Safety
///
/// Call it once: what it returns is the only way to that memory.
pub unsafe fn room(block: &Block) -> Room {
    let base = &raw const __bake_start as usize;
    let end = &raw const __heap_end as usize;
    let length = block.script.len();
    let from = base + block.script.start;
    let to = (end - length) & !15;
    let strings_end = block.strings.as_bytes().as_ptr_range().end as usize;
    let start = (strings_end + 15) & !15;
    // SAFETY: no section and no segment reaches behind the block, the strings end before `start`, the text was
    // checked to be UTF-8, and the caller calls once.
    unsafe {
        core::ptr::copy(from as *const u8, to as *mut u8, length);
        let script = core::slice::from_raw_parts_mut(to as *mut u8, length);
        Room {
            heap: core::slice::from_raw_parts_mut(start as *mut u8, to - start),
            script: core::str::from_utf8_unchecked_mut(script),
        }
    }
}
