//! MCTP over USB: from bulk OUT to the script and back to bulk IN.

use crate::Usb;
use crate::otg;
use crate::outbox::{Kind, Outbox};
use crate::thread_mode::ThreadMode;
use crate::{leds, script};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::Poll;
use embassy_futures::poll_once;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Instant, Timer};
use embassy_usb::driver::{
    Driver, Endpoint as _, EndpointError, EndpointIn as _, EndpointOut as _,
};
use embassy_usb::{Builder, Handler};
use static_cell::StaticCell;
use usbnvme_mctp::{
    Collector, DropReason, Large, MAX_PAYLOAD, MAX_SPANNING_PAYLOAD, PeerMtu, Receiver, Segmenter,
    SpanningSegmenter, TAG_OWNER, TRANSFER_SIZE,
};

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

/// A message in `script::large()` that waits to be sent: destination, tag, length.
static LARGE_OUT: ThreadMode<Option<(u8, u8, usize)>> = ThreadMode::new(None);
/// Whose `script::large()` is: the script's, or this link's for a message that comes in or is answered.
static LARGE_CLAIMED: AtomicBool = AtomicBool::new(false);
static LARGE_USED: AtomicBool = AtomicBool::new(false);
/// Whether the script was refused room for what it wanted to send.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// USB packets of a transfer that is not whole yet, where packets span them.
#[unsafe(link_section = ".uninit")]
static mut COLLECTOR: MaybeUninit<Collector> = MaybeUninit::uninit();

/// 17 KB of message assembly, filled when the link starts.
#[unsafe(link_section = ".uninit")]
static mut RECEIVER: MaybeUninit<Receiver> = MaybeUninit::uninit();

/// Queues a copy of `data`; false where no host listens or the queue is full.
pub fn push(kind: Kind, data: &[u8]) -> bool {
    if !CONFIGURED.load(Ordering::Relaxed) {
        return false;
    }
    let pushed = OUTBOX.borrow().push(kind, data);
    if pushed {
        WORK.signal(());
    } else {
        REFUSED.store(true, Ordering::Relaxed);
    }
    pushed
}

/// Gives `port.large` to the script, or takes it back; false where it is in use.
pub fn claim_large(claim: bool) -> bool {
    let free = !LARGE_USED.load(Ordering::Relaxed) && LARGE_OUT.borrow().is_none();
    if free {
        LARGE_CLAIMED.store(claim, Ordering::Relaxed);
    }
    free
}

/// Sends `large[0..length)` from where it lies; false where no host listens, one is under way, or it is not claimed.
pub fn send_large(destination: u8, tag: u8, length: usize) -> bool {
    let mut out = LARGE_OUT.borrow();
    let sent = out.is_none()
        && CONFIGURED.load(Ordering::Relaxed)
        && LARGE_CLAIMED.load(Ordering::Relaxed);
    if sent {
        *out = Some((destination, tag, length));
        WORK.signal(());
    }
    sent
}

/// Hands a message's octets to the endpoint, in either framing.
enum Cutter {
    Packed(Segmenter),
    Spanning(SpanningSegmenter),
}

impl Cutter {
    fn new(spanning: bool, destination: u8, source: u8, tag: u8) -> Cutter {
        if spanning {
            let payload = MTU.borrow().get(destination, MAX_SPANNING_PAYLOAD);
            Cutter::Spanning(SpanningSegmenter::new(destination, source, tag, payload))
        } else {
            let payload = MTU.borrow().get(destination, MAX_PAYLOAD);
            Cutter::Packed(Segmenter::new(destination, source, tag, payload))
        }
    }
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
    spanning: bool,
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

