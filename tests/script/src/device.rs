//! A device: the bundle started on a fresh port, and messages given to it either way.

use crate::port::{self, Handlers, SEEN, Seen};
use std::sync::Mutex;
use usbnvme_jerryscript::{Engine, Value};
use usbnvme_mctp::{
    DROP_REASONS, EID_BROADCAST, Message, Receiver, Segmenter, TAG_OWNER, TRANSFER_SIZE,
};

/// How the run before ended, for PLDM's file of it.
const CRASH_RECORD: &[u8; 28] = b"panicked at there (crash 1)\n";
const UUID: [u8; 16] = 0x8becee88_b237_40af_a95b_0fe57a21c3be_u128.to_be_bytes();
const BUFFER_SIZE: usize = 4352;

/// A message that the device sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    pub source: u8,
    pub destination: u8,
    pub tag: u8,
    pub body: Vec<u8>,
}

impl From<Message<'_>> for Reply {
    fn from(message: Message<'_>) -> Self {
        Self {
            source: message.source,
            destination: message.destination,
            tag: message.tag,
            body: message.body.to_vec(),
        }
    }
}

/// Memory that script and native share. It is leaked, as the engine's arrays must outlive it.
struct Shared(*mut u8);

impl Shared {
    fn new() -> (Self, Value) {
        let memory = Box::leak(vec![0u8; BUFFER_SIZE].into_boxed_slice());
        let pointer = memory.as_mut_ptr();
        (Self(pointer), Value::bytes(memory))
    }

    fn write(&self, bytes: &[u8]) {
        assert!(bytes.len() <= BUFFER_SIZE);
        // SAFETY: in bounds, and no script runs now.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), self.0, bytes.len()) }
    }

    fn read(&self, length: usize) -> Vec<u8> {
        assert!(length <= BUFFER_SIZE);
        // SAFETY: in bounds, and no script runs now.
        unsafe { core::slice::from_raw_parts(self.0, length) }.to_vec()
    }
}

/// A started device.
pub struct Device {
    handlers: Handlers,
    offload: bool,
    rx: Shared,
    tx: Shared,
}

/// What the host joins, offload off. In a static: on the stack its 17 KB would look like a script's recursion.
static HOST: Mutex<Receiver> = Mutex::new(Receiver::new());

impl Device {
    /// Runs the bundle on a new `port`.
    pub fn start(engine: &mut Engine, bundle: &str, offload: bool) -> Result<Self, String> {
        let (rx, rx_value) = Shared::new();
        let (tx, tx_value) = Shared::new();
        *SEEN.lock().expect("one thread") = Some(Seen {
            tx: tx.0 as usize,
            ..Seen::default()
        });
        let port = engine.object();
        port::add(engine, &port);
        port.set("rx", &rx_value);
        port.set("tx", &tx_value);
        port.set(
            "large",
            &Value::bytes(Box::leak(vec![0; 65_536].into_boxed_slice())),
        );
        port.set("uuid", &Value::bytes(Box::leak(Box::new(UUID))));
        port.set("uniqueId", &Value::bytes(Box::leak(Box::new([0; 12]))));
        port.set(
            "counters",
            &Value::words(Box::leak(Box::new([0; DROP_REASONS]))),
        );
        port.set(
            "crashRecord",
            &Value::bytes(Box::leak(Box::new(*CRASH_RECORD))),
        );
        port.set("features", &Value::text(""));
        port.set("version", &Value::text("0.1.0"));
        port.set("revision", &Value::text("test"));
        port.set("offload", &Value::boolean(offload));
        engine.global().set("port", port.value());
        engine.run(bundle).map_err(|error| error.to_string())?;
        let handlers = SEEN
            .lock()
            .expect("one thread")
            .as_mut()
            .and_then(|seen| seen.handlers.take());
        let handlers = handlers.ok_or("the bundle did not call port.start")?;
        HOST.lock().expect("one thread").reset();
        Ok(Self {
            handlers,
            offload,
            rx,
            tx,
        })
    }

    /// Gives a message to the device, cut into transfers if it joins them itself; returns its reply.
    pub fn message(
        &mut self,
        from: u8,
        to: u8,
        tag: u8,
        body: &[u8],
        now_ms: u64,
    ) -> Result<Option<Reply>, String> {
        if self.offload {
            return self.whole(from, to, tag, body, now_ms);
        }
        let mut segmenter = Segmenter::new(to, from, tag, 247);
        let mut transfer = [0; TRANSFER_SIZE];
        let mut reply = None;
        loop {
            let used = segmenter.fill(body, &mut transfer);
            if used == 0 {
                return Ok(reply);
            }
            self.rx.write(&transfer[..used]);
            let sent = self
                .handlers
                .on_transfer
                .call([used as f64, now_ms as f64])
                .map_err(|error| error.to_string())?;
            let mut transfers = SEEN
                .lock()
                .expect("one thread")
                .as_mut()
                .map(|seen| core::mem::take(&mut seen.transfers))
                .unwrap_or_default();
            if sent > 0.0 {
                transfers.push(self.tx.read(sent as usize));
            }
            let mut host = HOST.lock().expect("one thread");
            host.set_eid(from);
            for one in &transfers {
                host.transfer(one, now_ms, |message| reply = Some(Reply::from(message)));
            }
        }
    }

    /// Lets the device's deadline come, if it does by `now_ms`; returns the replies that it then sends to `to`.
    pub fn late(&mut self, to: u8, now_ms: u64) -> Result<Vec<Reply>, String> {
        let due = port::seen(|seen| seen.deadline_ms.take_if(|at_ms| *at_ms <= now_ms).is_some());
        if due {
            self.handlers
                .on_timer
                .call([now_ms as f64])
                .map_err(|error| error.to_string())?;
        }
        let (messages, transfers) = port::seen(|seen| {
            (
                core::mem::take(&mut seen.messages),
                core::mem::take(&mut seen.transfers),
            )
        });
        let mut replies: Vec<Reply> = messages
            .into_iter()
            .map(|(destination, tag, body)| Reply {
                source: port::eid(),
                destination,
                tag,
                body,
            })
            .collect();
        let mut host = HOST.lock().expect("one thread");
        host.set_eid(to);
        for one in &transfers {
            host.transfer(one, now_ms, |message| replies.push(Reply::from(message)));
        }
        // The device has requests of its own.
        replies.retain(|reply| reply.tag & TAG_OWNER == 0);
        Ok(replies)
    }

    fn whole(
        &mut self,
        from: u8,
        to: u8,
        tag: u8,
        body: &[u8],
        now_ms: u64,
    ) -> Result<Option<Reply>, String> {
        // What native/mctp filters.
        if from == EID_BROADCAST || (to != 0 && to != EID_BROADCAST && to != port::eid()) {
            return Ok(None);
        }
        self.rx.write(body);
        let arguments = [from, to, tag].map(f64::from);
        let [source, destination, tag_number] = arguments;
        let length = body.len() as f64;
        let result = self
            .handlers
            .on_message
            .call([source, destination, tag_number, length, now_ms as f64])
            .map_err(|error| error.to_string())?;
        let reply = if result > 0.0 {
            self.tx.read(result as usize)
        } else if result < 0.0 {
            self.rx.read(-result as usize)
        } else {
            return Ok(None);
        };
        Ok(Some(Reply {
            source: port::eid(),
            destination: from,
            tag: tag & 7,
            body: reply,
        }))
    }
}
