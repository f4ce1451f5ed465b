//! The chip's RAM, how the option bytes split it, and where the loader itself lives.

use crate::LoadError;

const KB: u32 = 1024;

/// Start of ITCM.
pub const ITCM: u32 = 0x0000_0000;
/// Start of DTCM.
pub const DTCM: u32 = 0x2000_0000;
/// Start of SRAM1, which has what ITCM leaves of 192 KB.
pub const SRAM1: u32 = 0x2400_0000;
/// Start of SRAM3, which has what DTCM leaves of 192 KB.
pub const SRAM3: u32 = 0x2404_0000;
/// Start of the AHB SRAMs, which need their clock.
pub const AHB_SRAM: u32 = 0x3000_0000;
/// Length of both AHB SRAMs.
pub const AHB_SRAM_BYTES: u32 = 32 * KB;
const SRAM2: u32 = 0x2402_0000;
const SRAM4: u32 = 0x2406_0000;

/// First address of the loader's own RAM.
pub const LOADER_RAM: u32 = 0x2406_e000;
/// Length of the loader's own RAM.
pub const LOADER_RAM_BYTES: u32 = 16 * KB;

/// Addresses from `start` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// First address.
    pub start: u32,
    /// First address behind.
    pub end: u32,
}

impl Range {
    /// The range of `length` bytes from `start`, or nothing if it passes the address space's end.
    #[must_use]
    pub const fn new(start: u32, length: u32) -> Option<Range> {
        match start.checked_add(length) {
            Some(end) => Some(Range { start, end }),
            None => None,
        }
    }

    /// Whether both have an address in common.
    #[must_use]
    pub const fn overlaps(&self, other: &Range) -> bool {
        self.start < other.end
            && other.start < self.end
            && self.start < self.end
            && other.start < other.end
    }
}

/// The size of a tightly coupled memory that the option bytes can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TcmSize {
    /// 64 KB, 128 KB to the AXI SRAM.
    Kb64,
    /// 128 KB, 64 KB to the AXI SRAM.
    Kb128,
    /// 192 KB, nothing to the AXI SRAM.
    Kb192,
}

impl TcmSize {
    const ALL: [TcmSize; 3] = [TcmSize::Kb64, TcmSize::Kb128, TcmSize::Kb192];

    /// Length in bytes.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        match self {
            TcmSize::Kb64 => 64 * KB,
            TcmSize::Kb128 => 128 * KB,
            TcmSize::Kb192 => 192 * KB,
        }
    }

    /// Bytes that are left to the AXI SRAM beside it.
    #[must_use]
    pub const fn rest(self) -> u32 {
        192 * KB - self.bytes()
    }

    /// The code of the option-byte fields `ITCM_AXI_SHARE` and `DTCM_AXI_SHARE`.
    ///
    /// # Source
    ///
    /// RM0477, `FLASH_OBW2SRP`.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            TcmSize::Kb64 => 0,
            TcmSize::Kb128 => 1,
            TcmSize::Kb192 => 2,
        }
    }

    /// The size that a code of the option bytes means; 3 means 64 KB as 0 does.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<TcmSize> {
        match code {
            0 | 3 => Some(TcmSize::Kb64),
            1 => Some(TcmSize::Kb128),
            2 => Some(TcmSize::Kb192),
            _ => None,
        }
    }

    /// The smallest size with at least `tcm` bytes that leaves at least `sram`.
    fn fitting(tcm: u32, sram: u32) -> Option<TcmSize> {
        TcmSize::ALL
            .into_iter()
            .find(|size| size.bytes() >= tcm && size.rest() >= sram)
    }
}

/// How the option bytes share the RAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// ITCM; SRAM1 has the rest.
    pub itcm: TcmSize,
    /// DTCM; SRAM3 has the rest.
    pub dtcm: TcmSize,
}

impl Split {
    /// The RAM that exists under this split, in rising order; ranges may adjoin.
    #[must_use]
    pub const fn ranges(self) -> [Range; 7] {
        const fn range(start: u32, length: u32) -> Range {
            Range {
                start,
                end: start + length,
            }
        }
        [
            range(ITCM, self.itcm.bytes()),
            range(DTCM, self.dtcm.bytes()),
            range(SRAM1, self.itcm.rest()),
            range(SRAM2, 128 * KB),
            range(SRAM3, self.dtcm.rest()),
            range(SRAM4, 72 * KB),
            range(AHB_SRAM, AHB_SRAM_BYTES),
        ]
    }

    /// Whether each address of `wanted` is RAM.
    #[must_use]
    pub fn covers(self, wanted: Range) -> bool {
        let mut reached = wanted.start;
        for range in self.ranges() {
            if range.start <= reached && reached < range.end {
                reached = range.end;
            }
        }
        reached >= wanted.end && reached != wanted.start
    }
}

/// How many bytes of each shared RAM an image touches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Need {
    itcm: u32,
    sram1: u32,
    dtcm: u32,
    sram3: u32,
}

impl Need {
    /// Takes in that the image uses `range`.
    pub fn add(&mut self, range: Range) {
        let reach = |start: u32| {
            let whole = Range {
                start,
                end: start + 192 * KB,
            };
            if range.overlaps(&whole) {
                range.end.min(whole.end) - start
            } else {
                0
            }
        };
        // SRAM1 and SRAM3 have at most 128 KB; what follows is another RAM.
        let shared = |start: u32| {
            let whole = Range {
                start,
                end: start + 128 * KB,
            };
            if range.overlaps(&whole) {
                range.end.min(whole.end) - start
            } else {
                0
            }
        };
        self.itcm = self.itcm.max(reach(ITCM));
        self.dtcm = self.dtcm.max(reach(DTCM));
        self.sram1 = self.sram1.max(shared(SRAM1));
        self.sram3 = self.sram3.max(shared(SRAM3));
    }

