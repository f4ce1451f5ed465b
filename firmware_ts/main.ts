/**
 * The firmware's composition root and the entry point of the bundle.
 *
 * @module
 */
import createBench from "usbnvme/selected-bench";
import device from "usbnvme/selected-device";
import { startFirmware } from "./firmware.ts";

startFirmware(port, device, createBench);
