//! The base image of usbnvme: the board, USB, the log, and the engine that runs the baked script.
//!
//! Thread mode runs the script and all that talks to it; an interrupt executor runs the USB device, so that
//! the host's requests on endpoint 0 are answered while a script is busy.
#![no_std]
#![no_main]
// An exception carries its text, as there is no allocator; a mutable static is reached by a raw pointer.
#![allow(clippy::result_large_err, clippy::deref_addrof)]

mod block;
mod clocks;
mod console;
mod crash;
mod crc;
mod faults;
mod hang;
mod identity;
mod leds;
mod link;
mod log;
mod otg;
mod outbox;
mod random;
mod reset;
mod rtt;
mod script;
mod serial;
mod sha256;
mod thread_mode;

use block::Block;
use embassy_executor::{Executor, InterruptExecutor, SendSpawner, Spawner};
use embassy_futures::select::{Either, select};
use embassy_stm32::interrupt::{self, InterruptExt, Priority};
use embassy_stm32::usb::Driver;
use embassy_stm32::wdg::IndependentWatchdog;
use embassy_stm32::{Config, Peri, bind_interrupts, pac, peripherals, usb};
use embassy_time::{Instant, Timer};
use embassy_usb::{Builder, UsbDevice};
use identity::Identity;
use static_cell::StaticCell;

bind_interrupts!(struct Interrupts {
    OTG_HS => usb::InterruptHandler<peripherals::USB_OTG_HS>;
});

/// How long the main loop may hang before the watchdog resets the chip, in µs.
const WATCHDOG_US: u32 = 2_000_000;

static USB_EXECUTOR: InterruptExecutor = InterruptExecutor::new();

#[cortex_m_rt::interrupt]
fn UART4() {
    // SAFETY: called by this interrupt alone.
    unsafe { USB_EXECUTOR.on_interrupt() }
}

/// Everything that texts of the device need for ever.
static BLOCK: StaticCell<Block> = StaticCell::new();
static SERIAL: StaticCell<[u8; 12]> = StaticCell::new();

static EXECUTOR: StaticCell<Executor> = StaticCell::new();

/// Brings the board up and runs the script once, then hands over to the executor.
///
/// The engine measures its stack from the frame that starts it, so it is started here, at the top.
#[cortex_m_rt::entry]
fn main() -> ! {
    let mut core = cortex_m::Peripherals::take().expect("taken once");
    // A cache that is on already is emptied first: what it holds may be another program's.
    core.SCB.disable_dcache(&mut core.CPUID);
    core.SCB.disable_icache();
    core.SCB.enable_icache();
    core.SCB.enable_dcache(&mut core.CPUID);
    // SRAM in the AHB domain: `.uninit` of image.x.
    pac::RCC.ahb2enr().modify(|w| {
        w.set_sram1en(true);
        w.set_sram2en(true);
    });
    let mut config = Config::default();
    let crystal = clocks::choose(&mut config);
    let p = embassy_stm32::init(config);
    // SAFETY: reset.rs left every interrupt disabled, and embassy enabled its own alone.
    unsafe { cortex_m::interrupt::enable() };
    // Frozen while a debugger halts the core, or every breakpoint would end in a reset; time as well, so
    // that a halt does not look like a main loop that hangs.
    pac::DBGMCU.apb4fzr1().modify(|w| w.set_iwdg1(true));
    pac::DBGMCU.apb1lfzr1().modify(|w| w.set_tim12(true));
    let mut watchdog = IndependentWatchdog::new(p.IWDG, WATCHDOG_US);
    watchdog.unleash();

    log::init();
    let identity = Identity::read();
    random::seed(&identity.uuid);
    info!("usbnvme. device {identity}");
    let last = crash::report();
    leds::CRASHED.set(last.badly);
    interrupt::UART4.set_priority(Priority::P7);
    let above = USB_EXECUTOR.start(interrupt::UART4);
    above.spawn(hang::watch().expect("spawned once"));
    if !crystal {
        leds::NO_CRYSTAL.set(true);
        warn!("the 24 MHz crystal does not start: clocks from HSI, USB out of tolerance");
    }
    let functions = match Block::find() {
        Ok(block) => {
            let block = BLOCK.init(block);
            info!(
                "usbnvme {} {} {}",
                block.string("version"),
                block.string("revision"),
                if block.flags & 1 == 1 {
                    "debug"
                } else {
                    "release"
                }
            );
            debug!("engine {}", block.string("engine"));
            sha256::init(p.HASH);
            // The host takes its time to find the device; the script is parsed meanwhile.
            let functions = Device {
                block,
                serial: identity.serial(),
                otg: p.USB_OTG_HS,
                dp: p.PM6,
                dm: p.PM5,
            }
            .attach(above);
            if last.script_starts {
                crash::starting(true);
                // SAFETY: called once.
                script::start(block, &identity, unsafe { block::room(block) });
                crash::starting(false);
            } else {
                leds::SCRIPT_ERROR.set(true);
                error!("the script ended the last runs while it started: this run goes without it");
            }
            Some(functions)
        }
        Err(reason) => {
            leds::SCRIPT_ERROR.set(true);
            error!("{reason}; build the image with usbnvme build");
            None
        }
    };
    let executor = EXECUTOR.init(Executor::new());
    executor.run(|spawner| {
        spawner.spawn(leds::run(p.PD10, p.PD13, p.PB7).expect("spawned once"));
        spawner.spawn(feed(watchdog).expect("spawned once"));
        spawner.spawn(console::rtt().expect("spawned once"));
        spawner.spawn(timer().expect("spawned once"));
        if let Some(functions) = functions {
            functions.serve(spawner);
        }
    })
}