    /// The split with the smallest TCMs that gives all of it, so that the AXI SRAM is largest.
    ///
    /// # Errors
    ///
    /// [`LoadError::SplitConflict`] if there is none.
    pub fn split(&self) -> Result<Split, LoadError> {
        let itcm = TcmSize::fitting(self.itcm, self.sram1);
        let dtcm = TcmSize::fitting(self.dtcm, self.sram3);
        match (itcm, dtcm) {
            (Some(itcm), Some(dtcm)) => Ok(Split { itcm, dtcm }),
            _ => Err(LoadError::SplitConflict {
                itcm: self.itcm,
                sram1: self.sram1,
                dtcm: self.dtcm,
                sram3: self.sram3,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Split = Split {
        itcm: TcmSize::Kb64,
        dtcm: TcmSize::Kb64,
    };

    fn range(start: u32, length: u32) -> Range {
        Range::new(start, length).unwrap()
    }

    #[test]
    fn loader_ram_is_that_of_the_linker_script() {
        let script = include_str!("../../memory.x");
        let line = script
            .lines()
            .find(|line| line.trim_start().starts_with("RAM"))
            .unwrap();
        let number = |key: &str| {
            let text = line
                .split(key)
                .nth(1)
                .unwrap()
                .trim_start_matches([' ', '=']);
            let text = text.split([',', ' ', '}']).next().unwrap();
            match text.strip_prefix("0x") {
                Some(hex) => u32::from_str_radix(&hex.replace('_', ""), 16).unwrap(),
                None => match text.strip_suffix('K') {
                    Some(kb) => kb.parse::<u32>().unwrap() * KB,
                    None => text.parse().unwrap(),
                },
            }
        };
        assert_eq!(number("ORIGIN"), LOADER_RAM);
        assert_eq!(number("LENGTH"), LOADER_RAM_BYTES);
    }

    #[test]
    fn covers_knows_each_edge() {
        assert!(SMALL.covers(range(0, 64 * KB)));
        assert!(!SMALL.covers(range(0, 64 * KB + 1)));
        assert!(SMALL.covers(range(DTCM, 64 * KB)));
        assert!(!SMALL.covers(range(DTCM + 64 * KB - 4, 8)));
        assert!(SMALL.covers(range(SRAM1, 128 * KB)));
        assert!(!SMALL.covers(range(SRAM1 - 1, 1)));
        assert!(!SMALL.covers(range(SRAM4 + 72 * KB, 1)));
        assert!(SMALL.covers(range(AHB_SRAM, 32 * KB)));
        assert!(!SMALL.covers(range(AHB_SRAM, 32 * KB + 1)));
        assert!(!SMALL.covers(range(0x0800_0000, 4)));
        assert!(!SMALL.covers(range(0x3880_0000, 4)));
    }

    #[test]
    fn covers_spans_adjoining_ram_only_where_the_split_closes_the_gap() {
        let axi = range(SRAM2, 328 * KB);
        assert!(SMALL.covers(axi));
        assert!(
            !Split {
                itcm: TcmSize::Kb64,
                dtcm: TcmSize::Kb128
            }
            .covers(axi)
        );
    }

    #[test]
    fn need_gives_the_smallest_tcm() {
        let mut need = Need::default();
        assert_eq!(need.split(), Ok(SMALL));
        need.add(range(0x1_0000, 1));
        assert_eq!(need.split().unwrap().itcm, TcmSize::Kb128);
        need.add(range(0x2_ffff, 1));
        assert_eq!(need.split().unwrap().itcm, TcmSize::Kb192);
        need.add(range(DTCM, 64 * KB));
        assert_eq!(need.split().unwrap().dtcm, TcmSize::Kb64);
        need.add(range(DTCM, 64 * KB + 1));
        assert_eq!(need.split().unwrap().dtcm, TcmSize::Kb128);
    }

    #[test]
    fn need_refuses_what_no_split_gives() {
        let mut need = Need::default();
        need.add(range(0, 128 * KB));
        need.add(range(SRAM1, 64 * KB));
        assert_eq!(need.split().unwrap().itcm, TcmSize::Kb128);
        need.add(range(SRAM1, 64 * KB + 1));
        assert!(matches!(need.split(), Err(LoadError::SplitConflict { .. })));
        let mut need = Need::default();
        need.add(range(DTCM, 192 * KB));
        assert_eq!(need.split().unwrap().dtcm, TcmSize::Kb192);
        need.add(range(SRAM3, 1));
        assert!(matches!(need.split(), Err(LoadError::SplitConflict { .. })));
    }

    #[test]
    fn need_counts_a_segment_that_runs_through_sram3() {
        let mut need = Need::default();
        need.add(range(SRAM2, 328 * KB));
        assert_eq!(need.split(), Ok(SMALL));
        need.add(range(DTCM, 65 * KB));
        assert!(matches!(need.split(), Err(LoadError::SplitConflict { .. })));
    }

    #[test]
    fn codes_are_those_of_the_manual() {
        for size in TcmSize::ALL {
            assert_eq!(TcmSize::from_code(size.code()), Some(size));
        }
        assert_eq!(TcmSize::from_code(3), Some(TcmSize::Kb64));
        assert_eq!(TcmSize::from_code(4), None);
    }
}
