//! What the script has handed over to be sent, in order, until the link takes it.

/// Room for two of the messages that fit port.tx.
const ROOM: usize = 8704;

/// One entry.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A message to cut: destination EID, tag with the tag owner in bit 3.
    Message(u8, u8),
    /// A transfer as it is.
    Transfer,
}

/// A queue of byte strings in one piece of memory, each in one piece.
pub struct Outbox {
    bytes: [u8; ROOM],
    /// Where the next entry goes, where the oldest lies, and how many there are.
    write: usize,
    read: usize,
    count: usize,
    /// Where the entries before the wrap end, once newer ones lie at the start.
    wrap: Option<usize>,
}

const HEADER: usize = 5;

impl Outbox {
    /// Makes an empty one.
    pub const fn new() -> Outbox {
        Outbox {
            bytes: [0; ROOM],
            write: 0,
            read: 0,
            count: 0,
            wrap: None,
        }
    }

    /// Puts a copy of `data` at the end; false where there is no room.
    pub fn push(&mut self, kind: Kind, data: &[u8]) -> bool {
        let size = HEADER + data.len();
        let start = if self.wrap.is_none() && size > ROOM - self.write {
            0
        } else {
            self.write
        };
        let wraps = self.wrap.is_none() && start != self.write;
        let limit = if wraps || self.wrap.is_some() {
            self.read
        } else {
            ROOM
        };
        if start + size > limit || data.is_empty() {
            return false;
        }
        if wraps {
            self.wrap = Some(self.write);
        }
        let length = (data.len() as u16).to_le_bytes();
        let (number, destination, tag) = match kind {
            Kind::Message(destination, tag) => (0, destination, tag),
            Kind::Transfer => (1, 0, 0),
        };
        let header = [length[0], length[1], number, destination, tag];
        self.bytes[start..start + HEADER].copy_from_slice(&header);
        self.bytes[start + HEADER..start + size].copy_from_slice(data);
        self.write = start + size;
        self.count += 1;
        true
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Gives the oldest entry and where its bytes lie; [`Outbox::done`] takes it out.
    pub fn first(&self) -> Option<(Kind, usize, usize)> {
        let header = self
            .bytes
            .get(self.read..self.read + HEADER)
            .filter(|_| !self.is_empty())?;
        let length = usize::from(u16::from_le_bytes([header[0], header[1]]));
        let kind = if header[2] == 0 {
            Kind::Message(header[3], header[4])
        } else {
            Kind::Transfer
        };
        Some((kind, self.read + HEADER, length))
    }

    /// Gives the bytes of an entry.
    pub fn bytes(&self, start: usize, length: usize) -> &[u8] {
        &self.bytes[start..start + length]
    }

    /// Takes the oldest entry out.
    pub fn done(&mut self) {
        if let Some((_, start, length)) = self.first() {
            self.read = start + length;
            self.count -= 1;
        }
        if self.wrap == Some(self.read) {
            self.read = 0;
            self.wrap = None;
        }
        if self.is_empty() {
            self.clear();
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.read = 0;
        self.write = 0;
        self.count = 0;
        self.wrap = None;
    }
}
