//! From MCTP messages to USB bulk IN transfers.

use crate::packet::{EOM, HEADER_VERSION, SOM};
use crate::{
    BASELINE_PAYLOAD, MAX_PAYLOAD, MAX_SPANNING_PAYLOAD, MCTP_HEADER_SIZE, Message, TAG_OWNER,
    TRANSFER_SIZE, USB_HEADER_SIZE,
};

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

    /// Begins a message in packets that span USB packets: `payload` is held to 64..=8,183.
    const fn wide(destination: u8, source: u8, tag: u8, payload: usize) -> Self {
        let narrow = Self::new(destination, source, tag, payload);
        let payload = if payload > MAX_SPANNING_PAYLOAD {
            MAX_SPANNING_PAYLOAD
        } else if payload > MAX_PAYLOAD {
            payload
        } else {
            narrow.payload
        };
        Self { payload, ..narrow }
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
            let header = self.header(total, last);
            if let Some((head, payload)) = room.split_first_chunk_mut::<8>() {
                *head = header;
                payload.copy_from_slice(data);
            }
            self.passed(size, last);
            used = end;
        }
        used
    }

    /// Makes both headers of the next packet, `total` octets long.
    fn header(&self, total: usize, last: bool) -> [u8; 8] {
        let start = if self.at == 0 { SOM } else { 0 };
        let end_bit = if last { EOM } else { 0 };
        [
            0x1a,
            0xb4,
            (total >> 8) as u8,
            total as u8,
            HEADER_VERSION,
            self.destination,
            self.source,
            start | end_bit | self.sequence << 4 | self.tag,
        ]
    }

    fn passed(&mut self, size: usize, last: bool) {
        self.sequence = self.sequence.wrapping_add(1) & 3;
        self.at = self.at.saturating_add(size);
        self.done = last;
    }
}

/// Cuts one message into packets that span USB packets, and these into USB packets (DSP0283 1.1).
///
/// Each MCTP packet is a transfer of its own: a short USB packet ends it, an empty one where it ends on the
/// border of a USB packet.
#[derive(Clone, Debug)]
pub struct SpanningSegmenter {
    inner: Segmenter,
    /// Where the payload of the packet under way goes on, and where it ends; equal between packets.
    at: usize,
    end: usize,
    /// Whether the last USB packet was full and the MCTP packet has ended with it.
    empty: bool,
}

impl SpanningSegmenter {
    /// Begins a message to `destination`; `payload` is the octets per packet, held to 64..=8,183.
    pub const fn new(destination: u8, source: u8, tag: u8, payload: usize) -> Self {
        Self {
            inner: Segmenter::wide(destination, source, tag, payload),
            at: 0,
            end: 0,
            empty: false,
        }
    }

    /// Returns the octets of the transfer that begins now, and of which nothing is written yet; 0 within one.
    pub fn transfer_size(&self, body: &[u8]) -> usize {
        let rest = body.len().saturating_sub(self.inner.at);
        if self.at < self.end || self.empty || rest == 0 {
            return 0;
        }
        rest.min(self.inner.payload)
            .saturating_add(USB_HEADER_SIZE + MCTP_HEADER_SIZE)
    }

    /// Writes the next USB packet into `out`; returns its octets, 0 for an empty one, `None` behind the last.
    #[inline]
    pub fn next(&mut self, body: &[u8], out: &mut [u8; TRANSFER_SIZE]) -> Option<usize> {
        if self.empty {
            self.empty = false;
            return Some(0);
        }
        let mut used = 0usize;
        if self.at >= self.end {
            let rest = body.len().saturating_sub(self.inner.at);
            if self.inner.done || rest == 0 {
                return None;
            }
            let size = rest.min(self.inner.payload);
            let last = size == rest;
            let total = size.saturating_add(USB_HEADER_SIZE + MCTP_HEADER_SIZE);
            if let Some(head) = out.first_chunk_mut::<8>() {
                *head = self.inner.header(total, last);
            }
            used = 8;
            self.at = self.inner.at;
            self.inner.passed(size, last);
            self.end = self.inner.at;
        }
        let rest = body.get(self.at..self.end).unwrap_or_default();
        let size = rest.len().min(TRANSFER_SIZE.saturating_sub(used));
        let end = used.saturating_add(size);
        if let (Some(room), Some(data)) = (out.get_mut(used..end), rest.get(..size)) {
            room.copy_from_slice(data);
        }
        self.at = self.at.saturating_add(size);
        self.empty = end == TRANSFER_SIZE && self.at >= self.end;
        Some(end)
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

    /// Joins the USB packets of each transfer.
    fn spanning(body: &[u8], payload: usize, lengths: &mut [usize; 20]) -> usize {
        let mut segmenter = SpanningSegmenter::new(9, 8, 3, payload);
        let mut out = [0; TRANSFER_SIZE];
        let mut count = 0;
        while let Some(used) = segmenter.next(body, &mut out) {
            lengths[count] = used;
            count += 1;
        }
        count
    }

    #[test]
    fn spanning_segmenter_writes_length_and_ends_transfers() {
        let mut lengths = [0; 20];
        let body = [0x7e; 8184];
        let mut out = [0; TRANSFER_SIZE];
        let mut segmenter = SpanningSegmenter::new(9, 8, 3, 8183);
        assert_eq!(segmenter.transfer_size(&body), 8191);
        assert_eq!(segmenter.next(&body, &mut out), Some(512));
        assert_eq!(segmenter.transfer_size(&body), 0);
        assert_eq!(out[..8], [0x1a, 0xb4, 0x1f, 0xff, 1, 9, 8, 0x83]);
        assert_eq!(spanning(&body, 8183, &mut lengths), 17);
        assert_eq!(lengths[14..17], [512, 511, 9]);
        // 504 octets and both headers fill a USB packet: an empty one ends the transfer.
        assert_eq!(spanning(&body[..504], 8183, &mut lengths), 2);
        assert_eq!(lengths[..2], [512, 0]);
        assert_eq!(spanning(&body[..503], 8183, &mut lengths), 1);
        assert_eq!(lengths[0], 511);
        // A peer's smaller packets: 64 octets each.
        assert_eq!(spanning(&body[..129], 64, &mut lengths), 3);
        assert_eq!(lengths[..3], [72, 72, 9]);
        assert_eq!(spanning(&[], 64, &mut lengths), 0);
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
