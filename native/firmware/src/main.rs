//! The base image of usbnvme: the board, USB, the log, and the engine that runs the baked script.
//!
//! Thread mode runs the script and all that talks to it; an interrupt executor runs the USB device, so that
//! the host's requests on endpoint 0 are answered while a script is busy.
#![no_std]
#![no_main]

mod block;
mod clocks;
mod console;
mod crash;
mod crc32c;
mod identity;
mod leds;
mod link;
mod log;
mod outbox;
mod random;
mod script;
mod serial;
mod thread_mode;

use block::Block;
use embassy_executor::{InterruptExecutor, Spawner};
use embassy_futures::select::{Either, select};
use embassy_stm32::interrupt::{self, InterruptExt, Priority};
use embassy_stm32::usb::Driver;
use embassy_stm32::wdg::IndependentWatchdog;
use embassy_stm32::{Config, bind_interrupts, pac, peripherals, usb};
use embassy_time::{Instant, Timer};
use embassy_usb::{Builder, UsbDevice};
use identity::Identity;
use static_cell::StaticCell;

bind_interrupts!(struct Interrupts {
    OTG_HS => usb::InterruptHandler<peripherals::USB_OTG_HS>;
});

/// How long the main loop may hang before the watchdog resets the chip, in µs.
const WATCHDOG_US: u32 = 4_000_000;

static USB_EXECUTOR: InterruptExecutor = InterruptExecutor::new();

#[cortex_m_rt::interrupt]
fn UART4() {
    // SAFETY: called by this interrupt alone.
    unsafe { USB_EXECUTOR.on_interrupt() }
}

/// Everything that texts of the device need for ever.
static BLOCK: StaticCell<Block> = StaticCell::new();
static SERIAL: StaticCell<[u8; 12]> = StaticCell::new();

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let mut config = Config::default();
    let crystal = clocks::choose(&mut config);
    let p = embassy_stm32::init(config);
    let mut core = cortex_m::Peripherals::take().expect("taken once");
    core.SCB.enable_icache();
    core.SCB.enable_dcache(&mut core.CPUID);
    // Frozen while a debugger halts the core, or every breakpoint would end in a reset.
    pac::DBGMCU.apb4fzr1().modify(|w| w.set_iwdg1(true));
    let mut watchdog = IndependentWatchdog::new(p.IWDG, WATCHDOG_US);
    watchdog.unleash();

    let down = log::init();
    let identity = Identity::read();
    let block = Block::find();
    random::seed(&identity.uuid);
    info!("usbnvme. device {identity}");
    leds::CRASHED.set(crash::report());
    if !crystal {
        leds::NO_CRYSTAL.set(true);
        warn!("the 24 MHz crystal does not start: clocks from HSI, USB out of tolerance");
    }
    spawner.spawn(leds::run(p.PD10, p.PD13, p.PB7).expect("spawned once"));
    spawner.spawn(feed(watchdog).expect("spawned once"));

    let block = match block {
        Ok(block) => BLOCK.init(block),
        Err(reason) => {
            leds::SCRIPT_ERROR.set(true);
            error!("{reason}; build the image with usbnvme build");
            return;
        }
    };
    info!(
        "usbnvme {} {} {}",
        block.string("version"),
        block.string("revision"),
        if block.flags & 1 == 1 { "debug" } else { "release" }
    );
    debug!("engine {}", block.string("engine"));
    // SAFETY: called once.
    script::start(block, &identity, unsafe { block::heap(block) });

    let serial: &'static str =
        core::str::from_utf8(SERIAL.init(identity.serial())).expect("hex digits");
    let driver = {
        static OUT_BUFFER: StaticCell<[u8; 1152]> = StaticCell::new();
        let mut config = usb::Config::default();
        // CN2's VBUS is not wired to a pin that the controller watches: see the README.
        config.vbus_detection = false;
        let buffer = OUT_BUFFER.init([0; 1152]);
        Driver::new_hs(p.USB_OTG_HS, Interrupts, p.PM6, p.PM5, buffer, config)
    };
    let (device, endpoints, serial_port) = device(driver, block, serial);
    interrupt::UART4.set_priority(Priority::P7);
    let usb_spawner = USB_EXECUTOR.start(interrupt::UART4);
    usb_spawner.spawn(run_device(Moved(device)).expect("spawned once"));
    spawner.spawn(link::run(endpoints).expect("spawned once"));
    spawner.spawn(link::sweep().expect("spawned once"));
    if let Some(serial_port) = serial_port {
        spawner.spawn(serial::run(serial_port).expect("spawned once"));
    }
    spawner.spawn(console::rtt(down).expect("spawned once"));
    spawner.spawn(timer().expect("spawned once"));
}

type Usb = Driver<'static, peripherals::USB_OTG_HS>;

/// Describes the device: MCTP first, then the log's serial port.
fn device(
    driver: Usb,
    block: &'static Block,
    serial: &'static str,
) -> (UsbDevice<'static, Usb>, link::Endpoints, Option<serial::Endpoints>) {
    static CONFIGURATION: StaticCell<[u8; 256]> = StaticCell::new();
    static BOS: StaticCell<[u8; 64]> = StaticCell::new();
    static CONTROL: StaticCell<[u8; 128]> = StaticCell::new();
    static SERIAL_CONTROL: StaticCell<serial::Control> = StaticCell::new();
    let mut config = embassy_usb::Config::new(block.vendor_id, block.product_id);
    config.manufacturer = Some(block.string("manufacturer"));
    config.product = Some(block.string("product"));
    config.serial_number = Some(serial);
    // The board takes its power from the ST-Link's connector, as it is sold.
    config.self_powered = true;
    config.max_power = 100;
    let configuration = CONFIGURATION.init([0; 256]);
    let mut builder =
        Builder::new(driver, config, configuration, BOS.init([0; 64]), &mut [], CONTROL.init([0; 128]));
    let endpoints = link::interface(&mut builder);
    let serial_port = cfg!(feature = "serial-log")
        .then(|| serial::interface(&mut builder, SERIAL_CONTROL.init(serial::Control::new())));
    (builder.build(), endpoints, serial_port)
}

/// What is made in thread mode and given away to an interrupt for good.
struct Moved<T>(T);
// SAFETY: one core, and the giver keeps nothing of it.
unsafe impl<T> Send for Moved<T> {}

#[embassy_executor::task]
async fn run_device(mut device: Moved<UsbDevice<'static, Usb>>) -> ! {
    device.0.run().await
}

/// Feeds the watchdog from the main loop: a loop that hangs starves it.
#[embassy_executor::task]
async fn feed(mut watchdog: IndependentWatchdog<'static, peripherals::IWDG>) {
    loop {
        watchdog.pet();
        Timer::after_millis(500).await;
    }
}

/// Rings the script's timer.
#[embassy_executor::task]
async fn timer() {
    loop {
        let Some(deadline) = script::deadline() else {
            script::DEADLINE_SET.wait().await;
            continue;
        };
        let at = Timer::at(Instant::from_millis(deadline));
        if let Either::First(()) = select(at, script::DEADLINE_SET.wait()).await {
            script::timer();
            script::jobs();
        }
    }
}
