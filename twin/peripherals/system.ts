import { MEMORIES } from "../../chip/memory.ts";
import { OSCILLATORS_HZ } from "../../chip/clocks.ts";
import { BUTTON, LEDS, XSPI2_PINS } from "../../chip/pins.ts";
import { PERIPHERALS } from "../../chip/peripherals.ts";
import { XSPIM_V1_XSPIM } from "../registers/xspim_v1_xspim.ts";
import { Mx25uw25645g } from "../flash/mx25uw25645g.ts";
import { Peripheral } from "../peripheral.ts";
import { checkClocks } from "../clocks/limits.ts";
import type { BoardHost, BusBlock, MemoryDevice, SystemWiring } from "../wiring.ts";
import type { SystemContext } from "./context.ts";
import { Crc } from "./crc.ts";
import { Crs } from "./crs.ts";
import { Dbgmcu } from "./dbgmcu.ts";
import { Exti } from "./exti.ts";
import { FlashInterface, type OptionBytesLoad } from "./flash_interface.ts";
import { Gpio } from "./gpio.ts";
import { Hash } from "./hash.ts";
import { Iwdg } from "./iwdg.ts";
import { Pwr } from "./pwr.ts";
import { Rcc, type ResetCause } from "./rcc.ts";
import { Rng } from "./rng.ts";
import { Sbs } from "./sbs.ts";
import { Tim } from "./tim.ts";
import { TIMERS } from "./tim_kinds.ts";
import { Wwdg } from "./wwdg.ts";
import { Xspi } from "./xspi.ts";
import { xspi2Pins } from "./xspi_pins.ts";
import { UniqueId } from "./unique_id.ts";

/** What of the board can differ. */
export interface SystemOptions {
  /** False: the 24 MHz crystal is missing, HSERDY never comes. Default true. */
  readonly hsePresent?: boolean;
  /** False: the 32,768 Hz crystal is missing. Default true. */
  readonly lsePresent?: boolean;
  /** When changed option bytes take effect. Default at once. */
  readonly optionBytesLoad?: OptionBytesLoad;
  /** What the random number generator's sequence follows from. Default a constant: runs repeat. */
  readonly randomSeed?: number;
  /** Factor on the external flash's times of programming and erasing. Default 1: typical times. */
  readonly flashTimeScale?: number;
}

/** The system's blocks, and what the USB controller and the debug port need of them. */
export interface System extends SystemWiring {
  /** Tells that a debugger holds the core (true) or lets it run. */
  halted(on: boolean): void;
  /** What the USB controller and its PHY depend on. */
  readonly usb: {
    /** True when USB33DEN is set and the supply was found good. */
    readonly supplied: boolean;
    /** True while the high-speed PHY's regulator is on. */
    readonly phyRegulator: boolean;
    /** The PHY's reference in Hz; 0 without one, or when USBREFCKSEL tells another frequency. */
    readonly referenceHz: number;
  };
  /** Calls `listener` when the RCC resets the USB controller or its PHY. */
  onPeripheralReset(listener: (name: string) => void): void;
  /** Leaves half-done flash operations as a loss of power leaves them. */
  powerCut(): void;
  /** The external flash at its pins, for tests and for its counters. */
  readonly externalFlash: Mx25uw25645g;
  /** Gives a pin's level, as in `PD13`. */
  level(pin: string): boolean;
}

/** Port codes of SBS_EXTICR. */
const EXTI_PORTS = ["A", "B", "C", "D", "E", "F", "G", "H", "", "", "", "", "M", "N", "O", "P"];

