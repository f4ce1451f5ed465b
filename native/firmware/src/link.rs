//! MCTP over USB: from bulk OUT to the script and back to bulk IN.

use crate::Usb;
use crate::outbox::{Kind, Outbox};
use crate::thread_mode::ThreadMode;
use crate::{leds, script};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Instant, Timer};
use embassy_usb::driver::{
    Driver, Endpoint as _, EndpointError, EndpointIn as _, EndpointOut as _,
};
use embassy_usb::{Builder, Handler};
use static_cell::StaticCell;
use usbnvme_mctp::{PeerMtu, Receiver, Segmenter, TRANSFER_SIZE};

type EndpointOut = <Usb as Driver<'static>>::EndpointOut;
type EndpointIn = <Usb as Driver<'static>>::EndpointIn;

static OUTBOX: ThreadMode<Outbox> = ThreadMode::new(Outbox::new());
static MTU: ThreadMode<PeerMtu> = ThreadMode::new(PeerMtu::new());
static CONFIGURED: AtomicBool = AtomicBool::new(false);
/// Told by the bus: the host sleeps, or is gone (its VBUS is not watched).
static SUSPENDED: AtomicBool = AtomicBool::new(false);
/// Counts configurations and resets: what was read or made under another number is not sent.
static SESSION: AtomicU32 = AtomicU32::new(0);
/// Told when there is something to do that no transfer brought.
static WORK: Signal<CriticalSectionRawMutex, ()> = Signal::new();

/// 17 KB of message assembly, filled when the link starts.
#[unsafe(link_section = ".uninit")]
static mut RECEIVER: MaybeUninit<Receiver> = MaybeUninit::uninit();

/// Queues `tx[0..length)`; false where no host listens or the queue is full.
pub fn push(kind: Kind, length: usize) -> bool {
    if !CONFIGURED.load(Ordering::Relaxed) {
        return false;
    }
    // SAFETY: thread mode, in a call from the script, which does not run meanwhile.
    let data = unsafe { &script::TX.get()[..length] };
    let pushed = OUTBOX.borrow().push(kind, data);
    if pushed {
        WORK.signal(());
    }
    pushed
}

/// Sets the packet payload towards one EID.
pub fn set_mtu(eid: u8, payload: usize) {
    MTU.borrow().set(eid, payload);
}

/// The bulk endpoints of the MCTP interface.
pub struct Endpoints {
    out: EndpointOut,
    into: EndpointIn,
    session: u32,
}

impl Endpoints {
    /// Fails once the host has reset or configured the device anew.
    fn check(&self) -> Result<(), EndpointError> {
        if SESSION.load(Ordering::Relaxed) == self.session {
            Ok(())
        } else {
            Err(EndpointError::Disabled)
        }
    }

    /// Sends one transfer of at most 512 bytes.
    ///
    /// DSP0283 1.0.1 packs packets into transfers of at most one USB packet, and hosts ask for 512 bytes
    /// at a time: a full packet ends the host's request as well, and no empty one follows.
    async fn send(&mut self, transfer: &[u8]) -> Result<(), EndpointError> {
        self.check()?;
        self.into.write(transfer).await
    }
}

/// Hears of the bus, in the interrupt that runs the USB device, while a script may be busy.
pub struct Listener;

impl Handler for Listener {
    fn reset(&mut self) {
        SESSION.fetch_add(1, Ordering::Relaxed);
        self.suspended(false);
    }

    fn configured(&mut self, _configured: bool) {
        SESSION.fetch_add(1, Ordering::Relaxed);
        // The link must notice before the first transfer of the new session comes.
        WORK.signal(());
    }

    fn suspended(&mut self, suspended: bool) {
        SUSPENDED.store(suspended, Ordering::Relaxed);
        leds::SUSPENDED.set(suspended);
        WORK.signal(());
    }
}

/// Adds the MCTP interface (DSP0283 1.0.1: class 0x14, subclass 0, protocol 1).
pub fn interface(builder: &mut Builder<'static, Usb>) -> Endpoints {
    static LISTENER: StaticCell<Listener> = StaticCell::new();
    builder.handler(LISTENER.init(Listener));
    let mut function = builder.function(0x14, 0x00, 0x01);
    let mut interface = function.interface();
    let mut setting = interface.alt_setting(0x14, 0x00, 0x01, None);
    let out = setting.endpoint_bulk_out(None, TRANSFER_SIZE as u16);
    let into = setting.endpoint_bulk_in(None, TRANSFER_SIZE as u16);
    Endpoints {
        out,
        into,
        session: 0,
    }
}

/// Wakes the link now and then, so that what is half assembled is dropped in time.
#[embassy_executor::task]
pub async fn sweep() {
    loop {
        Timer::after_secs(1).await;
        WORK.signal(());
    }
}

