//! Three things that USB 2.0 asks of a device and embassy's driver leaves out, put around the driver as it is:
//! the other-speed configuration, data toggles, and an end for control transfers that the host has given up.

use core::future::Future;
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
        self.0.poll().await
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
