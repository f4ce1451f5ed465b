//! The receiver against `tests/vectors/`, the very files that hold the TypeScript side.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use usbnvme_mctp::{
    Collector, DROP_REASON_NAMES, Large, MAX_SPANNING_PAYLOAD, Receiver, SpanningSegmenter,
    TRANSFER_SIZE,
};

type Found = (u8, u8, u8, Vec<u8>);

fn cases(name: &str) -> Vec<Value> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/vectors/{name}.json"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn from_hex(text: &Value) -> Vec<u8> {
    let digits: String = text.as_str().unwrap().replace(' ', "");
    assert!(digits.len().is_multiple_of(2) && digits.is_ascii());
    (0..digits.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap())
        .collect()
}

fn octet(value: &Value) -> u8 {
    u8::try_from(value.as_u64().unwrap()).unwrap()
}

fn drops<const N: usize, const S: usize>(receiver: &Receiver<N, S>) -> BTreeMap<String, u64> {
    DROP_REASON_NAMES
        .iter()
        .zip(receiver.counters().as_slice())
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| ((*name).to_string(), u64::from(*count)))
        .collect()
}

fn run(file: &str) -> usize {
    let cases = cases(file);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let mut receiver: Receiver = Receiver::new();
        receiver.set_eid(octet(&case["eid"]));
        let mut found: Vec<Found> = Vec::new();
        for transfer in case["transfers"].as_array().unwrap() {
            let at_ms = transfer[0].as_u64().unwrap();
            receiver.transfer(&from_hex(&transfer[1]), at_ms, |message| {
                found.push((
                    message.source,
                    message.destination,
                    message.tag,
                    message.body.to_vec(),
                ));
            });
        }
        let wanted: Vec<Found> = case["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| (octet(&m[0]), octet(&m[1]), octet(&m[2]), from_hex(&m[3])))
            .collect();
        assert_eq!(found, wanted, "{name}");
        let counters: BTreeMap<String, u64> = case["counters"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(reason, count)| (reason.clone(), count.as_u64().unwrap()))
            .collect();
        assert_eq!(drops(&receiver), counters, "{name}");
    }
    cases.len()
}

/// Cuts a transfer into USB packets, as a host does: a short one ends it.
fn usb_packets(transfer: &[u8]) -> impl Iterator<Item = &[u8]> {
    let empty = transfer.len().is_multiple_of(TRANSFER_SIZE);
    transfer
        .chunks(TRANSFER_SIZE)
        .chain(empty.then_some(&transfer[..0]))
}

/// Cuts a message into transfers, and joins the USB packets of each.
fn spanning_transfers(destination: u8, source: u8, tag: u8, body: &[u8]) -> Vec<Vec<u8>> {
    let mut segmenter = SpanningSegmenter::new(destination, source, tag, MAX_SPANNING_PAYLOAD);
    let mut packet = [0; TRANSFER_SIZE];
    let mut transfers = vec![Vec::new()];
    while let Some(used) = segmenter.next(body, &mut packet) {
        transfers.last_mut().unwrap().extend(&packet[..used]);
        if used < TRANSFER_SIZE {
            transfers.push(Vec::new());
        }
    }
    assert_eq!(transfers.pop(), Some(Vec::new()), "a short one ends each");
    transfers
}

#[test]
fn spanning_json_is_read_and_answered_octet_for_octet() {
    let cases = cases("spanning");
    let mut answered = 0;
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let eid = octet(&case["eid"]);
        let mut receiver: Receiver = Receiver::new();
        receiver.set_eid(eid);
        receiver.set_spanning(true);
        let mut collector = Collector::new();
        let mut large = vec![0; 65_536];
        let mut found: Vec<Found> = Vec::new();
        for transfer in case["transfers"].as_array().unwrap() {
            for packet in usb_packets(&from_hex(&transfer[1])) {
                collector.add(packet);
                let data = collector.ready();
                if data.is_empty() {
                    collector.taken();
                    continue;
                }
                let mut at = receiver.begin(data);
                while let Some(message) =
                    receiver.next_with(&mut at, data, Large::Free(&mut large), 0)
                {
                    found.push((
                        message.source,
                        message.destination,
                        message.tag,
                        message.body.to_vec(),
                    ));
                }
                collector.taken();
            }
        }
        let wanted: Vec<Found> = case["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| (octet(&m[0]), octet(&m[1]), octet(&m[2]), from_hex(&m[3])))
            .collect();
        assert_eq!(found, wanted, "{name}");
        let counters: BTreeMap<String, u64> =
            serde_json::from_value(case["counters"].clone()).unwrap();
        assert_eq!(drops(&receiver), counters, "{name}");

        // An echo is answered with its own body.
        if found
            .iter()
            .all(|(.., body)| body.starts_with(&[0x7e, 0xcc, 0xde, 0xf0]))
        {
            let replies: Vec<Vec<u8>> = found
                .iter()
                .flat_map(|(source, _, tag, body)| spanning_transfers(*source, eid, tag & 7, body))
                .collect();
            let wanted = case["replies"].as_array().unwrap();
            assert_eq!(
                replies,
                wanted.iter().map(from_hex).collect::<Vec<_>>(),
                "{name}"
            );
            answered += 1;
        }
    }
    assert!(cases.len() >= 27 && answered >= 17);
}

#[test]
fn receiver_finds_the_messages_of_transfers_json() {
    assert!(run("transfers") >= 39);
}

#[test]
fn receiver_finds_the_messages_of_estack_json() {
    assert!(run("estack") >= 10);
}

#[test]
fn drop_reasons_are_those_of_the_script() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../firmware_ts/mctp/counters.ts");
    let text = std::fs::read_to_string(path).unwrap();
    let table = text
        .split("DROP_REASONS: readonly string[] = [")
        .nth(1)
        .unwrap();
    let table = table.split(']').next().unwrap();
    let names: Vec<&str> = table.split('"').skip(1).step_by(2).collect();
    assert_eq!(names, DROP_REASON_NAMES);
}
