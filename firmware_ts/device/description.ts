/**
 * What a device is: the one object that a device file describes.
 *
 * A device file's default export is made by `defineDevice` (`device.ts`). All that it leaves out is that of
 * the healthy device. Numbers are plain; a value that moves is a function of the milliseconds since start.
 *
 * @module
 */

/** A value that stays, or moves with the milliseconds since start. */
export type Varying = number | ((nowMs: number) => number);

/** Who the device says it is, in PCI configuration space, VPD and Identify. */
export interface Identity {
  /** PCI vendor ID, u16. */
  readonly vendorId: number;
  /** PCI device ID, u16. */
  readonly deviceId: number;
  /** PCI subsystem vendor ID, u16. */
  readonly subsystemVendorId: number;
  /** PCI subsystem ID, u16. */
  readonly subsystemId: number;
  /** IEEE OUI, u24, as it is written: 0xacde48. */
  readonly ieeeOui: number;
  /** Model number, at most 40 ASCII characters. */
  readonly model: string;
  /** Firmware revision, at most 8 ASCII characters. */
  readonly firmware: string;
  /** Serial number, at most 20 ASCII characters; by default the chip's own, another on each board. */
  readonly serial?: string;
  /** NVM subsystem NQN, at most 223 characters; by default one of the device's UUID. */
  readonly nqn?: string;
}

/** A group of namespaces that are alike. */
export interface NamespaceGroup {
  /** How many; 1 by default. Their NSIDs follow those of the group before. */
  readonly count?: number;
  /** Size and capacity of each in logical blocks, up to 2^44, for 2^53 bytes are the most that there can be. */
  readonly blocks: number;
  /** Logical block size in bytes: 512 (by default) or 4096. */
  readonly blockBytes?: 512 | 4096;
  /** Blocks in use, by default 0. */
  readonly usedBlocks?: number;
  /** Controllers that it is attached to, by index from 0; `"all"`, or those of the first alone by default. */
  readonly attachedTo?: readonly number[] | "all";
}

/** What wears out, as the SMART log tells it. */
export interface Wear {
  /** Percentage used, 0..255. */
  readonly usedPercent: Varying;
  /** Available spare in percent, 0..100. */
  readonly sparePercent: Varying;
  /** Spare threshold in percent, 0..100. */
  readonly spareThresholdPercent: number;
  /** Critical warning bits besides those of temperature and spare, e.g. 0x08 for read-only. */
  readonly criticalWarning: Varying;
  /** Hours of operation before this start. */
  readonly powerOnHours: number;
  /** Power cycles before this start. */
  readonly powerCycles: number;
  /** Unsafe shutdowns. */
  readonly unsafeShutdowns: number;
  /** Media and data integrity errors. */
  readonly mediaErrors: Varying;
  /** Units of 1,000 × 512 bytes read. */
  readonly dataUnitsRead: Varying;
  /** Units of 1,000 × 512 bytes written. */
  readonly dataUnitsWritten: Varying;
}

/** Temperatures, all in degrees Celsius. */
export interface Temperatures {
  /** The composite temperature. */
  readonly composite: Varying;
  /** Sensors 1 to 8; by default one that follows the composite temperature. */
  readonly sensors: readonly Varying[];
  /** Warning composite temperature threshold (WCTEMP). */
  readonly warning: number;
  /** Critical composite temperature threshold (CCTEMP). */
  readonly critical: number;
}

/** Something that happens at a time of its own. */
export interface DeviceEvent {
  /** Milliseconds since start. */
  readonly atMs: number;
  /** A console line, done as if it had been typed: `set temperature 85`, `fault admin.identify drop`. */
  readonly line: string;
}

/** How a fault spoils an answer. */
export type FaultAction =
  /** The request is lost. */
  | { readonly kind: "drop" }
  /** The answer comes so much later. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The last octet of the message integrity check, or of the message, is inverted. */
  | { readonly kind: "corrupt" }
  /** The answer has another message tag. */
  | { readonly kind: "tag" }
  /** More Processing Required is answered, and the answer itself comes after so many times 100 ms. */
  | { readonly kind: "mpr"; readonly times100Ms: number }
  /** The request is not carried out, and answered with this status or completion code, u8. */
  | { readonly kind: "status"; readonly code: number }
  /** The device resets in the middle of the command. */
  | { readonly kind: "reset" };

/** A fault: where, when, what. */
export interface FaultRule {
  /** The command, as `admin.identify`, `mi.subsystem-health`, `control.get-endpoint-id`, `pldm.get-tid`, `echo`, or `admin.*`, `*`. */
  readonly on: string;
  /** What is done. */
  readonly action: FaultAction;
  /** How many matching commands pass before the first fault; 0 by default. */
  readonly after?: number;
  /** How many faults there are before the rule is spent; for ever by default. */
  readonly times?: number;
  /** With what probability a matching command is spoilt, 0..1; 1 by default. The sequence follows the seed. */
  readonly probability?: number;
}

/** A device. */
export interface DeviceDescription {
  /** Short name for logs and reports. */
  readonly name: string;
  /** Who it is. */
  readonly identity: Identity;
  /** EID that it starts with and that Set Endpoint ID can reset it to, 8..254; none by default. */
  readonly staticEid?: number;
  /** Whether it keeps a Discovered flag and answers discovery (DSP0236), which MCTP over USB does not need; not by default. */
  readonly discovery?: boolean;
  /** How many controllers, 1..64. */
  readonly controllers: number;
  /** How many namespaces there may be at most (NN and MNAN), at least those described, at most 1,024. */
  readonly maxNamespaces: number;
  /** Total NVM capacity in bytes, up to 2^53; what the namespaces leave is unallocated. */
  readonly capacityBytes: number;
  /** The namespaces at the start, NSIDs from 1 on; at most 1,024. */
  readonly namespaces: readonly NamespaceGroup[];
  /** Temperatures. */
  readonly temperatures: Temperatures;
  /** Wear. */
  readonly wear: Wear;
  /** What happens, in the order of time. */
  readonly events: readonly DeviceEvent[];
  /** Faults from the start on; the first rule that matches counts. */
  readonly faults: readonly FaultRule[];
  /** Start of the pseudo-random sequence for probabilities, u32; the same seed gives the same faults. */
  readonly seed: number;
  /** Milliseconds that long commands take: sanitize, format, self-tests (short, extended). */
  readonly durationsMs: {
    readonly sanitize: number;
    readonly format: number;
    readonly shortSelfTest: number;
    readonly extendedSelfTest: number;
  };
}