    /// Sends what `cutter` makes of a body, behind `out[..used]`; returns what of `out` waits to be sent then.
    ///
    /// `body` is asked for anew after each wait, so that no reference lives while a script may run.
    async fn cut<'a>(
        &mut self,
        cutter: &mut Cutter,
        body: impl Fn() -> &'a [u8],
        out: &mut [u8; TRANSFER_SIZE],
        mut used: usize,
    ) -> Result<usize, EndpointError> {
        match cutter {
            Cutter::Packed(segmenter) => loop {
                used += segmenter.fill(body(), &mut out[used..]);
                if segmenter.is_done() {
                    return Ok(used);
                }
                self.send(&out[..used]).await?;
                used = 0;
            },
            Cutter::Spanning(segmenter) => {
                let address = self.into.info().addr;
                let mut left = 0;
                loop {
                    let total = segmenter.transfer_size(body());
                    if total > TRANSFER_SIZE {
                        self.check()?;
                        otg::begin(address, total).await?;
                        left = total;
                    }
                    let Some(length) = segmenter.next(body(), out) else {
                        return Ok(0);
                    };
                    if left > 0 {
                        self.check()?;
                        otg::fill(address, &out[..length]).await?;
                        left = left.saturating_sub(length);
                    } else {
                        self.send(&out[..length]).await?;
                    }
                }
            }
        }
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

/// Adds the MCTP interface: class 0x14, subclass 0 (DSP0283 1.0.1) or 2 (1.1, packets span), protocol 1.
pub fn interface(builder: &mut Builder<'static, Usb>, spanning: bool) -> Endpoints {
    static LISTENER: StaticCell<Listener> = StaticCell::new();
    builder.handler(LISTENER.init(Listener));
    let subclass = if spanning { 0x02 } else { 0x00 };
    let mut function = builder.function(0x14, subclass, 0x01);
    let mut interface = function.interface();
    let mut setting = interface.alt_setting(0x14, subclass, 0x01, None);
    let out = setting.endpoint_bulk_out(None, TRANSFER_SIZE as u16);
    let into = setting.endpoint_bulk_in(None, TRANSFER_SIZE as u16);
    if spanning {
        otg::deepen(into.info().addr);
    }
    Endpoints {
        out,
        into,
        session: 0,
        spanning,
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

/// Fills the big buffers, for the one task that uses them.
///
/// Apart from it, as they pass over the stack, of which scripts called from its frame would get the less.
#[inline(never)]
fn memories() -> (&'static mut Receiver, &'static mut Collector) {
    // SAFETY: the task calls this once, and nothing else names the statics.
    unsafe {
        (
            (*(&raw mut RECEIVER)).write(Receiver::new()),
            (*(&raw mut COLLECTOR)).write(Collector::new()),
        )
    }
}

/// Serves the host for ever.
#[embassy_executor::task]
pub async fn run(mut endpoints: Endpoints) {
    let (receiver, collector) = memories();
    receiver.set_spanning(endpoints.spanning);
    loop {
        crate::info!("mctp usb waiting");
        endpoints.out.wait_enabled().await;
        endpoints.into.wait_enabled().await;
        endpoints.session = SESSION.load(Ordering::Relaxed);
        crate::info!("mctp usb attached");
        CONFIGURED.store(true, Ordering::Relaxed);
        leds::CONFIGURED.set(true);
        script::usb(1);
        let _ = serve(&mut endpoints, receiver, collector).await;
        crate::info!("mctp usb detached");
        CONFIGURED.store(false, Ordering::Relaxed);
        leds::CONFIGURED.set(false);
        receiver.reset();
        collector.reset();
        OUTBOX.borrow().clear();
        *LARGE_OUT.borrow() = None;
        LARGE_USED.store(false, Ordering::Relaxed);
        REFUSED.store(false, Ordering::Relaxed);
        script::usb(0);
    }
}

async fn serve(
    endpoints: &mut Endpoints,
    receiver: &mut Receiver,
    collector: &mut Collector,
) -> Result<(), EndpointError> {
    let mut data = [0; TRANSFER_SIZE];
    let mut reply = [0; TRANSFER_SIZE];
    let mut suspended = false;
    let has_more = || !OUTBOX.borrow().is_empty() || LARGE_OUT.borrow().is_some();
    loop {
        let waiting = has_more();
        let event = select(endpoints.out.read(&mut data), WORK.wait());
        // What the host asks goes before what waits: between two messages it is looked for.
        let event = if waiting {
            poll_once(event)
        } else {
            Poll::Ready(event.await)
        };
        // The script may have changed it meanwhile, or had a static one from its start.
        receiver.set_eid(script::EID.load(Ordering::Relaxed));
        match event {
            Poll::Ready(Either::First(length)) => {
                let transfer = &data[..length?];
                endpoints.check()?;
                if cfg!(feature = "no-offload") {
                    if !raw(transfer) {
                        receiver.drop_counted(DropReason::NoRoom);
                    }
                } else if endpoints.spanning {
                    collector.add(transfer);
                    if !collector.ready().is_empty() {
                        messages(endpoints, receiver, collector.ready(), &mut reply).await?;
                    }
                    collector.taken();
                } else {
                    messages(endpoints, receiver, transfer, &mut reply).await?;
                }
            }
            Poll::Ready(Either::Second(())) => {
                endpoints.check()?;
                receiver.expire(Instant::now().as_millis());
                LARGE_USED.store(receiver.uses_large(), Ordering::Relaxed);
                script::count(receiver.counters().as_slice());
                let now = SUSPENDED.load(Ordering::Relaxed);
                if now != suspended {
                    suspended = now;
                    crate::info!("mctp usb {}", if now { "suspended" } else { "resumed" });
                    script::usb(if now { 2 } else { 1 });
                }
            }
            Poll::Pending => {}
        }
        if has_more() {
            send_one(endpoints, receiver.eid(), &mut reply).await?;
        }
        script::jobs();
    }
}

/// Hands a transfer to the script as it is, and queues its answer; false if that was dropped.
fn raw(transfer: &[u8]) -> bool {
    // SAFETY: thread mode; the slice is gone before the script runs.
    unsafe { script::RX.get()[..transfer.len()].copy_from_slice(transfer) };
    let length = script::transfer(transfer.len(), Instant::now().as_millis());
    // What was transmitted before belongs before it.
    // SAFETY: as above.
    length <= 0
        || OUTBOX.borrow().push(Kind::Transfer, unsafe {
            &script::TX.get()[..length as usize]
        })
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
    loop {
        let large = if LARGE_CLAIMED.load(Ordering::Relaxed) {
            Large::Taken
        } else {
            // SAFETY: thread mode, the script has started and has not claimed it; gone before it runs.
            Large::Free(unsafe { script::large() })
        };
        let Some(message) = receiver.next_with(&mut transfer, data, large, now_ms) else {
            break;
        };
        let (source, destination, tag) = (message.source, message.destination, message.tag);
        let length = message.body.len();
        let is_large = length > script::BUFFER;
        if is_large && tag < TAG_OWNER {
            // The device asks for nothing whose answer is that long.
            receiver.drop_counted(DropReason::TooLarge);
            continue;
        }
        if !is_large {
            // SAFETY: thread mode; the slice is gone before the script runs.
            unsafe { script::RX.get()[..length].copy_from_slice(message.body) };
        }
        // A message that lies there is the script's until it returns: it may claim the buffer to send it on.
        LARGE_USED.store(receiver.uses_large(), Ordering::Relaxed);
        let result = script::message(source, destination, tag, length, now_ms);
        let eid = script::EID.load(Ordering::Relaxed);
        receiver.set_eid(eid);
        let size = result.unsigned_abs() as usize;
        if size == 0 {
            continue;
        }
        if is_large {
            LARGE_USED.store(true, Ordering::Relaxed);
        }
        // SAFETY: thread mode, and no script runs until the reply is cut up.
        let body = || unsafe {
            match (result < 0, is_large) {
                (true, true) => &script::large()[..size],
                (true, false) => &script::RX.get()[..size],
                (false, _) => &script::TX.get()[..size],
            }
        };
        let mut cutter = Cutter::new(endpoints.spanning, source, eid, tag & 7);
        used = endpoints.cut(&mut cutter, body, out, used).await?;
    }
    LARGE_USED.store(receiver.uses_large(), Ordering::Relaxed);
    if receiver.take_counted() {
        script::count(receiver.counters().as_slice());
    }
    if used > 0 {
        endpoints.send(&out[..used]).await?;
    }
    Ok(())
}

/// Sends the next of what the script has queued, and tells the script of the room there is then.
async fn send_one(
    endpoints: &mut Endpoints,
    eid: u8,
    out: &mut [u8; TRANSFER_SIZE],
) -> Result<(), EndpointError> {
    let first = OUTBOX.borrow().first();
    if let Some((kind, start, length)) = first {
        match kind {
            Kind::Transfer => {
                out[..length].copy_from_slice(OUTBOX.borrow().bytes(start, length));
                endpoints.send(&out[..length]).await?;
            }
            Kind::Message(destination, tag) => {
                // SAFETY: thread mode; entries stay where they are until they are done.
                let body =
                    || unsafe { &*core::ptr::from_ref(OUTBOX.borrow().bytes(start, length)) };
                let mut cutter = Cutter::new(endpoints.spanning, destination, eid, tag);
                let used = endpoints.cut(&mut cutter, body, out, 0).await?;
                if used > 0 {
                    endpoints.send(&out[..used]).await?;
                }
            }
        }
        OUTBOX.borrow().done();
        if OUTBOX.borrow().is_empty() && REFUSED.swap(false, Ordering::Relaxed) {
            script::room();
        }
        return Ok(());
    }
    let large = *LARGE_OUT.borrow();
    if let Some((destination, tag, length)) = large {
        // SAFETY: thread mode, and the script leaves what it sends alone.
        let body = || unsafe { &script::large()[..length] };
        let mut cutter = Cutter::new(endpoints.spanning, destination, eid, tag);
        let used = endpoints.cut(&mut cutter, body, out, 0).await?;
        if used > 0 {
            endpoints.send(&out[..used]).await?;
        }
        *LARGE_OUT.borrow() = None;
        script::room();
    }
    Ok(())
}
