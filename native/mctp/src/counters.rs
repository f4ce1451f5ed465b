//! Why a packet, a message or the rest of a transfer was dropped, and how often.

macro_rules! drop_reasons {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// A reason for a drop. The numbers are those of `firmware_ts/mctp/counters.ts`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum DropReason { $($(#[$doc])* $name,)* }

        /// How many reasons there are.
        pub const DROP_REASONS: usize = [$($text),*].len();

        /// Their names, in the order of [`DropReason`].
        pub const DROP_REASON_NAMES: [&str; DROP_REASONS] = [$($text),*];
    };
}

drop_reasons! {
    /// A transfer without a byte.
    UsbEmpty => "usbEmpty",
    /// The USB header's ID is not 0x1AB4; the rest of the transfer is dropped.
    UsbWrongId => "usbWrongId",
    /// The USB header's length is below 5; the rest of the transfer is dropped.
    UsbShortLength => "usbShortLength",
    /// The USB header's length goes past the end of the transfer; the rest is dropped.
    UsbPastEnd => "usbPastEnd",
    /// One to three bytes behind the last packet, too few for another header.
    UsbStrayBytes => "usbStrayBytes",
    /// A packet without a whole MCTP header and one octet of payload.
    PacketShort => "packetShort",
    /// A packet whose header version is not 1.
    PacketVersion => "packetVersion",
    /// A packet for an EID that is not 0, ours or broadcast.
    PacketDestination => "packetDestination",
    /// A packet that names the broadcast EID as its source.
    PacketSource => "packetSource",
    /// A middle or end packet of a message whose start was not seen.
    NoStart => "noStart",
    /// A packet out of sequence; the assembly ends.
    OutOfSequence => "outOfSequence",
    /// A middle packet of another size than the start's, or a longer end packet; the assembly ends.
    WrongSize => "wrongSize",
    /// A start packet in the middle of a message; the old assembly ends, a new one begins.
    DuplicateStart => "duplicateStart",
    /// A message longer than the largest; the assembly ends.
    TooLarge => "tooLarge",
    /// A start packet while all assembly contexts are taken.
    NoContext => "noContext",
    /// A message whose end did not come in time.
    Timeout => "timeout",
    /// A message that needs the large buffer while that is in use; its assembly ends.
    LargeBusy => "largeBusy",
    /// An answer that found no room among what waits to be sent.
    NoRoom => "noRoom",
}

/// One count per [`DropReason`]; wraps at 2^32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters([u32; DROP_REASONS], u32);

impl Counters {
    /// Starts at zero.
    pub const fn new() -> Self {
        Self([0; DROP_REASONS], 0)
    }

    /// Counts one drop.
    pub fn add(&mut self, reason: DropReason) {
        if let Some(count) = self.0.get_mut(reason as usize) {
            *count = count.wrapping_add(1);
            self.1 = self.1.wrapping_add(1);
        }
    }

    /// Returns how many drops there were of all reasons; wraps at 2^32.
    pub const fn total(&self) -> u32 {
        self.1
    }

    /// Returns how often `reason` was met.
    pub fn get(&self, reason: DropReason) -> u32 {
        self.0.get(reason as usize).copied().unwrap_or(0)
    }

    /// Shows all counts in the order of [`DropReason`].
    pub const fn as_slice(&self) -> &[u32; DROP_REASONS] {
        &self.0
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self::new()
    }
}
