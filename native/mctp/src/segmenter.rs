//! From MCTP messages to USB bulk IN transfers.

use crate::packet::{EOM, HEADER_VERSION, SOM};
use crate::{BASELINE_PAYLOAD, MAX_PAYLOAD, MCTP_HEADER_SIZE, Message, TAG_OWNER, USB_HEADER_SIZE};

/// Cuts one message into packets and packs them into transfers; the send half of the offload.
///
/// It does not hold the body: give the same one to each [`Segmenter::fill`], so that a caller can keep
/// the body where it likes, also across an await.
#[derive(Clone, Debug)]
pub struct Segmenter {
    destination: u8,
    source: u8,
    tag: u8,
    payload: usize,
    at: usize,
    sequence: u8,
    done: bool,
}

impl Segmenter {
    /// Begins a message to `destination`. `tag` has the tag owner in bit 3; `payload` is the octets per
    /// packet, held to 64..=247 (see [`crate::PeerMtu`]).
    pub const fn new(destination: u8, source: u8, tag: u8, payload: usize) -> Self {
        let payload = if payload < BASELINE_PAYLOAD {
            BASELINE_PAYLOAD
        } else if payload > MAX_PAYLOAD {
            MAX_PAYLOAD
        } else {
            payload
        };
        let tag = tag & (TAG_OWNER | 7);
        Self {
            destination,
            source,
            tag,
            payload,
            at: 0,
            sequence: 0,
            done: false,
        }
    }

    /// Begins the reply to `message`, from our EID `source`: same tag, tag owner 0.
    pub const fn reply(message: &Message<'_>, source: u8, payload: usize) -> Self {
        Self::new(message.source, source, message.tag & 7, payload)
    }

    /// Tells whether the last packet has been written.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// Writes as many whole packets as fit into `out`, and returns the octets written.
    ///
    /// 0 means that the message is done (or that not even one packet fits). To pack several messages into
    /// one transfer, give the rest of the transfer as `out` of the next one. Two packets of 251 octets or
    /// eight of 60 fill [`crate::TRANSFER_SIZE`]. An empty body has no packet.
    #[inline]
    pub fn fill(&mut self, body: &[u8], out: &mut [u8]) -> usize {
        let mut used = 0usize;
        while !self.done {
            let rest = body.get(self.at..).unwrap_or_default();
            let size = rest.len().min(self.payload);
            let total = size.saturating_add(USB_HEADER_SIZE + MCTP_HEADER_SIZE);
            let end = used.saturating_add(total);
            let (Some(data), Some(room)) = (rest.get(..size), out.get_mut(used..end)) else {
                break;
            };
            if data.is_empty() {
                self.done = true;
                break;
            }
            let last = size == rest.len();
            let start = if self.at == 0 { SOM } else { 0 };
            let end_bit = if last { EOM } else { 0 };
            let flags = start | end_bit | self.sequence << 4 | self.tag;
            let header = [
                0x1a,
                0xb4,
                0,
                total as u8,
                HEADER_VERSION,
                self.destination,
                self.source,
                flags,
            ];
            if let Some((head, payload)) = room.split_first_chunk_mut::<8>() {
                *head = header;
                payload.copy_from_slice(data);
            }
            self.sequence = self.sequence.wrapping_add(1) & 3;
            self.at = self.at.saturating_add(size);
            self.done = last;
            used = end;
        }
        used
    }
}
