//! Each rule of what may be loaded, by hand-made files.

mod support;

use support::{ENTRY, File, Load, STACK, elf, error_of, load, load_all, note_fields, seal, usual};
use xspiloader_core::memory::{Split, TcmSize};
use xspiloader_core::{FlashError, LoadError, Plan};

/// Changes one field, then makes the checksum right again.
fn with_word(offset: usize, octets: &[u8]) -> Vec<u8> {
    let mut file = usual();
    file[offset..offset + octets.len()].copy_from_slice(octets);
    seal(&mut file);
    file
}

fn with_header(index: usize, field: usize, value: u32) -> Vec<u8> {
    with_word(52 + 32 * index + 4 * field, &value.to_le_bytes())
}

#[test]
fn plan_of_a_usual_image() {
    let (plan, memory) = load_all(&usual(), 64).unwrap();
    assert_eq!(
        (plan.entry, plan.stack_pointer, plan.vector_table),
        (ENTRY, STACK, 0)
    );
    assert_eq!(
        plan.split,
        Split {
            itcm: TcmSize::Kb64,
            dtcm: TcmSize::Kb64
        }
    );
    assert_eq!(plan.length as usize, usual().len());
    assert!(!plan.uses_ahb_sram);
    assert_eq!(memory.0.len(), 0x123 + 0x85 + 0x200);
    let first = plan.segments()[0].offset;
    for address in 8..0x123 {
        assert_eq!(memory.0[&address], ((first + address) * 7 + 3) as u8);
    }
    for address in 0x2000_0140..0x2000_0185 {
        assert_eq!(memory.0[&address], 0, "tail at {address:#x}");
    }
}

#[test]
fn transfer_does_not_depend_on_the_piece() {
    let (_, expected) = load_all(&usual(), 4096).unwrap();
    for piece in (4..=512).step_by(4) {
        assert_eq!(
            load_all(&usual(), piece).unwrap().1,
            expected,
            "pieces of {piece}"
        );
    }
}

#[test]
fn header_refuses_each_wrong_field() {
    assert_eq!(error_of(&[]), LoadError::NoImage(0xffff_ffff));
    assert_eq!(error_of(&[0; 52]), LoadError::NoImage(0));
    for (offset, wrong) in [
        (4, 2),
        (5, 2),
        (6, 0),
        (7, 1),
        (16, 3),
        (17, 1),
        (18, 0x3e),
        (20, 2),
        (23, 1),
    ] {
        let error = error_of(&with_word(offset, &[wrong]));
        assert!(
            matches!(error, LoadError::WrongKind { .. }),
            "offset {offset}: {error:?}"
        );
    }
    for offset in [40, 42, 46] {
        let error = error_of(&with_word(offset, &[51]));
        let expected = LoadError::HeaderSize {
            offset: offset as u32,
            value: 51,
        };
        assert_eq!(error, expected);
    }
    assert!(load_all(&with_word(7, &[3]), 64).is_ok(), "OSABI 3");
}

#[test]
fn program_headers_must_be_few_and_inside() {
    for (phoff, count) in [
        (52u32, 0u16),
        (52, 17),
        (51, 4),
        (0xffff_ffe0, 4),
        (0x10_0000, 1),
    ] {
        let mut file = usual();
        file[28..32].copy_from_slice(&phoff.to_le_bytes());
        file[44..46].copy_from_slice(&count.to_le_bytes());
        let expected = LoadError::ProgramHeaders {
            offset: phoff,
            count: count.into(),
        };
        assert_eq!(error_of(&file), expected);
    }
    assert_eq!(error_of(&elf(&[])), LoadError::NoSegments);
}

#[test]
fn segments_must_have_possible_sizes() {
    assert_eq!(
        error_of(&with_header(2, 5, 0x3f)),
        LoadError::SegmentSize(2)
    );
    assert_eq!(
        error_of(&with_header(2, 1, 0xffff_fff0)),
        LoadError::BeyondFile(2)
    );
    assert_eq!(
        error_of(&with_header(2, 1, 0xf_ffe0)),
        LoadError::BeyondFile(2)
    );
    // Inside of the flash, but behind the length that the note says.
    let behind = usual().len() as u32 - 0x3f;
    assert_eq!(
        error_of(&with_header(2, 1, behind)),
        LoadError::BeyondFile(2)
    );
}

#[test]
fn segments_must_lie_in_ram() {
    for address in [
        0x0003_0000,
        0x0800_0000,
        0x2003_0000,
        0x2407_2000,
        0x3000_8000,
        0x3880_0000,
        0xffff_ffe0,
    ] {
        let file = elf(&[load(0, 0x80, 0x80), load(address, 0x40, 0x40)]);
        assert_eq!(
            error_of(&file),
            LoadError::OutsideRam {
                segment: 2,
                address
            }
        );
    }
    // Its octets fit, its tail does not.
    let file = elf(&[load(0, 0x80, 0x80), load(0x2002_fff0, 0x10, 0x11)]);
    let error = LoadError::OutsideRam {
        segment: 2,
        address: 0x2002_fff0,
    };
    assert_eq!(error_of(&file), error);
    let file = elf(&[load(0, 0x80, 0x80), load(0x2000_0000, 0x10, 0xffff_ffff)]);
    assert!(matches!(
        error_of(&file),
        LoadError::OutsideRam { segment: 2, .. }
    ));
}

