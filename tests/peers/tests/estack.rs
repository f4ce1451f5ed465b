//! mctp-estack and we send to each other.

use std::collections::BTreeSet;
use std::path::PathBuf;

use mctp::{Eid, MsgIC, MsgType, Tag, TagValue};
use mctp_estack::Stack;
use mctp_estack::usb::{MctpUsbHandler, MctpUsbXfer};
use serde_json::{Value, json};
use usbnvme_mctp::{Receiver, Segmenter, TRANSFER_SIZE};

/// Payloads, type excluded, on both sides of every packet limit, up to what the crate takes by default.
const SIZES: [usize; 13] = [0, 1, 3, 63, 64, 245, 246, 247, 492, 493, 494, 740, 1032];

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn payload(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i * 7 + 3) as u8).collect()
}

/// Takes the transfers that mctp-estack sends.
#[derive(Default)]
struct Wire(Vec<Vec<u8>>);

impl MctpUsbXfer for Wire {
    fn send_xfer(&mut self, transfer: &[u8]) -> mctp::Result<()> {
        self.0.push(transfer.to_vec());
        Ok(())
    }
}

/// What mctp-estack sends for one message: one USB transfer for each packet.
fn peer_sends(
    stack: &mut Stack,
    to: u8,
    kind: u8,
    tag: Option<Tag>,
    payload: &[u8],
) -> Vec<Vec<u8>> {
    let mut wire = Wire::default();
    MctpUsbHandler::new().send_fill(
        Eid(to),
        MsgType(kind),
        tag,
        MsgIC(kind == 4),
        None,
        &mut wire,
        stack,
        |body| body.extend_from_slice(payload).ok(),
    );
    assert!(
        wire.0.last().is_some_and(|last| last[7] & 0x40 != 0),
        "the crate sent it all"
    );
    wire.0
}

/// One message of the vectors.
struct Sent {
    name: String,
    to: u8,
    tag: u8,
    body: Vec<u8>,
    transfers: Vec<Vec<u8>>,
}

fn peer_messages() -> Vec<Sent> {
    let mut all = Vec::new();
    for mtu in [251, 68] {
        let mut stack = Stack::new(Eid(9), mtu, 0);
        for (i, size) in SIZES.into_iter().enumerate() {
            let to = if i % 3 == 0 { 0 } else { 8 };
            let kind = if i % 4 == 1 { 4 } else { 0x7e };
            let value = (i % 8) as u8;
            let (tag, octet) = if i % 2 == 0 {
                (Tag::Owned(TagValue(value)), 8 | value)
            } else {
                (Tag::Unowned(TagValue(value)), value)
            };
            let payload = payload(size);
            let transfers = peer_sends(&mut stack, to, kind, Some(tag), &payload);
            if tag.is_owner() {
                // Nobody answers: the tag is free again.
                stack
                    .cancel_flow(Eid(to), tag.tag())
                    .expect("the crate knows the tag");
            }
            let mut body = vec![if kind == 4 { 0x84 } else { kind }];
            body.extend(payload);
            let name = format!("{size} octets after the type, packets of {mtu}");
            all.push(Sent {
                name,
                to,
                tag: octet,
                body,
                transfers,
            });
        }
    }
    all
}

#[test]
fn estack_json_is_what_the_crate_sends() {
    let cases: Vec<Value> = peer_messages()
        .into_iter()
        .map(
            |Sent {
                 name,
                 to,
                 tag,
                 body,
                 transfers,
             }| {
                let transfers: Vec<Value> =
                    transfers.iter().map(|one| json!([0, hex(one)])).collect();
                json!({
                    "name": name, "eid": 8, "transfers": transfers, "counters": {},
                    "messages": [[9, to, tag, hex(&body)]],
                })
            },
        )
        .collect();
    let file = json!({
        "source": "mctp-estack 0.1.0: MctpUsbHandler::send_fill over Stack, by tests/peers",
        "cases": cases,
    });
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/estack.json");
    if std::env::var_os("USBNVME_WRITE_VECTORS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&file).unwrap() + "\n").unwrap();
    }
    let stored: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(
        stored == file,
        "estack.json is stale: see tests/peers/README.md"
    );
}

#[test]
fn receiver_takes_what_the_crate_sends() {
    let mut receiver: Receiver = Receiver::new();
    receiver.set_eid(8);
    for Sent {
        name,
        to,
        tag,
        body,
        transfers,
    } in peer_messages()
    {
        let mut found = Vec::new();
        for transfer in &transfers {
            receiver.transfer(transfer, 0, |message| {
                found.push((
                    message.source,
                    message.destination,
                    message.tag,
                    message.body.to_vec(),
                ));
            });
        }
        assert_eq!(found, [(9, to, tag, body)], "{name}");
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
fn crate_takes_what_segmenter_sends() {
    for mtu in [64, 65, 200, 247] {
        for size in SIZES {
            let mut peer = Stack::new(Eid(9), 255, 0);
            let mut body = vec![0x7e];
            body.extend(payload(size));
            let mut segmenter = Segmenter::new(9, 8, 8 | 5, mtu);
            let mut found = 0;
            let mut out = [0; TRANSFER_SIZE];
            loop {
                let used = segmenter.fill(&body, &mut out);
                if used == 0 {
                    break;
                }
                let mut rest = &out[..used];
                while !rest.is_empty() {
                    let (packet, left) =
                        MctpUsbHandler::decode(rest).expect("the framing is right");
                    rest = left;
                    let Some((message, handle)) =
                        peer.receive(packet).expect("the packet is right")
                    else {
                        continue;
                    };
                    assert_eq!((message.source, message.dest), (Eid(8), Eid(9)));
                    assert_eq!(message.tag, Tag::Owned(TagValue(5)));
                    assert_eq!((message.typ, message.ic.0), (MsgType(0x7e), false));
                    assert_eq!(message.payload, &body[1..]);
                    peer.finished_receive(handle);
                    found += 1;
                }
            }
            assert_eq!(found, 1, "{size} octets in packets of {mtu}");
        }
    }
}

#[test]
fn crate_takes_our_reply_to_its_request() {
    let mut peer = Stack::new(Eid(9), 255, 0);
    let mut receiver: Receiver = Receiver::new();
    receiver.set_eid(8);
    let mut tags = BTreeSet::new();
    for size in SIZES {
        let payload = payload(size);
        let requests = peer_sends(&mut peer, 8, 0x7e, None, &payload);
        let tag = requests[0][7] & 7;
        tags.insert(tag);
        let mut replies = Vec::new();
        for transfer in &requests {
            receiver.transfer(transfer, 0, |message| {
                let mut reply = Segmenter::reply(&message, 8, 247);
                let mut out = [0; TRANSFER_SIZE];
                loop {
                    let used = reply.fill(message.body, &mut out);
                    if used == 0 {
                        break;
                    }
                    replies.push(out[..used].to_vec());
                }
            });
        }
        let mut done = false;
        for reply in &replies {
            let mut rest = &reply[..];
            while !rest.is_empty() {
                let (packet, left) = MctpUsbHandler::decode(rest).expect("the framing is right");
                rest = left;
                if let Some((message, handle)) = peer.receive(packet).expect("it is a reply") {
                    assert_eq!(message.payload, payload);
                    assert_eq!(message.tag, Tag::Unowned(TagValue(tag)));
                    peer.finished_receive(handle);
                    done = true;
                }
            }
        }
        assert!(done, "{size} octets");
    }
    assert!(tags.len() > 1, "several tags were used");
}
