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

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use crate::TRANSFER_SIZE;

    #[test]
    fn fill_packs_two_packets_of_251_octets() {
        let body = [0x7e; 600];
        let mut segmenter = Segmenter::new(9, 8, 3, 247);
        let mut out = [0; TRANSFER_SIZE];
        assert_eq!(segmenter.fill(&body, &mut out), 510);
        assert_eq!(out[..8], [0x1a, 0xb4, 0, 255, 1, 9, 8, 0x83]);
        assert_eq!(out[255..263], [0x1a, 0xb4, 0, 255, 1, 9, 8, 0x13]);
        assert!(!segmenter.is_done());
        assert_eq!(segmenter.fill(&body, &mut out), 8 + 106);
        assert_eq!(out[..8], [0x1a, 0xb4, 0, 114, 1, 9, 8, 0x63]);
        assert!(segmenter.is_done());
        assert_eq!(segmenter.fill(&body, &mut out), 0);
    }

    #[test]
    fn fill_ends_with_a_full_packet_and_writes_no_empty_one() {
        let body = [0x7e; 494];
        let mut segmenter = Segmenter::new(9, 8, 0, 247);
        let mut out = [0; TRANSFER_SIZE];
        assert_eq!(segmenter.fill(&body, &mut out), 510);
        assert_eq!(out[255 + 7], 0x50);
        assert!(segmenter.is_done());
    }

    #[test]
    fn fill_appends_a_second_message_to_a_transfer() {
        let mut out = [0; TRANSFER_SIZE];
        let used = Segmenter::new(9, 8, 0, 247).fill(&[0, 1], &mut out);
        let more = Segmenter::new(9, 8, 1, 247).fill(&[0, 2, 3], &mut out[used..]);
        assert_eq!((used, more), (10, 11));
        assert_eq!(out[10..21], [0x1a, 0xb4, 0, 11, 1, 9, 8, 0xc1, 0, 2, 3]);
    }

    #[test]
    fn fill_writes_nothing_where_no_packet_fits() {
        let mut segmenter = Segmenter::new(9, 8, 0, 247);
        assert_eq!(segmenter.fill(&[0, 1], &mut [0; 9]), 0);
        assert!(!segmenter.is_done());
        assert_eq!(segmenter.fill(&[], &mut [0; 9]), 0);
        assert!(segmenter.is_done());
    }

    #[test]
    fn new_holds_the_payload_to_its_bounds() {
        let body = [0; 300];
        let mut out = [0; TRANSFER_SIZE];
        for (asked, first) in [
            (0, 72),
            (63, 72),
            (64, 72),
            (247, 255),
            (248, 255),
            (9999, 255),
        ] {
            Segmenter::new(9, 8, 0, asked).fill(&body, &mut out);
            assert_eq!(out[3], first, "{asked}");
        }
    }
}
