//! The firmware's script on the engine of the image, on the host: see README.md.

mod device;
mod port;

use device::{Device, Reply};
use serde_json::Value;
use std::process::ExitCode;
use usbnvme_jerryscript::{Engine, Hooks};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let (first, folder, device, only) = match &arguments[..] {
        [_, first, folder] => (first, folder, Value::Null, None),
        [_, first, folder, device, only] => {
            let device = serde_json::from_str(device).expect("the device is JSON");
            (first, folder, device, Some(only))
        }
        _ => {
            eprintln!(
                "usage: usbnvme-script BUNDLE VECTORS-FOLDER [DEVICE FILE], or usbnvme-script --eval SCRIPT"
            );
            return ExitCode::from(2);
        }
    };
    let evaluate = first == "--eval";
    let path = if evaluate { folder } else { first };
    let bundle = std::fs::read_to_string(path).expect("the script can be read");
    let memory = Box::leak(vec![0u8; 512 * 1024].into_boxed_slice());
    let fatal = |code| -> ! { panic!("the engine ended with {code}") };
    let mut engine = Engine::new(
        memory,
        Hooks {
            fatal,
            stop: || false,
        },
    );
    if evaluate {
        let result = Device::start(&mut engine, &bundle, true).map(drop);
        port::log().iter().for_each(|line| println!("{line}"));
        return ExitCode::from(u8::from(result.is_err()));
    }
    let mut failed = 0;
    for offload in [true, false] {
        let way = if offload { "on" } else { "off" };
        for file in [
            "control",
            "nvme_admin",
            "nvme_mi",
            "pldm",
            "pymctp",
            "vendor",
        ] {
            if only.is_some_and(|only| only != file) {
                continue;
            }
            for case in cases(folder, file) {
                // Cases of another device are another bundle's.
                if case["device"] != device {
                    continue;
                }
                let name = format!(
                    "{file}, offload {way}: {}",
                    case["name"].as_str().expect("a name")
                );
                failed += report(&name, run(&mut engine, &bundle, offload, &case));
            }
        }
        // Once is enough: with the file that holds the echo's vectors.
        if only.is_none_or(|only| only == "vendor") {
            let name = format!("offload {way}: 10,000 echoes leave the heap where it was");
            failed += report(&name, echoes(&mut engine, &bundle, offload));
        }
    }
    ExitCode::from(u8::from(failed > 0))
}

fn report(name: &str, result: Result<(), String>) -> u32 {
    match result {
        Ok(()) => println!("ok {name}"),
        Err(why) => {
            println!("FAILED {name}: {why}");
            return 1;
        }
    }
    0
}

fn cases(folder: &str, file: &str) -> Vec<Value> {
    let text = std::fs::read(format!("{folder}/{file}.json")).expect("the vectors can be read");
    let file: Value = serde_json::from_slice(&text).expect("the vectors are JSON");
    file["cases"].as_array().expect("cases").clone()
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.replace(' ', "");
    (0..digits.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).expect("hex"))
        .collect()
}

fn octet(step: &Value, name: &str, default: u8) -> u8 {
    step[name].as_u64().map_or(default, |value| value as u8)
}

/// Holds one case, on a fresh device.
fn run(engine: &mut Engine, bundle: &str, offload: bool, case: &Value) -> Result<(), String> {
    let mut device = Device::start(engine, bundle, offload)?;
    let mut at_ms = 0;
    for step in case["steps"].as_array().expect("steps") {
        at_ms = step["atMs"].as_u64().unwrap_or(at_ms);
        let (from, tag) = (octet(step, "from", 9), octet(step, "tag", 8));
        let request = from_hex(step["request"].as_str().expect("a request"));
        let reply = device.message(from, octet(step, "to", 0), tag, &request, at_ms)?;
        let eid = octet(step, "eid", 0);
        let wanted = step["reply"].as_str().map(|body| Reply {
            source: eid,
            destination: from,
            tag: tag & 7,
            body: from_hex(body),
        });
        if reply != wanted {
            return Err(format!(
                "{request:02x?} gave {reply:02x?}, not {wanted:02x?}"
            ));
        }
        if let Some(late) = step["late"].as_array() {
            let wanted = Reply {
                source: eid,
                destination: from,
                tag: tag & 7,
                body: from_hex(late[1].as_str().expect("a body")),
            };
            at_ms = late[0].as_u64().expect("milliseconds");
            let came = device.late(from, at_ms)?;
            if came != [wanted] {
                return Err(format!("{came:02x?} came late"));
            }
        }
        if port::eid() != eid {
            return Err(format!("the EID is {}, not {eid}", port::eid()));
        }
    }
    Ok(())
}

fn echoes(engine: &mut Engine, bundle: &str, offload: bool) -> Result<(), String> {
    let mut device = Device::start(engine, bundle, offload)?;
    let mut body = from_hex("7eccdef0");
    body.resize(64, 0x55);
    let mut heap = Vec::new();
    for i in 0..10_010u64 {
        // The first ones let caches and lazily made things settle.
        if i == 10 {
            engine.collect_garbage();
            heap.push(Engine::heap());
        }
        let reply = device.message(9, 0, 8, &body, i)?;
        if reply.as_ref().map(|reply| &reply.body) != Some(&body) {
            return Err(format!("echo {i} gave {reply:02x?}"));
        }
    }
    engine.collect_garbage();
    heap.push(Engine::heap());
    println!("   heap {} of {} bytes", heap[1].used, heap[1].size);
    if heap[0].used == heap[1].used {
        Ok(())
    } else {
        Err(format!("{heap:?}"))
    }
}
