//! Our PLDM vectors against the framing of the crate pldm.

use std::path::Path;

use pldm::{CCode, PldmRequest, PldmResponse};
use serde_json::Value;

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.replace(' ', "");
    (0..digits.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap())
        .collect()
}

/// All steps of pldm.json as request and reply, octet 0 (the MCTP type) cut off.
fn exchanges() -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/pldm.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    cases
        .iter()
        .flat_map(|case| case["steps"].as_array().unwrap())
        .map(|step| {
            let body = |name: &str| step[name].as_str().map(|text| from_hex(text)[1..].to_vec());
            (body("request").unwrap(), body("reply"))
        })
        .collect()
}

#[test]
fn replies_are_responses_to_their_requests() {
    let mut same = 0;
    for (request, reply) in exchanges() {
        let Some(reply) = reply else { continue };
        let asked = PldmRequest::from_buf_borrowed(&request).unwrap();
        let said = PldmResponse::from_buf_borrowed(&reply).unwrap();
        let wanted = asked.response_borrowed(&said.data);
        assert_eq!(
            (wanted.iid, wanted.typ, wanted.cmd),
            (said.iid, said.typ, said.cmd),
            "to {request:02x?}"
        );
        // An error ends after its completion code.
        assert!(said.cc == CCode::SUCCESS as u8 || said.data.is_empty());
        same += 1;
    }
    assert!(same >= 130, "only {same} replies were compared");
}

#[test]
fn what_is_dropped_is_no_request_to_the_peer_or_wants_no_response() {
    let dropped: Vec<_> = exchanges()
        .into_iter()
        .filter(|(_, reply)| reply.is_none())
        .collect();
    assert_eq!(dropped.len(), 3);
    for (request, _) in dropped {
        let is_datagram = request[0] & 0x40 != 0;
        assert!(is_datagram || PldmRequest::from_buf_borrowed(&request).is_err());
    }
}

#[test]
fn completion_codes_are_those_of_the_peer() {
    let codes: std::collections::BTreeSet<u8> = exchanges()
        .into_iter()
        .filter_map(|(_, reply)| reply.map(|octets| octets[3]))
        .filter(|code| *code < 0x80)
        .collect();
    let peer = [
        CCode::SUCCESS,
        CCode::ERROR_INVALID_DATA,
        CCode::ERROR_INVALID_LENGTH,
        CCode::ERROR_UNSUPPORTED_PLDM_CMD,
        CCode::ERROR_INVALID_PLDM_TYPE,
    ];
    assert_eq!(codes, peer.into_iter().map(|code| code as u8).collect());
}
