//! From USB packets to transfers, where MCTP packets span them (DSP0283 1.1).

use crate::{SPANNING_PACKET_SIZE, TRANSFER_SIZE, USB_HEADER_SIZE};

/// Room for one largest packet and the USB packet in which it ends.
const SIZE: usize = SPANNING_PACKET_SIZE + TRANSFER_SIZE;

/// Puts the USB packets of a bulk OUT transfer together; a packet of fewer than 512 octets ends it.
///
/// Give it each USB packet, hand [`Collector::ready`] to the receiver, then call [`Collector::taken`].
pub struct Collector {
    bytes: [u8; SIZE],
    used: usize,
    ready: usize,
    /// The rest of the transfer is noise: it was handed out once, to be counted.
    noise: bool,
    ended: bool,
}

impl Collector {
    /// Starts with nothing.
    pub const fn new() -> Self {
        Self {
            bytes: [0; SIZE],
            used: 0,
            ready: 0,
            noise: false,
            ended: false,
        }
    }

    /// Forgets what came of a transfer: the bus was reset or detached.
    pub fn reset(&mut self) {
        self.used = 0;
        self.ready = 0;
        self.noise = false;
    }

    /// Adds a USB packet.
    pub fn add(&mut self, packet: &[u8]) {
        self.ended = packet.len() < TRANSFER_SIZE;
        let end = self.used.saturating_add(packet.len());
        if !self.noise
            && let Some(room) = self.bytes.get_mut(self.used..end)
        {
            room.copy_from_slice(packet);
            self.used = end;
        }
        self.ready = self.whole();
    }

    /// Returns the octets that can be read now: whole packets, and at a transfer's end whatever is left.
    pub fn ready(&self) -> &[u8] {
        self.bytes.get(..self.ready).unwrap_or_default()
    }

    /// Forgets what was ready.
    pub fn taken(&mut self) {
        self.bytes.copy_within(self.ready..self.used, 0);
        self.used = self.used.saturating_sub(self.ready);
        self.ready = 0;
        if self.ended {
            self.reset();
        }
    }

    fn whole(&mut self) -> usize {
        let mut at = 0usize;
        while let Some(rest) = self.bytes.get(at..self.used)
            && let Some(&[id_high, id_low, high, low]) = rest.first_chunk::<USB_HEADER_SIZE>()
        {
            let length = usize::from(high & 0x1f) << 8 | usize::from(low);
            if [id_high, id_low] != [0x1a, 0xb4] || length <= USB_HEADER_SIZE {
                // Nothing behind it can be read: it is counted once, and dropped up to the end of the transfer.
                self.noise = true;
                return self.used;
            }
            if length > rest.len() {
                break;
            }
            at = at.saturating_add(length);
        }
        if self.ended { self.used } else { at }
    }
}

impl Default for Collector {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn packet(length: usize) -> [u8; 8191] {
        let mut bytes = [7; 8191];
        bytes[..4].copy_from_slice(&[0x1a, 0xb4, (length >> 8) as u8, length as u8]);
        bytes
    }

    #[test]
    fn collector_joins_a_packet_that_spans() {
        let mut collector = Collector::new();
        let bytes = packet(1100);
        for part in [&bytes[..512], &bytes[512..1024]] {
            collector.add(part);
            assert!(collector.ready().is_empty());
            collector.taken();
        }
        collector.add(&bytes[1024..1100]);
        assert_eq!(collector.ready(), &bytes[..1100]);
        collector.taken();
        assert!(collector.ready().is_empty());
    }

    #[test]
    fn collector_hands_a_packet_out_that_ends_on_a_border_and_takes_the_empty_one() {
        let mut collector = Collector::new();
        let bytes = packet(1024);
        collector.add(&bytes[..512]);
        collector.taken();
        collector.add(&bytes[512..1024]);
        assert_eq!(collector.ready().len(), 1024);
        collector.taken();
        collector.add(&[]);
        assert!(collector.ready().is_empty());
        collector.taken();
        collector.add(&packet(60)[..60]);
        assert_eq!(collector.ready().len(), 60);
    }

    #[test]
    fn collector_takes_the_largest_and_what_follows_it_in_the_transfer() {
        let mut collector = Collector::new();
        let (long, short) = (packet(8191), packet(100));
        let mut transfer = [0; 8291];
        transfer[..8191].copy_from_slice(&long);
        transfer[8191..].copy_from_slice(&short[..100]);
        let mut found = [0usize; 2];
        let mut count = 0;
        for part in transfer.chunks(512) {
            collector.add(part);
            let ready = collector.ready().len();
            collector.taken();
            if ready > 0 {
                found[count] = ready;
                count += 1;
            }
        }
        assert_eq!(found, [8191, 100]);
    }

    #[test]
    fn collector_hands_noise_out_once_and_is_whole_in_the_next_transfer() {
        let mut collector = Collector::new();
        collector.add(&[0; 512]);
        assert_eq!(collector.ready().len(), 512);
        collector.taken();
        collector.add(&packet(512)[..512]);
        assert!(collector.ready().is_empty());
        collector.taken();
        collector.add(&[1; 5]);
        assert!(collector.ready().is_empty());
        collector.taken();
        collector.add(&packet(60)[..60]);
        assert_eq!(collector.ready().len(), 60);
    }

    #[test]
    fn collector_hands_out_what_is_cut() {
        let mut collector = Collector::new();
        collector.add(&packet(100)[..60]);
        assert_eq!(collector.ready().len(), 60);
        collector.taken();
        collector.add(&packet(60)[..60]);
        assert_eq!(collector.ready().len(), 60);
    }
}