/** Makes the system's blocks for one board. */
export function createSystem(host: BoardHost, options: SystemOptions = {}): System {
  const at = (name: string) => PERIPHERALS[name].address;
  const resetListeners: ((name: string) => void)[] = [];
  const check = () => {
    for (
      const fault of checkClocks({
        hz: (node) => rcc.clocks.hz(node),
        high: pwr.high,
        latency: flash.latency,
      })
    ) {
      host.unmodelled({ what: `clock limits: ${fault}`, kind: "behaviour" });
    }
  };
  const rcc: Rcc = new Rcc(at("RCC"), host, {
    hseHz: options.hsePresent === false ? 0 : OSCILLATORS_HZ.HSE,
    lseHz: options.lsePresent === false ? 0 : OSCILLATORS_HZ.LSE,
    backupWritable: () => pwr.backupWritable,
    resetPeripheral: (name) => {
      for (const block of resettable.get(name) ?? []) block.reset();
      for (const listener of resetListeners) listener(name);
    },
    check: () => check(),
  });
  const pwr: Pwr = new Pwr(at("PWR"), host, check);
  const flash: FlashInterface = new FlashInterface(
    at("FLASH"),
    host,
    options.optionBytesLoad ?? "at-once",
    check,
  );
  const dbgmcu: Dbgmcu = new Dbgmcu(at("DBGMCU"), host, (change) => {
    const clocked = [...timers, iwdg, wwdg];
    for (const block of clocked) block.hold();
    change();
    for (const block of clocked) block.resume();
  });
  const context: SystemContext = {
    host,
    clocks: rcc.clocks,
    frozen: (name) => dbgmcu.frozen(name),
  };
  const sbs = new Sbs(at("SYSCFG"), host);
  const exti = new Exti(at("EXTI"), host);
  const iwdg: Iwdg = new Iwdg(at("IWDG"), context, () => rcc.requestLsi());
  const wwdg: Wwdg = new Wwdg(at("WWDG"), context);
  const rng = new Rng(at("RNG"), host, options.randomSeed ?? 0x6d2b_79f5);
  const timers: Tim[] = Object.entries(TIMERS).map(([name, kind]) =>
    new Tim(name, at(name), kind, context)
  );
  const ports = new Map(
    Object.keys(PERIPHERALS).filter((name) => /^GPIO[A-P]$/.test(name)).map((name) => {
      const port = new Gpio(name, at(name), host);
      return [port.port, port];
    }),
  );
  for (const [letter, port] of ports) {
    port.onLevel((pin, level) => {
      const led = LEDS.find((led) => led.port === letter && led.pin === pin);
      if (led) host.led(led.name, level);
      if (EXTI_PORTS[sbs.extiPort(pin)] === letter) exti.edge(pin, level);
    });
  }
  const externalFlash = new Mx25uw25645g({
    clock: host.clock,
    bytes: host.state.externalFlash,
    timeScale: options.flashTimeScale ?? 1,
    changed: (offset, length) => {
      host.memoryChanged(MEMORIES.XSPI2.start + offset, length);
      xspi2.remap();
    },
    unmodelled: (what) => host.unmodelled({ what: `MX25UW25645G: ${what}`, kind: "behaviour" }),
  });
  const xspim = new Peripheral("XSPIM", at("XSPIM"), 0x400, XSPIM_V1_XSPIM, {}, host);
  const xspi2: Xspi = new Xspi(
    "XSPI2",
    at("XSPI2"),
    context,
    xspi2Pins({
      part: externalFlash,
      pwr,
      xspim,
      port: ports.get(XSPI2_PINS.port)!,
      control: () => xspi2.get("CR"),
    }),
    (on) => host.setXspiMapped(on),
  );
  // Nothing hangs on port 1 of the board, nor on its memory window.
  const nothing = { part: () => undefined, lines: () => 0, strobe: () => false };
  const xspi1 = new Xspi("XSPI1", at("XSPI1"), context, nothing, () => {});
  rcc.clocks.onChange(() => {}, () => xspi2.remap());
  ports.get(XSPI2_PINS.port)!.onConfiguration(() => xspi2.remap());
  // The user button pulls its pin up when pressed; a resistor holds it down. @see UM3276, user button
  ports.get(BUTTON.port)!.drive(BUTTON.pin, false);
  const blocks: BusBlock[] = [
    rcc,
    pwr,
    flash,
    dbgmcu,
    sbs,
    exti,
    iwdg,
    wwdg,
    rng,
    new Hash(at("HASH"), host),
    new Crc(at("CRC"), host),
    new Crs(at("CRS"), host),
    xspim,
    xspi1,
    xspi2,
    ...timers,
    ...ports.values(),
    new UniqueId(at("UID"), host.state.uniqueId, MEMORIES.FLASH.sizeBytes / 1024),
  ];
  const resettable = new Map<string, BusBlock[]>(
    blocks.filter(({ name }) => PERIPHERALS[name]?.enable).map((block) => [
      PERIPHERALS[block.name].enable!.split(".")[1].replace(/EN$/, ""),
      [block],
    ]),
  );
  resettable.set("IOMNGR", [xspim]);
  const window = MEMORIES.XSPI2.start;
  const xspiWindow: MemoryDevice = {
    read: (address, size) => xspi2.windowRead(address - window, size),
    write: (address, size, value) => xspi2.windowWrite(address - window, size, value),
  };
  const pin = (name: string): [Gpio, number] => {
    const [, letter, number] = /^P([A-P])(\d+)$/.exec(name) ?? [];
    const port = ports.get(letter);
    if (!port || Number(number) > 15) throw new RangeError(`Cannot find the pin "${name}"`);
    return [port, Number(number)];
  };
  return {
    blocks,
    hz(node) {
      if (node === "OTG_HS") return rcc.usbReferenceHz;
      return rcc.clocks.hz(node);
    },
    enabled: (bit) => rcc.enabled(bit),
    internalFlash: flash.memory,
    xspiWindow,
    externalFlash,
    resetCause(cause) {
      rcc.cause = resetCause(cause);
      if (rcc.cause !== "power") return;
      dbgmcu.powerOn();
      rng.powerOn();
      externalFlash.powerOn();
    },
    pin(name, level) {
      const [port, number] = pin(name);
      port.drive(number, level);
    },
    level(name) {
      const [port, number] = pin(name);
      return port.level(number);
    },
    halted(on) {
      dbgmcu.halted = on;
    },
    usb: {
      get supplied() {
        return pwr.usb33Ready;
      },
      get phyRegulator() {
        return pwr.usbHsRegulator;
      },
      get referenceHz() {
        return rcc.enabled("AHB1ENR.USBPHYCEN") ? rcc.usbReferenceHz : 0;
      },
    },
    onPeripheralReset(listener) {
      resetListeners.push(listener);
    },
    powerCut() {
      flash.powerCut();
      externalFlash.powerCut();
    },
  };
}

function resetCause(cause: string): ResetCause {
  if (/power/i.test(cause)) return "power";
  if (/iwdg/i.test(cause)) return "iwdg";
  if (/wwdg/i.test(cause)) return "wwdg";
  if (/option/i.test(cause)) return "option-bytes";
  return /pin|nrst/i.test(cause) ? "pin" : "software";
}
