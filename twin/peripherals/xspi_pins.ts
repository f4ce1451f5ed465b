import { XSPI2_PINS } from "../../chip/pins.ts";
import type { Mx25uw25645g } from "../flash/mx25uw25645g.ts";
import type { Peripheral } from "../peripheral.ts";
import type { Gpio } from "./gpio.ts";
import type { Pwr } from "./pwr.ts";
import type { XspiPins } from "./xspi.ts";

/** Alternate function of all signals of port 2. @see the crate stm32-metapac 21, XSPIM */
const XSPIM_P2 = 9;
const { clock: CLK, chipSelect: NCS1, dataStrobe: DQS, data: DATA } = XSPI2_PINS;

/** What stands between XSPI2 and the flash part. */
export interface Xspi2Wiring {
  /** The part at port 2 of the I/O manager. */
  readonly part: Mx25uw25645g;
  /** Enables the pads' supply. */
  readonly pwr: Pwr;
  /** The I/O manager. */
  readonly xspim: Peripheral;
  /** The port whose pins carry the signals. */
  readonly port: Gpio;
  /** XSPI2's CR, for the chip select it uses. */
  control(): number;
}

/** Tells which of XSPI2's signals reach the part: pads powered, pins in their alternate function, not swapped away. */
export function xspi2Pins({ part, pwr, xspim, port, control }: Xspi2Wiring): XspiPins {
  const connected = (pin: number) => port.alternate(pin) === XSPIM_P2;
  return {
    part() {
      const swapped = xspim.field("CR", "MODE") === 1;
      const overridden = xspim.field("CR", "CSSEL_OVR_EN") === 1;
      const second = overridden ? xspim.field("CR", "CSSEL_OVR_O2") : control() >>> 24 & 1;
      const reaches = pwr.xspiPort(2) && !swapped && second === 0 && connected(CLK) &&
        connected(NCS1) && connected(DATA[0]) && connected(DATA[1]);
      return reaches ? part : undefined;
    },
    lines: () =>
      DATA.reduce<number>((mask, pin, line) => mask | (connected(pin) ? 1 << line : 0), 0),
    strobe: () => connected(DQS),
  };
}
