//! Leaves the flash in an octal mode and resets the chip; comes back only if the loader copes.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use embassy_stm32::pac::RCC;
use embassy_stm32::xspi::{
    AddressSize, ChipSelectHighTime, Config, FIFOThresholdLevel, MemorySize, MemoryType,
    TransferConfig, Xspi, XspiWidth,
};
use twin_test_firmware::{done, line, start};

/// AHB SRAM: in no segment, and kept over a reset of the chip.
const NOTE: *mut [u32; 2] = 0x3000_0000 as *mut [u32; 2];
const MARK: u32 = 0x6c65_6674;

#[entry]
fn main() -> ! {
    start();
    let p = embassy_stm32::init(embassy_stm32::Config::default());
    RCC.ahb2enr().modify(|w| w.set_sram1en(true));
    // SAFETY: RAM that nothing else uses, any value is valid.
    let [mark, turn] = unsafe { NOTE.read_volatile() };
    let turn = if mark == MARK { turn } else { 0 };
    // SAFETY: as above.
    unsafe { NOTE.write_volatile([MARK, turn + 1]) };
    match turn {
        0 => line(format_args!("ok power-on")),
        1 => line(format_args!("ok back from octal mode")),
        _ => {
            line(format_args!("ok back from octal mode with both edges"));
            done()
        }
    }
    let config = Config {
        fifo_threshold: FIFOThresholdLevel::_4Bytes,
        memory_type: MemoryType::Macronix,
        device_size: MemorySize::_32MiB,
        chip_select_high_time: ChipSelectHighTime::_2Cycle,
        clock_prescaler: 1,
        ..Default::default()
    };
    let mut flash = Xspi::new_blocking_xspi_dqs(
        p.XSPI2, p.PN6, p.PN2, p.PN3, p.PN4, p.PN5, p.PN8, p.PN9, p.PN10, p.PN11, p.PN1, p.PN0,
        config,
    );
    let single = TransferConfig {
        iwidth: XspiWidth::SING,
        instruction: Some(0x06),
        ..Default::default()
    };
    flash.blocking_command(&single).unwrap();
    let mode = TransferConfig {
        instruction: Some(0x72),
        adwidth: XspiWidth::SING,
        adsize: AddressSize::_32bit,
        address: Some(0),
        dwidth: XspiWidth::SING,
        ..single
    };
    flash.blocking_write(&[1u8 << turn], mode).unwrap();
    cortex_m::peripheral::SCB::sys_reset()
}
