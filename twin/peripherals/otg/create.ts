import { PERIPHERALS } from "../../../chip/peripherals.ts";
import { USB_REFERENCE_MHZ } from "../../clocks/muxes.ts";
import { Peripheral, type PeripheralHost } from "../../peripheral.ts";
import type { SystemWiring } from "../../wiring.ts";
import { OtgHs } from "./otg_hs.ts";

/**
 * Makes the board's USB controller; what it needs of RCC and PWR it reads from the system's blocks.
 *
 * The board puts it on the bus beside `system.blocks`, and hands `otg.port` to hosts.
 *
 * @throws {RangeError} If the system has no RCC or PWR.
 */
export function createOtgHs(host: PeripheralHost, system: SystemWiring): OtgHs {
  const block = (name: string): Peripheral => {
    const found = system.blocks.find((candidate) => candidate.name === name);
    if (!(found instanceof Peripheral)) throw new RangeError(`Cannot find the block ${name}`);
    return found;
  };
  const rcc = block("RCC");
  const pwr = block("PWR");
  return new OtgHs(PERIPHERALS.USB_OTG_HS.address, host, {
    phyReferenceHz: () => {
      const clocked = system.enabled("AHB1ENR.USBPHYCEN") &&
        system.enabled("AHB1ENR.USB_OTG_HSEN");
      return clocked ? system.hz("USB_OTG_HS") : 0;
    },
    phyExpectedHz: () =>
      (USB_REFERENCE_MHZ[rcc.field("AHBPERCKSELR", "USBREFCKSEL")] ?? 0) * 1_000_000,
    usbPowered: () =>
      pwr.field("CSR2", "USB33DEN") === 1 && pwr.field("CSR2", "USB33RDY") === 1 &&
      pwr.field("CSR2", "USBHSREGEN") === 1,
  });
}
