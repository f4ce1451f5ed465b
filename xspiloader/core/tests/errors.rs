//! The errors' numbers and words.

use std::collections::BTreeSet;

use xspiloader_core::{FlashError, LoadError};

const ALL: [LoadError; 28] = [
    LoadError::Flash(FlashError::Silent),
    LoadError::Flash(FlashError::WrongPart([1, 2, 3])),
    LoadError::Flash(FlashError::Busy),
    LoadError::Flash(FlashError::Stuck),
    LoadError::NoImage(0),
    LoadError::WrongKind {
        offset: 4,
        value: 2,
    },
    LoadError::HeaderSize {
        offset: 42,
        value: 31,
    },
    LoadError::ProgramHeaders {
        offset: 52,
        count: 0,
    },
    LoadError::NoSegments,
    LoadError::SegmentSize(1),
    LoadError::BeyondFile(1),
    LoadError::OutsideRam {
        segment: 1,
        address: 0,
    },
    LoadError::LoaderRam {
        segment: 1,
        address: 0,
    },
    LoadError::Overlap(1, 2),
    LoadError::SplitConflict {
        itcm: 1,
        sram1: 2,
        dtcm: 3,
        sram3: 4,
    },
    LoadError::EntryOutside(1),
    LoadError::NoVectorTable(1),
    LoadError::VectorTableUnaligned(4),
    LoadError::StackOutside(0),
    LoadError::NoteLength(0),
    LoadError::Checksum {
        expected: 1,
        actual: 2,
    },
    LoadError::OptionsLocked,
    LoadError::OptionsBusy,
    LoadError::OptionsRefused,
    LoadError::OptionsNotKept(0),
    LoadError::Fault {
        pc: 0,
        cfsr: 0,
        address: 0,
    },
    LoadError::Panic(1),
    LoadError::Unexpected(2),
];

#[test]
fn numbers_differ_and_can_be_blinked() {
    let numbers: BTreeSet<u8> = ALL.iter().map(LoadError::number).collect();
    assert_eq!(numbers.len(), ALL.len());
    for number in numbers {
        assert!((1..=7).contains(&(number / 10)), "{number}: long blinks");
        assert!((1..=6).contains(&(number % 10)), "{number}: short blinks");
    }
}

#[test]
fn each_error_says_what_and_what_to_do() {
    let texts: BTreeSet<String> = ALL.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), ALL.len());
    for error in ALL {
        assert!(!error.remedy().is_empty());
        assert!(!error.to_string().ends_with('.'));
    }
}

#[test]
fn the_readme_lists_each_error() {
    let readme = include_str!("../../README.md");
    for error in ALL {
        let row = format!("\n| {} ", error.number());
        assert!(readme.contains(&row), "no row {row}");
    }
}
