//! Endpoint IDs and what is kept per peer.

use crate::{BASELINE_PAYLOAD, MAX_PAYLOAD};

/// The null EID: physical addressing only (DSP0236 1.3.1, special endpoint IDs).
pub const EID_NULL: u8 = 0;
/// The broadcast EID.
pub const EID_BROADCAST: u8 = 0xff;

/// The packet payload used towards each EID: the largest unless set.
#[derive(Clone, Debug)]
pub struct PeerMtu([u8; 256]);

impl PeerMtu {
    /// Starts with the largest payload towards everybody.
    pub const fn new() -> Self {
        Self([0; 256])
    }

    /// Sets the payload towards `eid`; returns false, and changes nothing, unless it is 64..=247 octets.
    pub fn set(&mut self, eid: u8, payload: usize) -> bool {
        if !(BASELINE_PAYLOAD..=MAX_PAYLOAD).contains(&payload) {
            return false;
        }
        if let Some(entry) = self.0.get_mut(usize::from(eid)) {
            *entry = payload as u8;
        }
        true
    }

    /// Returns the payload towards `eid`, `largest` unless another was set.
    pub fn get(&self, eid: u8, largest: usize) -> usize {
        match self.0.get(usize::from(eid)) {
            None | Some(0) => largest,
            Some(&payload) => usize::from(payload),
        }
    }
}

impl Default for PeerMtu {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peer_mtu_takes_64_to_247_and_keeps_the_rest() {
        let mut mtu = PeerMtu::new();
        assert_eq!((mtu.get(9, 247), mtu.get(9, 8183)), (247, 8183));
        assert!(mtu.set(9, 64));
        assert!(!mtu.set(9, 63));
        assert!(!mtu.set(9, 248));
        assert_eq!(
            (mtu.get(9, 247), mtu.get(10, 247), mtu.get(9, 8183)),
            (64, 247, 64)
        );
    }
}
