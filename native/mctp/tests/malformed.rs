//! Seeded noise: whatever comes, nothing panics, and the next good message is received.

use usbnvme_mctp::{DROP_REASON_NAMES, Receiver, Segmenter, TRANSFER_SIZE};

struct Random(u32);

impl Random {
    fn u32(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        self.u32() as usize % limit
    }

    fn octet(&mut self) -> u8 {
        (self.u32() >> 24) as u8
    }
}

/// Makes noise, or packets with one thing wrong; most are near to right, so that they get far.
fn malformed(random: &mut Random) -> Vec<u8> {
    let kind = random.below(4);
    if kind == 0 {
        return (0..random.below(513)).map(|_| random.octet()).collect();
    }
    let mut octets = Vec::new();
    for _ in 0..=random.below(4) {
        let size = random.below(8);
        let source = random.below(3) as u8;
        octets.extend([0x1a, 0xb4, 0, 8 + size as u8, 1, 8, source, random.octet()]);
        octets.extend((0..size).map(|_| random.octet()));
    }
    match kind {
        1 => {
            let at = random.below(octets.len());
            octets[at] = random.octet();
        }
        2 => octets.truncate(random.below(octets.len() + 1)),
        _ => {}
    }
    octets
}

#[test]
fn receiver_survives_100_000_malformed_transfers_and_receives_after_each_hundred() {
    let mut receiver: Receiver = Receiver::new();
    receiver.set_eid(8);
    let mut random = Random(0x5eed);
    let good = [
        0x1a, 0xb4, 0, 14, 1, 8, 9, 0xc8, 0x7e, 0xcc, 0xde, 0xf0, 1, 2,
    ];
    for round in 0..1000u64 {
        for _ in 0..100 {
            let transfer = malformed(&mut random);
            receiver.transfer(&transfer, round * 10, |message| {
                assert!(!message.body.is_empty() && message.source != 0xff);
            });
        }
        let mut found = 0;
        receiver.transfer(&good, round * 10, |message| {
            assert_eq!(
                (message.source, message.destination, message.tag),
                (9, 8, 8)
            );
            assert_eq!(message.body, &good[8..]);
            found += 1;
        });
        assert_eq!(found, 1, "round {round}");
    }
    let missed: Vec<&str> = DROP_REASON_NAMES
        .iter()
        .zip(receiver.counters().as_slice())
        .filter(|(_, count)| **count == 0)
        .map(|(name, _)| *name)
        .collect();
    // Such short packets never make a message too large; every other reason was met.
    assert_eq!(missed, ["tooLarge", "largeBusy", "noRoom"]);
}

#[test]
fn receiver_joins_what_segmenter_cut_at_every_size_and_payload() {
    let mut receiver: Receiver = Receiver::new();
    let body: Vec<u8> = (0..4225u32).map(|i| (i ^ i >> 8) as u8).collect();
    for payload in [64, 65, 100, 246, 247] {
        for size in (1..=1000).chain([2048, 4096, 4224, 4225]) {
            let mut segmenter = Segmenter::new(0, 9, 8, payload);
            let mut found = None;
            let mut out = [0u8; TRANSFER_SIZE];
            loop {
                let used = segmenter.fill(&body[..size], &mut out);
                if used == 0 {
                    break;
                }
                receiver.transfer(&out[..used], 0, |message| {
                    found = Some(message.body.to_vec())
                });
            }
            assert!(segmenter.is_done());
            assert_eq!(found.as_deref(), Some(&body[..size]), "{size} by {payload}");
        }
    }
    assert!(
        receiver
            .counters()
            .as_slice()
            .iter()
            .all(|count| *count == 0)
    );
}

#[test]
fn receiver_counts_a_message_of_one_octet_too_many() {
    let mut receiver: Receiver = Receiver::new();
    let body = vec![0x7e; 4226];
    let mut segmenter = Segmenter::new(0, 9, 8, 247);
    let mut out = [0u8; TRANSFER_SIZE];
    loop {
        let used = segmenter.fill(&body, &mut out);
        if used == 0 {
            break;
        }
        receiver.transfer(&out[..used], 0, |_| panic!("nothing comes of it"));
    }
    let index = DROP_REASON_NAMES
        .iter()
        .position(|name| *name == "tooLarge")
        .unwrap();
    assert_eq!(receiver.counters().as_slice()[index], 1);
}
