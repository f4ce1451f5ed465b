/**
 * The device of every build that names no other: two controllers, one namespace of 10 TB, all well.
 *
 * @module
 */
import { defineDevice } from "../device.ts";

export default defineDevice();
