//! Three things that USB 2.0 asks of a device and embassy's driver leaves out, put around the driver as it is:
//! the other-speed configuration, data toggles, and an end for control transfers that the host has given up. And
//! IN transfers of several packets, which the driver has not.

use core::future::Future;
use core::sync::atomic::{AtomicU8, Ordering};
use embassy_futures::select::{Either, select};
use embassy_stm32::pac;
use embassy_time::{Duration, Instant, Timer};
use embassy_usb::driver::{
    Bus, ControlPipe, Driver, EndpointAddress, EndpointAllocError, EndpointError, EndpointType,
    Event, Unsupported,
};

const GET_DESCRIPTOR: [u8; 2] = [0x80, 6];
const OTHER_SPEED_CONFIGURATION: u8 = 7;
const ENDPOINT: u8 = 5;
const INTERRUPT: u8 = 3;
/// A bulk endpoint at full speed (USB 2.0, 5.8.3).
const FULL_SPEED_BULK: [u8; 2] = [64, 0];
/// An interrupt endpoint's interval at full speed, in ms.
const FULL_SPEED_INTERVAL: u8 = 64;
/// How long a stage of a control transfer may stand still: Linux gives a request 5 s in all.
const STAGE: Duration = Duration::from_secs(1);
/// How often a stage that stands still looks for a bus reset, which nothing else tells it.
const LOOK: Duration = Duration::from_millis(20);

/// Memory of the configuration descriptor, which the builder fills before any request comes.
pub struct Configuration(*const u8);

impl Configuration {
    /// Names the buffer that is then given to the builder.
    pub fn of(buffer: &[u8]) -> Configuration {
        Configuration(buffer.as_ptr())
    }

    /// Writes the configuration as it would be at full speed (USB 2.0, 9.6.4).
    fn other_speed(&self, out: &mut [u8; 256]) -> usize {
        // SAFETY: the buffer is static, 256 bytes, and nothing writes it once the device runs.
        let source = unsafe { core::slice::from_raw_parts(self.0, out.len()) };
        let total = usize::from(u16::from_le_bytes([source[2], source[3]])).min(out.len());
        out[..total].copy_from_slice(&source[..total]);
        out[1] = OTHER_SPEED_CONFIGURATION;
        let mut at = 0;
        while at + 2 <= total && out[at] >= 2 {
            let length = usize::from(out[at]);
            if out[at + 1] == ENDPOINT && at + 7 <= total {
                if out[at + 3] & 3 == INTERRUPT {
                    out[at + 6] = FULL_SPEED_INTERVAL;
                } else {
                    out[at + 4..at + 6].copy_from_slice(&FULL_SPEED_BULK);
                }
            }
            at += length;
        }
        total
    }
}

/// A driver with what is missing.
pub struct Completed<D> {
    driver: D,
    configuration: Configuration,
}

impl<D> Completed<D> {
    /// Wraps a driver.
    pub fn new(driver: D, configuration: Configuration) -> Self {
        Completed {
            driver,
            configuration,
        }
    }
}

impl<'a, D: Driver<'a>> Driver<'a> for Completed<D> {
    type EndpointOut = D::EndpointOut;
    type EndpointIn = D::EndpointIn;
    type ControlPipe = Pipe<D::ControlPipe>;
    type Bus = Toggled<D::Bus>;

    fn alloc_endpoint_out(
        &mut self,
        kind: EndpointType,
        address: Option<EndpointAddress>,
        size: u16,
        interval: u8,
    ) -> Result<Self::EndpointOut, EndpointAllocError> {
        self.driver
            .alloc_endpoint_out(kind, address, size, interval)
    }

    fn alloc_endpoint_in(
        &mut self,
        kind: EndpointType,
        address: Option<EndpointAddress>,
        size: u16,
        interval: u8,
    ) -> Result<Self::EndpointIn, EndpointAllocError> {
        self.driver.alloc_endpoint_in(kind, address, size, interval)
    }

    fn start(self, size: u16) -> (Self::Bus, Self::ControlPipe) {
        let (bus, pipe) = self.driver.start(size);
        (
            Toggled(bus),
            Pipe {
                pipe,
                configuration: self.configuration,
            },
        )
    }
}

