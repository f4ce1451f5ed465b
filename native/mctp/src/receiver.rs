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

/// What a receiver may do with a message that is longer than its own buffers.
pub enum Large<'a> {
    /// Drop it: there is no large buffer.
    None,
    /// Drop it: the large buffer is in use.
    Taken,
    /// Join it there, one at a time. The same memory with each call, until [`Receiver::uses_large`] is false.
    Free(&'a mut [u8]),
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
}

/// What one packet led to.
enum Step {
    /// Nothing to hand out.
    Nothing,
    /// A message of one packet: its payload.
    Single,
    /// A message complete in this context, or in the large buffer.
    Assembled(usize, bool),
}

/// Takes transfers apart and joins packets to messages; the receive half of the offload.
///
/// Shape: `COUNT` assemblies of `SIZE` octets each are held inside, about 17 KB with the defaults, so keep
/// it in a static. A message in one packet is never copied.
pub struct Receiver<const COUNT: usize = CONTEXTS, const SIZE: usize = MESSAGE_SIZE> {
    eid: u8,
    /// How many contexts are busy: while none is, most packets need no look at them.
    active: usize,
    /// Whether packets have a length of 13 bits and may span USB packets.
    spanning: bool,
    /// The context whose message lies in the large buffer.
    large: Option<usize>,
    /// The sum of the counters when it was asked for last.
    told: u32,
    counters: Counters,
    contexts: [Context<SIZE>; COUNT],
}

