//! From USB bulk OUT transfers to complete MCTP messages.

use crate::packet::{Malformed, Packet};
use crate::{
    ASSEMBLY_TIMEOUT_MS, CONTEXTS, Counters, DropReason, EID_BROADCAST, EID_NULL, MESSAGE_SIZE,
    USB_HEADER_SIZE,
};

/// A complete message. The body lies in the transfer, or in the receiver until its next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The sender's EID, 0 where it has none.
    pub source: u8,
    /// The EID it was sent to: 0, ours or broadcast.
    pub destination: u8,
    /// Bits 2:0 message tag, bit 3 tag owner.
    pub tag: u8,
    /// Octet 0 is the integrity check bit and the message type; 1 to 4,225 octets.
    pub body: &'a [u8],
}

/// How far a transfer has been read.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    at: usize,
}

/// A message in assembly.
struct Context<const SIZE: usize> {
    busy: bool,
    source: u8,
    destination: u8,
    tag: u8,
    /// The sequence number that must come next.
    sequence: u8,
    /// Payload octets of the start packet, which every middle packet must have too.
    unit: usize,
    length: usize,
    deadline_ms: u64,
    body: [u8; SIZE],
}

impl<const SIZE: usize> Context<SIZE> {
    const NEW: Self = Self {
        busy: false,
        source: 0,
        destination: 0,
        tag: 0,
        sequence: 0,
        unit: 0,
        length: 0,
        deadline_ms: 0,
        body: [0; SIZE],
    };

    fn is_for(&self, packet: &Packet<'_>) -> bool {
        self.busy
            && self.source == packet.source
            && self.destination == packet.destination
            && self.tag == packet.tag()
    }

    /// Adds a payload; false when it does not fit.
    fn append(&mut self, payload: &[u8]) -> bool {
        let end = self.length.saturating_add(payload.len());
        let Some(room) = self.body.get_mut(self.length..end) else {
            return false;
        };
        room.copy_from_slice(payload);
        self.length = end;
        true
    }

    fn message(&self) -> Message<'_> {
        Message {
            source: self.source,
            destination: self.destination,
            tag: self.tag,
            body: self.body.get(..self.length).unwrap_or_default(),
        }
    }
}

/// What one packet led to.
enum Step {
    /// Nothing to hand out.
    Nothing,
    /// A message of one packet: its payload.
    Single,
    /// A message complete in this context.
    Assembled(usize),
}

/// Takes transfers apart and joins packets to messages; the receive half of the offload.
///
/// Shape: `COUNT` assemblies of `SIZE` octets each are held inside, about 17 KB with the defaults, so keep
/// it in a static. A message in one packet is never copied.
pub struct Receiver<const COUNT: usize = CONTEXTS, const SIZE: usize = MESSAGE_SIZE> {
    eid: u8,
    /// How many contexts are busy: while none is, most packets need no look at them.
    active: usize,
    counters: Counters,
    contexts: [Context<SIZE>; COUNT],
}

impl<const COUNT: usize, const SIZE: usize> Receiver<COUNT, SIZE> {
    /// Starts with EID 0 and nothing in assembly.
    pub const fn new() -> Self {
        Self {
            eid: EID_NULL,
            active: 0,
            counters: Counters::new(),
            contexts: [const { Context::NEW }; COUNT],
        }
    }

    /// Sets the own EID that packets may be sent to, besides 0 and broadcast; 0 for none.
    pub fn set_eid(&mut self, eid: u8) {
        self.eid = eid;
    }

    /// Returns the own EID.
    pub const fn eid(&self) -> u8 {
        self.eid
    }

    /// Returns what was dropped so far.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Forgets what is in assembly, without counting it: the bus was reset or detached.
    pub fn reset(&mut self) {
        for context in &mut self.contexts {
            context.busy = false;
        }
        self.active = 0;
    }

    /// Begins to read a transfer; an empty one is counted.
    pub fn begin(&mut self, data: &[u8]) -> Transfer {
        if data.is_empty() {
            self.counters.add(DropReason::UsbEmpty);
        }
        Transfer { at: 0 }
    }