/// Serves the host for ever.
#[embassy_executor::task]
pub async fn run(mut endpoints: Endpoints) {
    // SAFETY: this task runs once, and nothing else names the static.
    let receiver = unsafe { (*(&raw mut RECEIVER)).write(Receiver::new()) };
    loop {
        crate::info!("mctp usb waiting");
        endpoints.out.wait_enabled().await;
        endpoints.into.wait_enabled().await;
        endpoints.session = SESSION.load(Ordering::Relaxed);
        crate::info!("mctp usb attached");
        CONFIGURED.store(true, Ordering::Relaxed);
        leds::CONFIGURED.set(true);
        script::usb(1);
        let _ = serve(&mut endpoints, receiver).await;
        crate::info!("mctp usb detached");
        CONFIGURED.store(false, Ordering::Relaxed);
        leds::CONFIGURED.set(false);
        receiver.reset();
        OUTBOX.borrow().clear();
        script::usb(0);
    }
}

async fn serve(endpoints: &mut Endpoints, receiver: &mut Receiver) -> Result<(), EndpointError> {
    let mut data = [0; TRANSFER_SIZE];
    let mut reply = [0; TRANSFER_SIZE];
    let mut suspended = false;
    loop {
        match select(endpoints.out.read(&mut data), WORK.wait()).await {
            Either::First(length) => {
                let transfer = &data[..length?];
                endpoints.check()?;
                if cfg!(feature = "no-offload") {
                    raw(transfer);
                } else {
                    messages(endpoints, receiver, transfer, &mut reply).await?;
                }
            }
            Either::Second(()) => {
                endpoints.check()?;
                receiver.expire(Instant::now().as_millis());
                script::count(receiver.counters().as_slice());
                let now = SUSPENDED.load(Ordering::Relaxed);
                if now != suspended {
                    suspended = now;
                    crate::info!("mctp usb {}", if now { "suspended" } else { "resumed" });
                    script::usb(if now { 2 } else { 1 });
                }
            }
        }
        if !OUTBOX.borrow().is_empty() {
            drain(endpoints, receiver.eid(), &mut reply).await?;
        }
        script::jobs();
    }
}

/// Hands a transfer to the script as it is, and sends its answer.
fn raw(transfer: &[u8]) {
    // SAFETY: thread mode; the slice is gone before the script runs.
    unsafe { script::RX.get()[..transfer.len()].copy_from_slice(transfer) };
    let length = script::transfer(transfer.len(), Instant::now().as_millis());
    if length > 0 {
        // What was transmitted before belongs before it.
        // SAFETY: as above.
        let queued = OUTBOX.borrow().push(Kind::Transfer, unsafe {
            &script::TX.get()[..length as usize]
        });
        if !queued {
            crate::warn!("mctp usb: no room for an answer of {length} bytes, dropped");
        }
    }
}

/// Hands over every message that a transfer completes, and packs the replies.
async fn messages(
    endpoints: &mut Endpoints,
    receiver: &mut Receiver,
    data: &[u8],
    out: &mut [u8; TRANSFER_SIZE],
) -> Result<(), EndpointError> {
    let now_ms = Instant::now().as_millis();
    let mut used = 0;
    let mut transfer = receiver.begin(data);
    while let Some(message) = receiver.next(&mut transfer, data, now_ms) {
        let (source, destination, tag) = (message.source, message.destination, message.tag);
        let length = message.body.len();
        // SAFETY: thread mode; the slice is gone before the script runs.
        unsafe { script::RX.get()[..length].copy_from_slice(message.body) };
        let result = script::message(source, destination, tag, length, now_ms);
        let eid = script::EID.load(Ordering::Relaxed);
        receiver.set_eid(eid);
        let size = result.unsigned_abs() as usize;
        if size == 0 {
            continue;
        }
        let payload = MTU.borrow().get(source);
        let mut segmenter = Segmenter::new(source, eid, tag & 7, payload);
        loop {
            // SAFETY: thread mode, and no script runs until the reply is cut up.
            let body = unsafe {
                if result < 0 {
                    &script::RX.get()[..size]
                } else {
                    &script::TX.get()[..size]
                }
            };
            used += segmenter.fill(body, &mut out[used..]);
            if segmenter.is_done() {
                break;
            }
            endpoints.send(&out[..used]).await?;
            used = 0;
        }
    }
    script::count(receiver.counters().as_slice());
    if used > 0 {
        endpoints.send(&out[..used]).await?;
    }
    Ok(())
}

/// Sends what the script has queued.
async fn drain(
    endpoints: &mut Endpoints,
    eid: u8,
    out: &mut [u8; TRANSFER_SIZE],
) -> Result<(), EndpointError> {
    loop {
        let first = OUTBOX.borrow().first();
        let Some((kind, start, length)) = first else {
            return Ok(());
        };
        match kind {
            Kind::Transfer => {
                out[..length].copy_from_slice(OUTBOX.borrow().bytes(start, length));
                endpoints.send(&out[..length]).await?;
            }
            Kind::Message(destination, tag) => {
                let payload = MTU.borrow().get(destination);
                let mut segmenter = Segmenter::new(destination, eid, tag, payload);
                loop {
                    let used = segmenter.fill(OUTBOX.borrow().bytes(start, length), out);
                    if used == 0 {
                        break;
                    }
                    endpoints.send(&out[..used]).await?;
                }
            }
        }
        OUTBOX.borrow().done();
    }
}