impl<const COUNT: usize, const SIZE: usize> Receiver<COUNT, SIZE> {
    /// Starts with EID 0 and nothing in assembly.
    pub const fn new() -> Self {
        Self {
            eid: EID_NULL,
            active: 0,
            spanning: false,
            large: None,
            told: 0,
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

    /// Sets whether packets have a length of 13 bits (DSP0283 1.1), not 8 (1.0.1).
    pub fn set_spanning(&mut self, spanning: bool) {
        self.spanning = spanning;
    }

    /// Tells whether a message is being joined in the large buffer.
    pub const fn uses_large(&self) -> bool {
        self.large.is_some()
    }

    /// Counts a drop of the caller's.
    pub fn drop_counted(&mut self, reason: DropReason) {
        self.counters.add(reason);
    }

    /// Tells whether something was counted since the last call.
    pub fn take_counted(&mut self) -> bool {
        let total = self.counters.total();
        core::mem::replace(&mut self.told, total) != total
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
        self.large = None;
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
        self.next_with(transfer, data, Large::None, now_ms)
    }

    /// As [`Receiver::next`], with a buffer for a message that is longer than the receiver's own.
    pub fn next_with<'a>(
        &'a mut self,
        transfer: &mut Transfer,
        data: &'a [u8],
        mut large: Large<'a>,
        now_ms: u64,
    ) -> Option<Message<'a>> {
        while let Some(octets) = self.packet(transfer, data) {
            let Some(packet) = self.accept(octets) else {
                continue;
            };
            let step = self.join(&packet, &mut large, now_ms);
            let body = match step {
                Step::Nothing => continue,
                Step::Single => match large {
                    _ if packet.payload.len() <= SIZE => packet.payload,
                    // Packets that span can hold more than a context: to a caller with a large buffer it comes there.
                    Large::Free(bytes) if self.large.is_none() => {
                        let Some(room) = bytes.get_mut(..packet.payload.len()) else {
                            self.counters.add(DropReason::TooLarge);
                            return None;
                        };
                        room.copy_from_slice(packet.payload);
                        room
                    }
                    Large::None => packet.payload,
                    _ => {
                        self.counters.add(DropReason::LargeBusy);
                        continue;
                    }
                },
                Step::Assembled(index, in_large) => {
                    let context = self.contexts.get(index)?;
                    let body = match large {
                        Large::Free(bytes) if in_large => &*bytes,
                        _ => &context.body[..],
                    };
                    body.get(..context.length).unwrap_or_default()
                }
            };
            return Some(Message {
                source: packet.source,
                destination: packet.destination,
                tag: packet.tag(),
                body,
            });
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
        for (index, context) in self.contexts.iter_mut().enumerate() {
            if !context.busy {
                continue;
            }
            if context.deadline_ms <= now_ms {
                context.busy = false;
                self.active = self.active.saturating_sub(1);
                if self.large == Some(index) {
                    self.large = None;
                }
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
            Some(&[0x1a, 0xb4, high, length]) => {
                let high = if self.spanning { high & 0x1f } else { 0 };
                let length = usize::from(high) << 8 | usize::from(length);
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
    fn join(&mut self, packet: &Packet<'_>, large: &mut Large<'_>, now_ms: u64) -> Step {
        let mut found = None;
        if self.active > 0 {
            self.expire(now_ms);
            found = self
                .contexts
                .iter()
                .position(|context| context.is_for(packet));
        }
        if packet.is_start() {
            self.start(packet, found, large, now_ms)
        } else {
            self.follow(packet, found, large)
        }
    }

    /// Ends an assembly.
    fn release(&mut self, index: usize) {
        if let Some(context) = self.contexts.get_mut(index) {
            context.busy = false;
        }
        self.active = self.active.saturating_sub(1);
        if self.large == Some(index) {
            self.large = None;
        }
    }

    fn start(
        &mut self,
        packet: &Packet<'_>,
        found: Option<usize>,
        large: &mut Large<'_>,
        now_ms: u64,
    ) -> Step {
        if let Some(index) = found {
            self.release(index);
            self.counters.add(DropReason::DuplicateStart);
        }
        if packet.is_end() {
            if packet.payload.len() <= SIZE || self.spanning {
                return Step::Single;
            }
            self.counters.add(DropReason::TooLarge);
            return Step::Nothing;
        }
        let free = self.contexts.iter_mut().enumerate();
        let Some((index, context)) = { free }.find(|(_, context)| !context.busy) else {
            self.counters.add(DropReason::NoContext);
            return Step::Nothing;
        };
        context.busy = true;
        context.source = packet.source;
        context.destination = packet.destination;
        context.tag = packet.tag();
        context.sequence = packet.sequence().wrapping_add(1) & 3;
        context.unit = packet.payload.len();
        context.length = 0;
        context.deadline_ms = now_ms.saturating_add(ASSEMBLY_TIMEOUT_MS);
        self.active = self.active.saturating_add(1);
        if let Err(reason) = self.append(index, packet.payload, large) {
            self.release(index);
            self.counters.add(reason);
        }
        Step::Nothing
    }

    fn follow(&mut self, packet: &Packet<'_>, found: Option<usize>, large: &mut Large<'_>) -> Step {
        let Some((index, context)) =
            found.and_then(|index| self.contexts.get_mut(index).map(|context| (index, context)))
        else {
            self.counters.add(DropReason::NoStart);
            return Step::Nothing;
        };
        let size = packet.payload.len();
        let result = if packet.sequence() != context.sequence {
            Err(DropReason::OutOfSequence)
        } else if size > context.unit || (size < context.unit && !packet.is_end()) {
            Err(DropReason::WrongSize)
        } else {
            context.sequence = context.sequence.wrapping_add(1) & 3;
            self.append(index, packet.payload, large)
        };
        let in_large = self.large == Some(index);
        match result {
            Ok(()) if !packet.is_end() => return Step::Nothing,
            Ok(()) => {
                self.release(index);
                return Step::Assembled(index, in_large);
            }
            Err(reason) => self.counters.add(reason),
        }
        self.release(index);
        Step::Nothing
    }

    /// Adds a payload to a message, which moves to the large buffer when it is too long for its own.
    #[inline]
    fn append(
        &mut self,
        index: usize,
        payload: &[u8],
        large: &mut Large<'_>,
    ) -> Result<(), DropReason> {
        let context = self.contexts.get_mut(index).ok_or(DropReason::NoContext)?;
        let end = context.length.saturating_add(payload.len());
        let room = if end <= SIZE {
            context.body.get_mut(context.length..end)
        } else {
            let bytes = match large {
                Large::None => return Err(DropReason::TooLarge),
                Large::Taken => return Err(DropReason::LargeBusy),
                Large::Free(bytes) => bytes,
            };
            if self.large.is_none() {
                if let (Some(to), Some(from)) = (
                    bytes.get_mut(..context.length),
                    context.body.get(..context.length),
                ) {
                    to.copy_from_slice(from);
                }
                self.large = Some(index);
            } else if self.large != Some(index) {
                return Err(DropReason::LargeBusy);
            }
            bytes.get_mut(context.length..end)
        };
        room.ok_or(DropReason::TooLarge)?.copy_from_slice(payload);
        context.length = end;
        Ok(())
    }
}

impl<const COUNT: usize, const SIZE: usize> Default for Receiver<COUNT, SIZE> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
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

    /// Gives one packet of `payload` with `flags` from `source`; returns the length of what it completes.
    fn give(
        receiver: &mut Receiver<2, 4>,
        source: u8,
        flags: u8,
        payload: &[u8],
        large: Large<'_>,
    ) -> Option<usize> {
        let mut data = [0x1a, 0xb4, 0, 0, 1, 0, source, flags, 0, 0, 0, 0];
        data[8..8 + payload.len()].copy_from_slice(payload);
        data[3] = 8 + payload.len() as u8;
        let data = &data[..8 + payload.len()];
        let mut transfer = receiver.begin(data);
        let message = receiver.next_with(&mut transfer, data, large, 0)?;
        assert_eq!(
            message.body,
            &[1, 2, 3, 4, 5, 6, 7, 8, 9][..message.body.len()]
        );
        Some(message.body.len())
    }

    #[test]
    fn next_with_joins_one_long_message_in_the_large_buffer_and_others_meanwhile() {
        let mut receiver: Receiver<2, 4> = Receiver::new();
        let mut bytes = [0; 9];
        let r = &mut receiver;
        for (source, flags, payload, used) in [
            (9, 0x80, [1, 2, 3], false),
            (9, 0x10, [4, 5, 6], true),
            (10, 0x80, [1, 2, 3], true),
        ] {
            assert_eq!(
                give(r, source, flags, &payload, Large::Free(&mut bytes)),
                None
            );
            assert_eq!(r.uses_large(), used);
        }
        // A short one goes on meanwhile; a second long one does not.
        assert_eq!(give(r, 10, 0x50, &[4], Large::Free(&mut bytes)), Some(4));
        give(r, 10, 0x80, &[1, 2, 3], Large::Free(&mut bytes));
        give(r, 10, 0x10, &[4, 5, 6], Large::Free(&mut bytes));
        assert_eq!(r.counters().get(DropReason::LargeBusy), 1);
        assert_eq!(
            give(r, 9, 0x60, &[7, 8, 9], Large::Free(&mut bytes)),
            Some(9)
        );
        assert!(!r.uses_large());
        // Longer than the large buffer, and with that in other hands.
        for (flags, large, reason) in [
            (0x20, Large::Free(&mut bytes[..5]), DropReason::TooLarge),
            (0x20, Large::Taken, DropReason::LargeBusy),
        ] {
            let before = r.counters().get(reason);
            give(r, 9, 0xa0 & 0x8f | flags, &[1, 2, 3], Large::None);
            give(r, 9, 0x30, &[4, 5, 6], large);
            assert_eq!(r.counters().get(reason), before + 1);
            assert!(!r.uses_large());
        }
    }

    #[test]
    fn expire_gives_the_large_buffer_back() {
        let mut receiver: Receiver<2, 4> = Receiver::new();
        let mut bytes = [0; 9];
        give(&mut receiver, 9, 0x80, &[1, 2, 3], Large::Free(&mut bytes));
        give(&mut receiver, 9, 0x10, &[4, 5, 6], Large::Free(&mut bytes));
        assert!(receiver.uses_large());
        receiver.expire(6000);
        assert!(!receiver.uses_large());
    }

    #[test]
    fn set_spanning_reads_thirteen_bits_of_length() {
        let mut receiver: Receiver<1, 16> = Receiver::new();
        receiver.set_spanning(true);
        let mut data = [0; 600];
        data[..9].copy_from_slice(&[0x1a, 0xb4, 0xe2, 0x58, 1, 0, 9, 0xc8, 0x7e]);
        let mut transfer = receiver.begin(&data);
        assert_eq!(
            receiver.next(&mut transfer, &data, 0).unwrap().body.len(),
            592
        );
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
