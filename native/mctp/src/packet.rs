//! One MCTP packet: its header read and written (DSP0236 1.3.1, MCTP transport header).

use crate::{MCTP_HEADER_SIZE, TAG_OWNER};

/// Start of message.
pub(crate) const SOM: u8 = 0x80;
/// End of message.
pub(crate) const EOM: u8 = 0x40;
/// The only header version (bits 3:0 of octet 0).
pub(crate) const HEADER_VERSION: u8 = 1;

/// A packet as it came, header taken apart.
#[derive(Clone, Copy)]
pub(crate) struct Packet<'d> {
    pub(crate) destination: u8,
    pub(crate) source: u8,
    /// Octet 3: SOM, EOM, sequence 5:4, tag owner 3, tag 2:0.
    pub(crate) flags: u8,
    pub(crate) payload: &'d [u8],
}

/// Why octets are not a packet.
pub(crate) enum Malformed {
    Short,
    Version,
}

impl<'d> Packet<'d> {
    pub(crate) fn parse(octets: &'d [u8]) -> Result<Self, Malformed> {
        let Some((&[version, destination, source, flags], payload)) =
            octets.split_first_chunk::<MCTP_HEADER_SIZE>()
        else {
            return Err(Malformed::Short);
        };
        if payload.is_empty() {
            return Err(Malformed::Short);
        }
        if version & 0x0f != HEADER_VERSION {
            return Err(Malformed::Version);
        }
        Ok(Self {
            destination,
            source,
            flags,
            payload,
        })
    }

    pub(crate) const fn is_start(&self) -> bool {
        self.flags & SOM != 0
    }

    pub(crate) const fn is_end(&self) -> bool {
        self.flags & EOM != 0
    }

    pub(crate) const fn sequence(&self) -> u8 {
        self.flags >> 4 & 3
    }

    pub(crate) const fn tag(&self) -> u8 {
        self.flags & (TAG_OWNER | 7)
    }
}
