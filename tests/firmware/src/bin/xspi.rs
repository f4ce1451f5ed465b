//! The board's flash through embassy's XSPI driver: 1-bit, octal, both edges, memory-mapped.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use embassy_stm32::mode::Blocking;
use embassy_stm32::peripherals::XSPI2;
use embassy_stm32::xspi::{
    AddressSize, ChipSelectHighTime, Config, DummyCycles, FIFOThresholdLevel, MemorySize,
    MemoryType, TransferConfig, Xspi, XspiWidth,
};
use twin_test_firmware::{check, done, same, start};

type Flash = Xspi<'static, XSPI2, Blocking>;

/// Behind 16 MB: 24-bit addresses do not reach it.
const SECTOR: u32 = 0x0123_4000;
const MAPPED: u32 = 0x7000_0000;
const PATIENCE: u32 = 10_000_000;

fn command(instruction: u32) -> TransferConfig {
    TransferConfig {
        iwidth: XspiWidth::SING,
        instruction: Some(instruction),
        ..Default::default()
    }
}

fn addressed(instruction: u32, address: u32) -> TransferConfig {
    TransferConfig {
        adwidth: XspiWidth::SING,
        adsize: AddressSize::_32bit,
        address: Some(address),
        ..command(instruction)
    }
}

fn with_data(config: TransferConfig) -> TransferConfig {
    TransferConfig {
        dwidth: XspiWidth::SING,
        ..config
    }
}

/// An octal command with an address; `both` edges count with the data strobe.
fn octal(instruction: u32, address: u32, dummy: DummyCycles, both: bool) -> TransferConfig {
    TransferConfig {
        iwidth: XspiWidth::OCTO,
        isize: AddressSize::_16bit,
        instruction: Some(instruction),
        idtr: both,
        adwidth: XspiWidth::OCTO,
        adsize: AddressSize::_32bit,
        address: Some(address),
        addtr: both,
        dwidth: XspiWidth::OCTO,
        ddtr: both,
        dqse: both,
        dummy,
        ..Default::default()
    }
}

fn status(flash: &mut Flash) -> u8 {
    let mut octets = [0];
    flash
        .blocking_read(&mut octets, with_data(command(0x05)))
        .unwrap();
    octets[0]
}

/// Waits for the end of a write or an erase; whether it had begun.
fn finish(flash: &mut Flash, name: &str) {
    let began = status(flash) & 1 == 1;
    let ended = (0..PATIENCE).any(|_| status(flash) & 1 == 0);
    check(
        name,
        began && ended,
        format_args!("began {began}, ended {ended}"),
    );
}

fn read(flash: &mut Flash, address: u32, octets: &mut [u8]) {
    let config = TransferConfig {
        dummy: DummyCycles::_8,
        ..with_data(addressed(0x0c, address))
    };
    flash.blocking_read(octets, config).unwrap();
}

fn program(flash: &mut Flash, address: u32, octets: &[u8]) {
    flash.blocking_command(&command(0x06)).unwrap();
    flash
        .blocking_write(octets, with_data(addressed(0x12, address)))
        .unwrap();
}

fn enter(flash: &mut Flash, mode: u8) {
    flash.blocking_command(&command(0x06)).unwrap();
    flash
        .blocking_write(&[mode], with_data(addressed(0x72, 0)))
        .unwrap();
}

/// RSTEN and RST over eight lines.
fn reset(flash: &mut Flash, both: bool) {
    for instruction in [0x6699, 0x9966] {
        let config = TransferConfig {
            iwidth: XspiWidth::OCTO,
            isize: AddressSize::_16bit,
            instruction: Some(instruction),
            idtr: both,
            ..Default::default()
        };
        flash.blocking_command(&config).unwrap();
    }
    cortex_m::asm::delay(64 * 200);
}

#[entry]
fn main() -> ! {
    start();
    let p = embassy_stm32::init(embassy_stm32::Config::default());
    let config = Config {
        fifo_threshold: FIFOThresholdLevel::_4Bytes,
        memory_type: MemoryType::Macronix,
        delay_hold_quarter_cycle: true,
        device_size: MemorySize::_32MiB,
        chip_select_high_time: ChipSelectHighTime::_2Cycle,
        clock_prescaler: 1,
        ..Default::default()
    };
    let mut flash: Flash = Xspi::new_blocking_xspi_dqs(
        p.XSPI2, p.PN6, p.PN2, p.PN3, p.PN4, p.PN5, p.PN8, p.PN9, p.PN10, p.PN11, p.PN1, p.PN0,
        config,
    );
    for instruction in [0x66, 0x99] {
        flash.blocking_command(&command(instruction)).unwrap();
    }
    cortex_m::asm::delay(64 * 200);

    let mut id = [0u8; 3];
    flash
        .blocking_read(&mut id, with_data(command(0x9f)))
        .unwrap();
    same!("identifier", id, [0xc2, 0x81, 0x39]);
    write(&mut flash);
    mapped(&mut flash);
    eight_lines(&mut flash);
    done()
}

