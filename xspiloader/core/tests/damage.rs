//! Whatever happens to a file, it loads whole or is refused.

mod support;

use support::{File, Recorder, load_all, note_fields, usual};
use xspiloader_core::{LoadError, Plan, transfer};

#[test]
fn a_file_cut_at_any_length_is_refused() {
    let whole = usual();
    for length in 0..whole.len() {
        let cut = &whole[..length];
        assert!(load_all(cut, 64).is_err(), "cut to {length}");
        // As a flash that was erased first and then written in part.
        let mut zeros = cut.to_vec();
        zeros.resize(whole.len(), 0);
        assert!(
            zeros == whole || load_all(&zeros, 64).is_err(),
            "zeros from {length}"
        );
    }
}

#[test]
fn each_flipped_bit_behind_the_note_is_found() {
    let whole = usual();
    let end = note_fields(&whole) + 8;
    for bit in end * 8..whole.len() * 8 {
        let mut file = whole.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        assert!(load_all(&file, 64).is_err(), "bit {bit}");
    }
}

#[test]
fn flipped_bits_in_headers_never_load_other_octets() {
    // A flip can hide the note; the image is then taken as it is, which the log says.
    let whole = usual();
    let (_, expected) = load_all(&whole, 64).unwrap();
    let end = note_fields(&whole) + 8;
    for bit in 0..end * 8 {
        let mut file = whole.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        if let Ok((plan, memory)) = load_all(&file, 64) {
            assert_eq!(plan.note, None, "bit {bit} passed the checksum");
            assert_eq!(memory, expected, "bit {bit}");
        }
    }
}

/// xorshift32, seeded.
struct Random(u32);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % below
    }
}

#[test]
fn seeded_damage_never_panics_and_never_reaches_outside() {
    let whole = usual();
    let mut random = Random(0x1234_5678);
    let (_, expected) = load_all(&whole, 64).unwrap();
    let mut refused = 0;
    for _ in 0..1_000 {
        let mut file = whole.clone();
        for _ in 0..=random.next(8) {
            let below = if random.next(2) == 0 { 200 } else { file.len() };
            let at = random.next(below);
            file[at] = random.next(256) as u8;
        }
        let mut source = File::new(file);
        let outcome = Plan::read(&mut source).and_then(|plan| {
            let mut memory = Recorder::default();
            // The plan's own promise, checked octet by octet.
            let loaded = transfer(&plan, &mut source, &mut memory, &mut [0; 256]);
            for address in memory.0.keys() {
                assert!(!(0x2406_e000..0x2407_2000).contains(address));
                assert!(
                    *address < 0x3_0000
                        || (0x2000_0000..0x2003_0000).contains(address)
                        || (0x2400_0000..0x2407_2000).contains(address)
                        || (0x3000_0000..0x3000_8000).contains(address)
                );
            }
            // With a note, what loads is what was written; without one, nothing can be told.
            if loaded.is_ok() && plan.note.is_some() {
                assert_eq!(memory, expected);
            }
            loaded
        });
        refused += u32::from(outcome.is_err());
    }
    assert!(refused > 750, "{refused} of 1000 refused");
}

#[test]
fn checksum_error_names_both_values() {
    let mut file = usual();
    let last = file.len() - 1;
    file[last] ^= 1;
    let at = note_fields(&file) + 4;
    let said = u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    match load_all(&file, 64).map(|_| ()) {
        Err(LoadError::Checksum { expected, actual }) => {
            assert_eq!(expected, said);
            assert_ne!(actual, said);
        }
        other => panic!("{other:?}"),
    }
}