/// A bus whose endpoints start at DATA0 (USB 2.0, 9.1.1.5 and 9.4.5): the driver sets that only once.
pub struct Toggled<B>(B);

fn reset_toggle(address: EndpointAddress) {
    let index = address.index();
    if index == 0 {
        return;
    }
    if address.is_in() {
        pac::USB_OTG_HS
            .diepctl(index)
            .modify(|w| w.set_sd0pid_sevnfrm(true));
    } else {
        pac::USB_OTG_HS
            .doepctl(index)
            .modify(|w| w.set_sd0pid_sevnfrm(true));
    }
}

impl<B: Bus> Bus for Toggled<B> {
    async fn enable(&mut self) {
        self.0.enable().await
    }

    async fn disable(&mut self) {
        self.0.disable().await
    }

    async fn poll(&mut self) -> Event {
        let event = self.0.poll().await;
        if matches!(event, Event::Reset) {
            deepen_fifo();
        }
        event
    }

    fn endpoint_set_enabled(&mut self, address: EndpointAddress, enabled: bool) {
        self.0.endpoint_set_enabled(address, enabled);
        if enabled {
            reset_toggle(address);
        }
    }

    fn endpoint_set_stalled(&mut self, address: EndpointAddress, stalled: bool) {
        self.0.endpoint_set_stalled(address, stalled);
        if !stalled {
            reset_toggle(address);
        }
    }

    fn endpoint_is_stalled(&mut self, address: EndpointAddress) -> bool {
        self.0.endpoint_is_stalled(address)
    }

    async fn remote_wakeup(&mut self) -> Result<(), Unsupported> {
        self.0.remote_wakeup().await
    }
}

/// The IN endpoint that sends transfers of several packets; 0 for none.
static DEEP: AtomicU8 = AtomicU8::new(0);
/// Words of its FIFO: two packets, so that one goes out while the next is written.
const DEEP_WORDS: u16 = 256;
/// Looks at a register before a wait is a sleep: some 30 µs, three times what a packet takes on the bus.
const LOOKS: u32 = 1_500;

/// Names the IN endpoint for which [`begin`] and [`fill`] are called.
pub fn deepen(address: EndpointAddress) {
    DEEP.store(address.index() as u8, Ordering::Relaxed);
}

/// Moves that endpoint's FIFO behind all others, where there is room for it. The driver sets FIFOs at each bus reset.
fn deepen_fifo() {
    let deep = usize::from(DEEP.load(Ordering::Relaxed));
    if deep == 0 {
        return;
    }
    let otg = pac::USB_OTG_HS;
    critical_section::with(|_| {
        let zero = otg.dieptxf0().read();
        let others = (0..3).map(|fifo| otg.dieptxf(fifo).read());
        let top = others.fold(zero.sa() + zero.fd(), |top, fifo| {
            // Left out are those that no endpoint was given.
            if fifo.sa() <= top && fifo.sa() > 0 {
                top.max(fifo.sa() + fifo.fd())
            } else {
                top
            }
        });
        otg.dieptxf(deep - 1).write(|w| {
            w.set_sa(top);
            w.set_fd(DEEP_WORDS);
        });
        otg.grstctl().modify(|w| {
            w.set_txfnum(deep as u8);
            w.set_txfflsh(true);
        });
        while otg.grstctl().read().txfflsh() {}
    });
}

/// Waits for an IN endpoint: awake at first, since a host that reads takes a packet in no time.
async fn until(index: usize, ready: impl Fn() -> bool) -> Result<(), EndpointError> {
    let mut looks = 0;
    loop {
        if !pac::USB_OTG_HS.diepctl(index).read().usbaep() {
            return Err(EndpointError::Disabled);
        }
        if ready() {
            return Ok(());
        }
        looks += 1;
        if looks > LOOKS {
            Timer::after_ticks(1).await;
        }
    }
}

/// Begins an IN transfer of `size` bytes in packets of 512, which [`fill`] then gives; the driver's write has one packet.
pub async fn begin(address: EndpointAddress, size: usize) -> Result<(), EndpointError> {
    let (otg, index) = (pac::USB_OTG_HS, address.index());
    until(index, || !otg.diepctl(index).read().epena()).await?;
    critical_section::with(|_| {
        otg.dieptsiz(index).write(|w| {
            w.set_mcnt(1);
            w.set_pktcnt(size.div_ceil(512) as u16);
            w.set_xfrsiz(size as u32);
        });
        otg.diepctl(index).modify(|w| {
            w.set_cnak(true);
            w.set_epena(true);
        });
    });
    Ok(())
}