    /// Returns the next complete message of a transfer, or `None` at its end.
    ///
    /// `data` is the slice given to [`Receiver::begin`], `now_ms` any clock that does not run backwards.
    /// A message that this call completes is handed out at once, so call until `None`.
    #[inline]
    pub fn next<'a>(
        &'a mut self,
        transfer: &mut Transfer,
        data: &'a [u8],
        now_ms: u64,
    ) -> Option<Message<'a>> {
        while let Some(octets) = self.packet(transfer, data) {
            let Some(packet) = self.accept(octets) else {
                continue;
            };
            match self.join(&packet, now_ms) {
                Step::Nothing => {}
                Step::Single => {
                    return Some(Message {
                        source: packet.source,
                        destination: packet.destination,
                        tag: packet.tag(),
                        body: packet.payload,
                    });
                }
                Step::Assembled(index) => return self.contexts.get(index).map(Context::message),
            }
        }
        None
    }

    /// Hands every message that `data` completes to `sink`, in order.
    pub fn transfer(&mut self, data: &[u8], now_ms: u64, mut sink: impl FnMut(Message<'_>)) {
        let mut transfer = self.begin(data);
        while let Some(message) = self.next(&mut transfer, data, now_ms) {
            sink(message);
        }
    }

    /// Drops what has been in assembly too long; returns when to call again, if anything is left.
    pub fn expire(&mut self, now_ms: u64) -> Option<u64> {
        let mut next = None;
        for context in &mut self.contexts {
            if !context.busy {
                continue;
            }
            if context.deadline_ms <= now_ms {
                context.busy = false;
                self.active = self.active.saturating_sub(1);
                self.counters.add(DropReason::Timeout);
            } else {
                next =
                    Some(next.map_or(context.deadline_ms, |at: u64| at.min(context.deadline_ms)));
            }
        }
        next
    }

    /// Cuts the next packet off a transfer (DSP0283 1.0.1, MCTP over USB header).
    fn packet<'d>(&mut self, transfer: &mut Transfer, data: &'d [u8]) -> Option<&'d [u8]> {
        let rest = data.get(transfer.at..).unwrap_or_default();
        if rest.is_empty() {
            return None;
        }
        let reason = match rest.first_chunk::<USB_HEADER_SIZE>() {
            None => DropReason::UsbStrayBytes,
            Some(&[0x1a, 0xb4, _, length]) => {
                let length = usize::from(length);
                if length <= USB_HEADER_SIZE {
                    DropReason::UsbShortLength
                } else if let Some(octets) = rest.get(USB_HEADER_SIZE..length) {
                    transfer.at = transfer.at.saturating_add(length);
                    return Some(octets);
                } else {
                    DropReason::UsbPastEnd
                }
            }
            Some(_) => DropReason::UsbWrongId,
        };
        self.counters.add(reason);
        transfer.at = data.len();
        None
    }

    /// Checks a packet by itself.
    fn accept<'d>(&mut self, octets: &'d [u8]) -> Option<Packet<'d>> {
        let reason = match Packet::parse(octets) {
            Err(Malformed::Short) => DropReason::PacketShort,
            Err(Malformed::Version) => DropReason::PacketVersion,
            Ok(packet) => {
                let to = packet.destination;
                if to != EID_NULL && to != self.eid && to != EID_BROADCAST {
                    DropReason::PacketDestination
                } else if packet.source == EID_BROADCAST {
                    DropReason::PacketSource
                } else {
                    return Some(packet);
                }
            }
        };
        self.counters.add(reason);
        None
    }

    /// Puts a packet to its message (DSP0236 1.3.1, message assembly, dropped packets).
    fn join(&mut self, packet: &Packet<'_>, now_ms: u64) -> Step {
        let mut found = None;
        if self.active > 0 {
            self.expire(now_ms);
            found = self
                .contexts
                .iter()
                .position(|context| context.is_for(packet));
        }
        if packet.is_start() {
            self.start(packet, found, now_ms)
        } else {
            self.follow(packet, found)
        }
    }

    fn start(&mut self, packet: &Packet<'_>, found: Option<usize>, now_ms: u64) -> Step {
        if let Some(context) = found.and_then(|index| self.contexts.get_mut(index)) {
            context.busy = false;
            self.active = self.active.saturating_sub(1);
            self.counters.add(DropReason::DuplicateStart);
        }
        if packet.payload.len() > SIZE {
            self.counters.add(DropReason::TooLarge);
            return Step::Nothing;
        }
        if packet.is_end() {
            return Step::Single;
        }
        let Some(context) = self.contexts.iter_mut().find(|context| !context.busy) else {
            self.counters.add(DropReason::NoContext);
            return Step::Nothing;
        };
        context.source = packet.source;
        context.destination = packet.destination;
        context.tag = packet.tag();
        context.sequence = packet.sequence().wrapping_add(1) & 3;
        context.unit = packet.payload.len();
        context.length = 0;
        context.deadline_ms = now_ms.saturating_add(ASSEMBLY_TIMEOUT_MS);
        if context.append(packet.payload) {
            context.busy = true;
            self.active = self.active.saturating_add(1);
        }
        Step::Nothing
    }

    fn follow(&mut self, packet: &Packet<'_>, found: Option<usize>) -> Step {
        let Some((index, context)) =
            found.and_then(|index| self.contexts.get_mut(index).map(|context| (index, context)))
        else {
            self.counters.add(DropReason::NoStart);
            return Step::Nothing;
        };
        let size = packet.payload.len();
        let reason = if packet.sequence() != context.sequence {
            DropReason::OutOfSequence
        } else if size > context.unit || (size < context.unit && !packet.is_end()) {
            DropReason::WrongSize
        } else if !context.append(packet.payload) {
            DropReason::TooLarge
        } else {
            context.sequence = context.sequence.wrapping_add(1) & 3;
            if packet.is_end() {
                context.busy = false;
                self.active = self.active.saturating_sub(1);
                return Step::Assembled(index);
            }
            return Step::Nothing;
        };
        context.busy = false;
        self.active = self.active.saturating_sub(1);
        self.counters.add(reason);
        Step::Nothing
    }
}

