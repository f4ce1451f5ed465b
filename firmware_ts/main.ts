/**
 * The firmware's composition root and the entry point of the bundle.
 *
 * @module
 */
import { startFirmware } from "./firmware.ts";

startFirmware(port);