#[test]
fn segments_must_keep_out_of_the_loaders_ram() {
    for (address, length) in [
        (0x2406_e000, 1),
        (0x2406_dfff, 2),
        (0x2407_1fff, 1),
        (0x2406_0000, 0x1_2000),
    ] {
        let file = elf(&[load(0, 0x80, 0x80), load(address, 0, length)]);
        assert_eq!(
            error_of(&file),
            LoadError::LoaderRam {
                segment: 2,
                address
            }
        );
    }
    assert!(load_all(&elf(&[load(0, 0x80, 0x80), load(0x2406_dfff, 1, 1)]), 64).is_ok());
}

#[test]
fn segments_must_not_overlap() {
    let base = load(0x2000_0100, 0x40, 0x80);
    for (address, length) in [
        (0x2000_0100, 0x40),
        (0x2000_017f, 1),
        (0x2000_0081, 0x80),
        (0x2000_0110, 1),
    ] {
        let file = elf(&[load(0, 0x80, 0x80), base, load(address, length, length)]);
        assert_eq!(error_of(&file), LoadError::Overlap(2, 3), "{address:#x}");
    }
    for (address, length) in [(0x2000_0180, 1), (0x2000_0080, 0x80)] {
        let file = elf(&[load(0, 0x80, 0x80), base, load(address, length, length)]);
        assert!(load_all(&file, 64).is_ok(), "{address:#x}");
    }
}

#[test]
fn splits_follow_segments_and_stack() {
    let file = elf(&[load(0, 0x80, 0x2_0001), load(0x2000_0000, 0, 0x1_0001)]);
    let plan = Plan::read(&mut File::new(file)).unwrap();
    assert_eq!(
        plan.split,
        Split {
            itcm: TcmSize::Kb192,
            dtcm: TcmSize::Kb128
        }
    );
    let file = elf(&[load(0, 0x80, 0x2_0001), load(0x2400_0000, 4, 4)]);
    assert!(matches!(
        error_of(&file),
        LoadError::SplitConflict { sram1: 4, .. }
    ));
    // The stack alone asks for more DTCM.
    let mut file = elf(&[load(0, 0x80, 0x80)]);
    let table = Plan::read(&mut File::new(file.clone())).unwrap().segments()[0].offset as usize;
    file[table..table + 4].copy_from_slice(&0x2002_0000u32.to_le_bytes());
    assert_eq!(
        Plan::read(&mut File::new(file)).unwrap().split.dtcm,
        TcmSize::Kb128
    );
}

#[test]
fn starts_are_checked() {
    assert_eq!(
        error_of(&with_word(24, &[0x23, 1])),
        LoadError::EntryOutside(0x123)
    );
    assert_eq!(
        error_of(&with_word(24, &[0x31])),
        LoadError::NoVectorTable(0x31)
    );
    // The entry's Thumb bit may be missing: the vector table has it.
    assert_eq!(load_all(&with_word(24, &[0x40]), 64).unwrap().0.entry, 0x41);
    let file = elf(&[load(0x2404_0040, 0x80, 0x80), load(0, 0x80, 0x80)]);
    assert_eq!(
        error_of(&file),
        LoadError::VectorTableUnaligned(0x2404_0040)
    );
    let table = Plan::read(&mut File::new(usual())).unwrap().segments()[0].offset as usize;
    for stack in [0u32, 3, 0x2000_4004, 0x0800_1000, 0x2003_0008, 0xffff_fff8] {
        let error = error_of(&with_word(table, &stack.to_le_bytes()));
        assert_eq!(error, LoadError::StackOutside(stack), "{stack:#x}");
    }
}

#[test]
fn tails_are_left_to_programs_that_move_their_data() {
    let moved = Load {
        address: 0x100,
        virtual_address: 0x2000_0000,
        file_bytes: 0x10,
        memory_bytes: 0x4000,
    };
    let (plan, memory) = load_all(&elf(&[load(0, 0x80, 0x80), moved]), 64).unwrap();
    assert_eq!(plan.segments()[1].zero_bytes, 0);
    assert_eq!(memory.0.len(), 0x90);
    let empty = Load {
        file_bytes: 0,
        ..moved
    };
    let (plan, _) = load_all(&elf(&[load(0, 0x80, 0x80), empty]), 64).unwrap();
    assert_eq!(plan.segments().len(), 1);
}

#[test]
fn ahb_sram_is_noticed() {
    let file = elf(&[load(0, 0x80, 0x80), load(0x3000_0000, 4, 0x8000)]);
    assert!(load_all(&file, 64).unwrap().0.uses_ahb_sram);
}

#[test]
fn notes_are_optional_but_binding() {
    let mut file = usual();
    let at = note_fields(&file);
    file[at - 1] = b'x';
    let (plan, _) = load_all(&file, 64).unwrap();
    assert_eq!((plan.note, plan.length as usize), (None, file.len()));
    for length in [0u32, 100, 0x10_0001, u32::MAX] {
        let mut file = usual();
        file[at..at + 4].copy_from_slice(&length.to_le_bytes());
        assert_eq!(error_of(&file), LoadError::NoteLength(length));
    }
}

#[test]
fn a_flash_that_stops_answering_is_said() {
    let all = {
        let mut file = File::new(usual());
        file.reads = u32::MAX;
        Plan::read(&mut file).unwrap();
        u32::MAX - file.reads
    };
    for reads in 0..all {
        let mut file = File::new(usual());
        file.reads = reads;
        assert_eq!(
            Plan::read(&mut file),
            Err(LoadError::Flash(FlashError::Stuck)),
            "{reads}"
        );
    }
}