fn write(flash: &mut Flash) {
    flash.blocking_command(&addressed(0x21, SECTOR)).unwrap();
    same!(
        "erase without write enable does nothing",
        status(flash) & 1,
        0
    );
    flash.blocking_command(&command(0x06)).unwrap();
    same!("write enable latch", status(flash) & 2, 2);
    flash.blocking_command(&addressed(0x21, SECTOR)).unwrap();
    finish(flash, "sector erase");
    same!("write enable latch falls", status(flash) & 2, 0);
    let mut page = [0; 256];
    read(flash, SECTOR, &mut page);
    same!(
        "erased octets",
        page.iter().all(|octet| *octet == 0xff),
        true
    );

    for (index, octet) in page.iter_mut().enumerate() {
        *octet = index as u8 ^ 0x5a;
    }
    program(flash, SECTOR, &page);
    finish(flash, "page program");
    let mut back = [0; 256];
    read(flash, SECTOR, &mut back);
    same!("programmed octets", back == page, true);
    program(flash, SECTOR + 0x10, &[0x0f; 4]);
    finish(flash, "second program");
    read(flash, SECTOR, &mut back);
    same!("program only clears bits", back[0x10], page[0x10] & 0x0f);
    program(flash, SECTOR + 0x1fe, &[1, 2, 3, 4]);
    finish(flash, "program at a page's end");
    let mut edge = [0; 4];
    read(flash, SECTOR + 0x1fe, &mut edge);
    same!("program wraps in its page", edge, [1, 2, 0xff, 0xff]);
    read(flash, SECTOR + 0x100, &mut edge);
    same!(
        "program goes on at the page's start",
        edge,
        [3, 4, 0xff, 0xff]
    );
}

fn mapped(flash: &mut Flash) {
    let read = TransferConfig {
        dummy: DummyCycles::_8,
        ..with_data(addressed(0x0c, 0))
    };
    let write = with_data(addressed(0x12, 0));
    flash.enable_memory_mapped_mode(read, write).unwrap();
    // SAFETY: the window is readable while memory-mapped mode is on.
    let word = unsafe { ((MAPPED + SECTOR) as *const u32).read_volatile() };
    same!("memory-mapped word", word, 0x5958_5b5a);
    // SAFETY: as above.
    let octet = unsafe { ((MAPPED + SECTOR + 5) as *const u8).read_volatile() };
    same!("memory-mapped octet", octet, 0x5f);
    flash.disable_memory_mapped_mode();
}

fn eight_lines(flash: &mut Flash) {
    let mut known = [0; 64];
    read(flash, SECTOR, &mut known);
    enter(flash, 1);
    let mut id = [0u8; 3];
    flash
        .blocking_read(&mut id, octal(0x9f60, 0, DummyCycles::_4, false))
        .unwrap();
    same!("octal identifier", id, [0xc2, 0x81, 0x39]);
    let mut octets = [0; 64];
    let config = octal(0xec13, SECTOR, DummyCycles::_20, false);
    flash.blocking_read(&mut octets, config).unwrap();
    same!("octal read", octets == known, true);
    flash
        .blocking_read(&mut id, with_data(command(0x9f)))
        .unwrap();
    same!(
        "octal flash does not hear single commands",
        id == [0xc2, 0x81, 0x39],
        false
    );
    reset(flash, false);
    flash
        .blocking_read(&mut id, with_data(command(0x9f)))
        .unwrap();
    same!("octal reset", id, [0xc2, 0x81, 0x39]);

    enter(flash, 2);
    let mut octets = [0; 64];
    let config = octal(0xee11, SECTOR, DummyCycles::_20, true);
    flash.blocking_read(&mut octets, config).unwrap();
    same!("octal read on both edges", octets == known, true);
    let write = octal(0x12ed, 0, DummyCycles::_0, true);
    flash.enable_memory_mapped_mode(config, write).unwrap();
    // SAFETY: the window is readable while memory-mapped mode is on.
    let word = unsafe { ((MAPPED + SECTOR) as *const u32).read_volatile() };
    same!("memory-mapped word on both edges", word, 0x5958_5b5a);
    flash.disable_memory_mapped_mode();
    reset(flash, true);
    flash
        .blocking_read(&mut id, with_data(command(0x9f)))
        .unwrap();
    same!("reset on both edges", id, [0xc2, 0x81, 0x39]);
}