type Usb = otg::Completed<Driver<'static, peripherals::USB_OTG_HS>>;

/// What the USB device is made of.
struct Device {
    block: &'static Block,
    serial: [u8; 12],
    otg: Peri<'static, peripherals::USB_OTG_HS>,
    dp: Peri<'static, peripherals::PM6>,
    dm: Peri<'static, peripherals::PM5>,
}

impl Device {
    /// Attaches to the bus. What the host sends meanwhile waits until the functions are served.
    fn attach(self, above: SendSpawner) -> Functions {
        static OUT_BUFFER: StaticCell<[u8; 1152]> = StaticCell::new();
        static CONFIGURATION: StaticCell<[u8; 256]> = StaticCell::new();
        static BOS: StaticCell<[u8; 64]> = StaticCell::new();
        static CONTROL: StaticCell<[u8; 256]> = StaticCell::new();
        let mut otg = usb::Config::default();
        // CN2's VBUS is not watched: see native/README.md.
        otg.vbus_detection = false;
        let buffer = OUT_BUFFER.init([0; 1152]);
        let driver = Driver::new_hs(self.otg, Interrupts, self.dp, self.dm, buffer, otg);
        let configuration = CONFIGURATION.init([0; 256]);
        let driver = otg::Completed::new(driver, otg::Configuration::of(configuration));

        let block = self.block;
        let mut config = embassy_usb::Config::new(block.vendor_id, block.product_id);
        config.manufacturer = Some(block.usb_string("manufacturer"));
        config.product = Some(block.usb_string("product"));
        config.serial_number =
            Some(core::str::from_utf8(SERIAL.init(self.serial)).expect("hex digits"));
        // The board takes its power from the ST-Link's connector, as it is sold.
        config.self_powered = true;
        config.max_power = 100;
        let mut builder = Builder::new(
            driver,
            config,
            configuration,
            BOS.init([0; 64]),
            &mut [],
            CONTROL.init([0; 256]),
        );
        // MCTP first, then the log's serial port.
        let mut features = block.string("features").split(',');
        let mctp = link::interface(&mut builder, features.any(|name| name == "spanning"));
        let serial = cfg!(feature = "serial-log").then(|| {
            static SERIAL_CONTROL: StaticCell<serial::Control> = StaticCell::new();
            serial::interface(&mut builder, SERIAL_CONTROL.init(serial::Control::new()))
        });
        above.spawn(run_device(Moved(builder.build())).expect("spawned once"));
        Functions { mctp, serial }
    }
}

/// The functions of the USB device, attached.
struct Functions {
    mctp: link::Endpoints,
    serial: Option<serial::Endpoints>,
}

impl Functions {
    /// Serves the host.
    fn serve(self, spawner: Spawner) {
        spawner.spawn(link::run(self.mctp).expect("spawned once"));
        spawner.spawn(link::sweep().expect("spawned once"));
        if let Some(serial) = self.serial {
            spawner.spawn(serial::run(serial).expect("spawned once"));
        }
    }
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
        hang::beat();
        Timer::after_millis(hang::BEAT_MS).await;
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
