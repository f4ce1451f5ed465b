//! Our control vectors against the encoders of mctp-estack (replies) and libmctp (requests).

use std::path::Path;

use libmctp::control_packet::{CompletionCode, MCTPSetEndpointIDOperations, MCTPVersionQuery};
use libmctp::smbus_request::MCTPSMBusContextRequest;
use mctp::MsgType;
use mctp_estack::control::{
    CommandCode, MctpControlMsg, parse_set_eid, respond_error, respond_get_msg_types,
    respond_get_uuid, respond_set_eid, respond_unimplemented,
};
use serde_json::Value;
use uuid::Uuid;

const UUID: Uuid = Uuid::from_u128(0x8becee88_b237_40af_a95b_0fe57a21c3be);

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.replace(' ', "");
    (0..digits.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap())
        .collect()
}

/// All steps of control.json as request and reply, octet 0 (the type) cut off.
fn exchanges() -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/control.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let steps = |case: &Value| case["steps"].as_array().unwrap().clone();
    file["cases"]
        .as_array()
        .unwrap()
        .iter()
        // What another device file switches on, the crate has not.
        .filter(|case| case["device"].is_null())
        .flat_map(steps)
        .map(|step| {
            let request = from_hex(step["request"].as_str().unwrap())[1..].to_vec();
            (
                request,
                step["reply"]
                    .as_str()
                    .map(|reply| from_hex(reply)[1..].to_vec()),
            )
        })
        .collect()
}

fn octets(message: &MctpControlMsg<'_>) -> Vec<u8> {
    message.slices().concat()
}

/// The crate's reply, where it keeps to the standard; `None` where it is known not to.
fn peer_reply(request: &[u8]) -> Option<Vec<u8>> {
    // The crate repeats the header's reserved bit.
    if request[0] & 0x20 != 0 {
        return None;
    }
    let mut buffer = [0; 64];
    let message = MctpControlMsg::from_buf(request).ok()?;
    let body = message.body;
    Some(match message.command_code() {
        Ok(CommandCode::SetEndpointID) => match parse_set_eid(&message) {
            // Reset is for the caller to refuse.
            Ok(set) if set.reset => return None,
            Ok(set) => octets(&respond_set_eid(&message, true, set.eid, &mut buffer).unwrap()),
            Err(code) => octets(&respond_error(&message, code, &mut buffer).unwrap()),
        },
        // The crate claims a static EID that it has not.
        Ok(CommandCode::GetEndpointID) => return None,
        // The crate lets a wrong length pass.
        Ok(CommandCode::GetEndpointUUID) if !body.is_empty() => return None,
        Ok(CommandCode::GetEndpointUUID) => {
            octets(&respond_get_uuid(&message, UUID, &mut buffer).unwrap())
        }
        Ok(CommandCode::GetMessageTypeSupport) => {
            let types = [0, 1, 4, 0x7e].map(MsgType);
            match respond_get_msg_types(&message, &types, &mut buffer) {
                Ok(reply) => octets(&reply),
                Err(code) => octets(&respond_error(&message, code, &mut [0; 1]).unwrap()),
            }
        }
        // The crate has no responder for these two.
        Ok(CommandCode::GetMCTPVersionSupport | CommandCode::GetVendorDefinedMessageSupport) => {
            return None;
        }
        _ => octets(&respond_unimplemented(&message, &mut buffer).unwrap()),
    })
}

#[test]
fn replies_are_those_of_mctp_estack() {
    let mut same = 0;
    for (request, reply) in exchanges() {
        // Requests that get no reply are not the crate's responders' matter.
        let Some(reply) = reply else { continue };
        let Some(peer) = peer_reply(&request) else {
            continue;
        };
        assert_eq!(reply, peer, "to {request:02x?}");
        same += 1;
    }
    assert!(same >= 30, "only {same} replies were compared");
}

#[test]
fn completion_codes_are_those_of_libmctp() {
    assert_eq!(CompletionCode::Success as u8, 0);
    assert_eq!(CompletionCode::Error as u8, 1);
    assert_eq!(CompletionCode::ErrorInvalidData as u8, 2);
    assert_eq!(CompletionCode::ErrorInvalidLength as u8, 3);
    assert_eq!(CompletionCode::ErrorNotReady as u8, 4);
    assert_eq!(CompletionCode::ErrorUnsupportedCmd as u8, 5);
}

#[test]
fn requests_are_those_of_libmctp() {
    let peer = MCTPSMBusContextRequest::new(0x10);
    type Encode<'p> = &'p dyn Fn(&mut [u8]) -> Result<usize, ()>;
    let all: [(&str, Encode<'_>); 8] = [
        ("80 01 00 08", &|b| {
            peer.set_endpoint_id(0x20, MCTPSetEndpointIDOperations::SetEID, 8, b)
        }),
        ("80 01 01 fe", &|b| {
            peer.set_endpoint_id(0x20, MCTPSetEndpointIDOperations::ForceEID, 254, b)
        }),
        ("80 02", &|b| peer.get_endpoint_id(0x20, b)),
        ("80 03", &|b| peer.get_endpoint_uuid(0x20, b)),
        ("80 04 ff", &|b| {
            peer.get_mctp_version_support(0x20, MCTPVersionQuery::MCTPBaseSpec, b)
        }),
        ("80 04 00", &|b| {
            peer.get_mctp_version_support(0x20, MCTPVersionQuery::MCTPControlProcMessage, b)
        }),
        ("80 05", &|b| peer.get_message_type_suport(0x20, b)),
        ("80 06 00", &|b| {
            peer.get_vendor_defined_message_support(0x20, 0, b)
        }),
    ];
    let ours = exchanges();
    for (request, encode) in all {
        let mut buffer = [0; 64];
        let length = encode(&mut buffer).expect("the crate encodes");
        // SMBus: address, command, count and source address; MCTP header; type; …; PEC.
        assert_eq!(buffer[8], 0, "type");
        let wanted = from_hex(request);
        assert_eq!(buffer[9..length - 1], wanted);
        let alike = |one: &[u8]| one.len() == wanted.len() && one[1..] == wanted[1..];
        assert!(
            ours.iter()
                .any(|(one, reply)| alike(one) && reply.is_some()),
            "{request}"
        );
    }
}