impl<const COUNT: usize, const SIZE: usize> Default for Receiver<COUNT, SIZE> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const START: [u8; 10] = [0x1a, 0xb4, 0, 10, 1, 0, 9, 0x88, 0x7e, 1];

    #[test]
    fn expire_tells_the_next_deadline_and_counts() {
        let mut receiver: Receiver = Receiver::new();
        assert_eq!(receiver.expire(0), None);
        receiver.transfer(&START, 100, |_| {});
        assert_eq!(receiver.expire(200), Some(6100));
        assert_eq!(receiver.expire(6099), Some(6100));
        assert_eq!(receiver.expire(6100), None);
        assert_eq!(receiver.counters().get(DropReason::Timeout), 1);
    }

    #[test]
    fn reset_forgets_without_counting() {
        let mut receiver: Receiver = Receiver::new();
        receiver.transfer(&START, 0, |_| {});
        receiver.reset();
        assert_eq!(receiver.expire(9999), None);
        assert_eq!(receiver.counters(), &Counters::new());
    }

    #[test]
    fn next_gives_single_packets_without_a_copy() {
        let mut receiver: Receiver<1, 16> = Receiver::new();
        let data = [0x1a, 0xb4, 0, 9, 1, 0, 9, 0xc8, 0x7e];
        let mut transfer = receiver.begin(&data);
        let message = receiver.next(&mut transfer, &data, 0).unwrap();
        assert!(core::ptr::eq(message.body.as_ptr(), &raw const data[8]));
        assert_eq!(receiver.next(&mut transfer, &data, 0), None);
    }

    #[test]
    fn a_small_receiver_counts_what_does_not_fit() {
        let mut receiver: Receiver<1, 2> = Receiver::new();
        let long = [0x1a, 0xb4, 0, 11, 1, 0, 9, 0x88, 0x7e, 1, 2];
        receiver.transfer(&long, 0, |_| {});
        assert_eq!(receiver.counters().get(DropReason::TooLarge), 1);
        receiver.transfer(&START, 0, |_| {});
        receiver.transfer(&[0x1a, 0xb4, 0, 9, 1, 0, 9, 0x58, 3], 0, |_| {});
        assert_eq!(receiver.counters().get(DropReason::TooLarge), 2);
    }
}