/// Writes the next packet of a transfer that [`begin`] began.
pub async fn fill(address: EndpointAddress, packet: &[u8]) -> Result<(), EndpointError> {
    let (otg, index) = (pac::USB_OTG_HS, address.index());
    let words = packet.len().div_ceil(4) as u16;
    until(index, || otg.dtxfsts(index).read().ineptfsav() >= words).await?;
    // As in the driver: a FIFO that is being written must not be interrupted by other accesses to FIFOs.
    critical_section::with(|_| {
        let fifo = otg.fifo(index);
        let mut chunks = packet.chunks_exact(4);
        for chunk in &mut chunks {
            let word = [chunk[0], chunk[1], chunk[2], chunk[3]];
            fifo.write_value(pac::otg::regs::Fifo(u32::from_ne_bytes(word)));
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            let mut word = [0; 4];
            word[..rest.len()].copy_from_slice(rest);
            fifo.write_value(pac::otg::regs::Fifo(u32::from_ne_bytes(word)));
        }
    });
    Ok(())
}

/// A control pipe that answers for the other speed, and that ends what the host has given up.
pub struct Pipe<P> {
    pipe: P,
    configuration: Configuration,
}

/// Waits for a stage, but not past a bus reset or its time; false if it was given up.
async fn stage<T>(work: impl Future<Output = T>) -> Option<T> {
    let end = Instant::now() + STAGE;
    let given_up = async {
        loop {
            Timer::after(LOOK).await;
            if pac::USB_OTG_HS.gintsts().read().usbrst() || Instant::now() > end {
                return;
            }
        }
    };
    match select(work, given_up).await {
        Either::First(result) => Some(result),
        Either::Second(()) => None,
    }
}

impl<P: ControlPipe> Pipe<P> {
    async fn send_other_speed(&mut self, requested: usize) -> Result<(), EndpointError> {
        let mut bytes = [0; 256];
        let length = self.configuration.other_speed(&mut bytes).min(requested);
        let size = self.pipe.max_packet_size();
        let packets = length.div_ceil(size).max(1);
        let empty = usize::from(length < requested && length.is_multiple_of(size) && length > 0);
        for packet in 0..packets + empty {
            let start = (packet * size).min(length);
            let end = (start + size).min(length);
            let last = packet + 1 == packets + empty;
            self.data_in(&bytes[start..end], packet == 0, last).await?;
        }
        Ok(())
    }
}

impl<P: ControlPipe> ControlPipe for Pipe<P> {
    fn max_packet_size(&self) -> usize {
        self.pipe.max_packet_size()
    }

    async fn setup(&mut self) -> [u8; 8] {
        loop {
            let setup = self.pipe.setup().await;
            if setup[..2] != GET_DESCRIPTOR
                || setup[3] != OTHER_SPEED_CONFIGURATION
                || setup[2] != 0
            {
                return setup;
            }
            let requested = usize::from(u16::from_le_bytes([setup[6], setup[7]]));
            // A host that gave up sends its next request, and that is all there is to do about it.
            let _ = self.send_other_speed(requested).await;
        }
    }

    async fn data_out(
        &mut self,
        data: &mut [u8],
        first: bool,
        last: bool,
    ) -> Result<usize, EndpointError> {
        stage(self.pipe.data_out(data, first, last))
            .await
            .unwrap_or(Err(EndpointError::Disabled))
    }

    async fn data_in(&mut self, data: &[u8], first: bool, last: bool) -> Result<(), EndpointError> {
        stage(self.pipe.data_in(data, first, last))
            .await
            .unwrap_or(Err(EndpointError::Disabled))
    }

    async fn accept(&mut self) {
        stage(self.pipe.accept()).await;
    }

    async fn reject(&mut self) {
        self.pipe.reject().await;
    }

    async fn accept_set_address(&mut self, address: u8) {
        stage(self.pipe.accept_set_address(address)).await;
    }
}
