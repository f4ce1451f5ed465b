import type { Mx25uw25645g } from "../flash/mx25uw25645g.ts";
import type { Peripheral } from "../peripheral.ts";
import type { Gpio } from "./gpio.ts";
import type { Pwr } from "./pwr.ts";
import type { XspiPins } from "./xspi.ts";

const XSPIM_P2 = 9;
const [CLK, NCS1, DQS] = [6, 1, 0];
/** Pins of port N that carry IO0..IO7. @see UM3276, octal flash; AF9 as in the crate stm32-metapac 21 */
const DATA = [2, 3, 4, 5, 8, 9, 10, 11];

/** What stands between XSPI2 and the flash part. */
export interface Xspi2Wiring {
  /** The part at port 2 of the I/O manager. */
  readonly part: Mx25uw25645g;
  /** Enables the pads' supply. */
  readonly pwr: Pwr;
  /** The I/O manager. */
  readonly xspim: Peripheral;
  /** Port N. */
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
    lines: () => DATA.reduce((mask, pin, line) => mask | (connected(pin) ? 1 << line : 0), 0),
    strobe: () => connected(DQS),
  };
}
