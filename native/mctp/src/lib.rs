//! MCTP over USB, the part that native code does for the script: framing, packets, reassembly, segmentation.
//!
//! The rules are those of DSP0283 1.0.1 and, for packets that span USB packets, 1.1 (framing), and DSP0236 1.3.1 (packets, message assembly). The same
//! rules stand in TypeScript in `firmware_ts/mctp/`, and the same vectors hold both together.
//!
//! Receiving, one message at a time, so that the caller may await between two of them:
//!
//! ```
//! use usbnvme_mctp::{Receiver, Segmenter, TRANSFER_SIZE};
//!
//! let mut receiver: Receiver = Receiver::new();
//! receiver.set_eid(8);
//! let bytes = [0x1a, 0xb4, 0, 12, 1, 8, 9, 0xc8, 0x7e, 0xcc, 0xde, 0xf0];
//! let mut transfer = receiver.begin(&bytes);
//! while let Some(message) = receiver.next(&mut transfer, &bytes, 0) {
//!     let mut out = [0u8; TRANSFER_SIZE];
//!     let mut reply = Segmenter::reply(&message, 8, 247);
//!     loop {
//!         let used = reply.fill(message.body, &mut out);
//!         if used == 0 {
//!             break;
//!         }
//!         assert_eq!(out[..used], [0x1a, 0xb4, 0, 12, 1, 9, 8, 0xc0, 0x7e, 0xcc, 0xde, 0xf0]);
//!     }
//! }
//! ```
//!
//! Nothing here allocates, panics or needs a clock; time is given in milliseconds.
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod collector;
mod counters;
mod eid;
mod packet;
mod receiver;
mod segmenter;

pub use collector::Collector;
pub use counters::{Counters, DROP_REASON_NAMES, DROP_REASONS, DropReason};
pub use eid::{EID_BROADCAST, EID_NULL, PeerMtu};
pub use receiver::{Large, Message, Receiver, Transfer};
pub use segmenter::{Segmenter, SpanningSegmenter};

/// Octets in the largest message body: the type octet and 4,224 more.
pub const MESSAGE_SIZE: usize = 4225;
/// Octets in the largest USB transfer: one high-speed bulk packet (DSP0283 1.0.1 does not span packets).
pub const TRANSFER_SIZE: usize = 512;
/// Messages that can be in assembly at once.
pub const CONTEXTS: usize = 4;
/// Milliseconds from a message's first packet to the drop of what came of it; DSP0236 leaves it to the binding.
pub const ASSEMBLY_TIMEOUT_MS: u64 = 6000;
/// Octets of the USB transport header (DSP0283 1.0.1).
pub const USB_HEADER_SIZE: usize = 4;
/// Octets of the MCTP transport header (DSP0236 1.3.1).
pub const MCTP_HEADER_SIZE: usize = 4;
/// The largest packet payload: 255 octets less both headers.
pub const MAX_PAYLOAD: usize = 247;
/// The largest packet payload where packets span USB packets (DSP0283 1.1): 8,191 octets less both headers.
pub const MAX_SPANNING_PAYLOAD: usize = 8183;
/// Octets of the largest packet of that kind, USB header included: its length has 13 bits.
pub const SPANNING_PACKET_SIZE: usize = 8191;
/// The smallest packet payload that a peer can ask for: the baseline transmission unit.
pub const BASELINE_PAYLOAD: usize = 64;
/// The tag owner bit in a tag as this crate hands it out: bits 2:0 tag, bit 3 tag owner.
pub const TAG_OWNER: u8 = 8;
