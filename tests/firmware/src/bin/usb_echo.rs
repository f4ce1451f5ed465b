//! A CDC-ACM port on embassy that sends back what it gets.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_futures::join::join;
use embassy_stm32::rcc::*;
use embassy_stm32::time::Hertz;
use embassy_stm32::usb::{Driver, InterruptHandler};
use embassy_stm32::{Config, bind_interrupts, peripherals};
use embassy_usb::Builder;
use embassy_usb::class::cdc_acm::{CdcAcmClass, State};
use twin_test_firmware::{line, start};

bind_interrupts!(struct Irqs {
    OTG_HS => InterruptHandler<peripherals::USB_OTG_HS>;
});

const PACKET: u16 = 512;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    start();
    let mut config = Config::default();
    config.rcc.hse = Some(Hse {
        freq: Hertz(24_000_000),
        mode: HseMode::Oscillator,
    });
    config.rcc.pll1 = Some(Pll {
        source: PllSource::HSE,
        prediv: PllPreDiv::DIV12,
        mul: PllMul::MUL300,
        divp: Some(PllDiv::DIV1),
        divq: None,
        divr: None,
        divs: None,
        divt: None,
    });
    config.rcc.sys = Sysclk::PLL1_P;
    config.rcc.ahb_pre = AHBPrescaler::DIV2;
    config.rcc.apb1_pre = APBPrescaler::DIV2;
    config.rcc.apb2_pre = APBPrescaler::DIV2;
    config.rcc.apb4_pre = APBPrescaler::DIV2;
    config.rcc.apb5_pre = APBPrescaler::DIV2;
    config.rcc.voltage_scale = VoltageScale::HIGH;
    config.rcc.mux.usbphycsel = mux::Usbphycsel::HSE;
    let p = embassy_stm32::init(config);
    line(format_args!("ok clocks at 600 MHz"));

    let mut out_buffer = [0; 1024];
    let mut usb_config = embassy_stm32::usb::Config::default();
    usb_config.vbus_detection = false;
    let driver = Driver::new_hs(
        p.USB_OTG_HS,
        Irqs,
        p.PM6,
        p.PM5,
        &mut out_buffer,
        usb_config,
    );
    let mut device = embassy_usb::Config::new(0xcafe, 0x4001);
    device.manufacturer = Some("Test");
    device.product = Some("Echo");
    device.serial_number = Some("0001");
    let (mut descriptors, mut bos, mut control) = ([0; 256], [0; 64], [0; 64]);
    let mut state = State::new();
    let mut builder = Builder::new(
        driver,
        device,
        &mut descriptors,
        &mut bos,
        &mut [],
        &mut control,
    );
    let mut port = CdcAcmClass::new(&mut builder, &mut state, PACKET);
    let mut usb = builder.build();
    line(format_args!("done"));

    let echo = async {
        let mut packet = [0; PACKET as usize];
        loop {
            port.wait_connection().await;
            line(format_args!("connected"));
            while let Ok(length) = port.read_packet(&mut packet).await {
                if port.write_packet(&packet[..length]).await.is_err() {
                    break;
                }
            }
            line(format_args!("disconnected"));
        }
    };
    join(usb.run(), echo).await;
}
