/**
 * What Get Log Page returns. Names are the specification's abbreviations; all numbers are little-endian.
 *
 * @module
 */
import { bigLe, bytes, layout, rest, uintLe } from "./layout.ts";

/** SMART / Health Information. */
export const SMART_LOG = layout(
  "SMART / Health Information",
  "NVM Express Base Specification 2.0, SMART / Health Information (Log Page Identifier 02h)",
  [
    uintLe("cw", 0, 1, "Critical Warning"),
    uintLe("ctemp", 1, 2, "Composite Temperature, K"),
    uintLe("avsp", 3, 1, "Available Spare, percent"),
    uintLe("avspt", 4, 1, "Available Spare Threshold, percent"),
    uintLe("pused", 5, 1, "Percentage Used"),
    uintLe("egcws", 6, 1, "Endurance Group Critical Warning Summary"),
    bytes("reserved", 7, 25, "reserved"),
    bytes("dur", 32, 16, "Data Units Read"),
    bytes("duw", 48, 16, "Data Units Written"),
    bytes("hrc", 64, 16, "Host Read Commands"),
    bytes("hwc", 80, 16, "Host Write Commands"),
    bytes("cbt", 96, 16, "Controller Busy Time, minutes"),
    bytes("pwrc", 112, 16, "Power Cycles"),
    bytes("poh", 128, 16, "Power On Hours"),
    bytes("upl", 144, 16, "Unsafe Shutdowns"),
    bytes("mdie", 160, 16, "Media and Data Integrity Errors"),
    bytes("neile", 176, 16, "Number of Error Information Log Entries"),
    uintLe("wctt", 192, 4, "Warning Composite Temperature Time, minutes"),
    uintLe("cctt", 196, 4, "Critical Composite Temperature Time, minutes"),
    bytes("tempSensors", 200, 16, "Temperature Sensors 1 to 8, u16 K each"),
  ],
);

/** Error Information. */
export const ERROR_ENTRY = layout(
  "Error Information",
  "NVM Express Base Specification 2.0, Error Information Log Entry (Log Page Identifier 01h)",
  [
    bigLe("errorCount", 0, "Error Count"),
    uintLe("sqid", 8, 2, "Submission Queue ID"),
    uintLe("cid", 10, 2, "Command ID"),
    uintLe("status", 12, 2, "Status Field with the phase tag"),
    uintLe("location", 14, 2, "Parameter Error Location"),
    bigLe("lba", 16, "LBA"),
    uintLe("nsid", 24, 4, "Namespace"),
  ],
);

/** Firmware Slot Information. */
export const FIRMWARE_LOG = layout(
  "Firmware Slot Information",
  "NVM Express Base Specification 2.0, Firmware Slot Information (Log Page Identifier 03h)",
  [
    uintLe("afi", 0, 1, "Active Firmware Info: active slot, and the slot of the next reset"),
    bytes("reserved", 1, 7, "reserved"),
    bytes("frs", 8, 56, "Firmware Revision for Slots 1 to 7, ASCII, 8 octets each"),
  ],
);

/** Self-test Result. */
export const SELF_TEST_RESULT = layout(
  "Self-test Result",
  "NVM Express Base Specification 2.0, Self-test Result data structure",
  [
    uintLe("dsts", 0, 1, "Device Self-test Status: result, and the code of the test"),
    uintLe("seg", 1, 1, "Segment Number"),
    uintLe("vdi", 2, 1, "Valid Diagnostic Information"),
    bytes("reserved", 3, 1, "reserved"),
    bigLe("poh", 4, "Power On Hours"),
    uintLe("nsid", 12, 4, "Namespace Identifier"),
    bigLe("flba", 16, "Failing LBA"),
    uintLe("sct", 24, 1, "Status Code Type"),
    uintLe("sc", 25, 1, "Status Code"),
  ],
);

/** Device Self-test. */
export const SELF_TEST_LOG = layout(
  "Device Self-test",
  "NVM Express Base Specification 2.0, Device Self-test (Log Page Identifier 06h)",
  [
    uintLe("operation", 0, 1, "Current Device Self-Test Operation"),
    uintLe("completion", 1, 1, "Current Device Self-Test Completion, percent"),
    bytes("reserved", 2, 2, "reserved"),
    bytes("results", 4, 560, "Self-test Results, the newest first, 28 octets each"),
  ],
);

/** Telemetry. */
export const TELEMETRY_LOG = layout(
  "Telemetry",
  "NVM Express Base Specification 2.0, Telemetry Host-Initiated and Controller-Initiated (Log Page Identifiers 07h, 08h)",
  [
    uintLe("lid", 0, 1, "Log Page Identifier"),
    bytes("reserved", 1, 4, "reserved"),
    uintLe("ieee", 5, 3, "IEEE OUI Identifier"),
    uintLe("da1lb", 8, 2, "Telemetry Data Area 1 Last Block"),
    uintLe("da2lb", 10, 2, "Telemetry Data Area 2 Last Block"),
    uintLe("da3lb", 12, 2, "Telemetry Data Area 3 Last Block"),
    bytes("reserved", 14, 367, "reserved"),
    uintLe("hidgn", 381, 1, "Telemetry Host-Initiated Data Generation Number"),
    uintLe("cida", 382, 1, "Telemetry Controller-Initiated Data Available"),
    uintLe("cidgn", 383, 1, "Telemetry Controller-Initiated Data Generation Number"),
    bytes("ri", 384, 128, "Reason Identifier"),
  ],
);

/** Persistent Event Log Header. */
export const PERSISTENT_EVENT_LOG = layout(
  "Persistent Event Log Header",
  "NVM Express Base Specification 2.0, Persistent Event Log (Log Page Identifier 0Dh)",
  [
    uintLe("lid", 0, 1, "Log Page Identifier"),
    bytes("reserved", 1, 3, "reserved"),
    uintLe("tnev", 4, 4, "Total Number of Events"),
    bigLe("tll", 8, "Total Log Length"),
    uintLe("lrev", 16, 1, "Log Revision"),
    bytes("reserved", 17, 1, "reserved"),
    uintLe("lhl", 18, 2, "Log Header Length"),
    bigLe("tstmp", 20, "Timestamp"),
    bytes("poh", 28, 16, "Power on Hours"),
    bigLe("pcc", 44, "Power Cycle Count"),
    uintLe("vid", 52, 2, "PCI Vendor ID"),
    uintLe("ssvid", 54, 2, "PCI Subsystem Vendor ID"),
    bytes("sn", 56, 20, "Serial Number, ASCII"),
    bytes("mn", 76, 40, "Model Number, ASCII"),
    bytes("subnqn", 116, 256, "NVM Subsystem NVMe Qualified Name"),
    uintLe("gnum", 372, 2, "Generation Number"),
    uintLe("rci", 374, 4, "Reporting Context Information"),
    bytes("reserved", 378, 102, "reserved"),
    bytes("seb", 480, 32, "Supported Events Bitmap"),
  ],
);

/** Persistent Event. */
export const PERSISTENT_EVENT = layout(
  "Persistent Event",
  "NVM Express Base Specification 2.0, Persistent Event Format",
  [
    uintLe("etype", 0, 1, "Event Type"),
    uintLe("etyper", 1, 1, "Event Type Revision"),
    uintLe("ehl", 2, 1, "Event Header Length, octets behind this one"),
    uintLe("ehai", 3, 1, "Event Header Additional Info"),
    uintLe("cntlid", 4, 2, "Controller Identifier"),
    bigLe("etime", 6, "Event Timestamp"),
    uintLe("pelpid", 14, 2, "Port Identifier"),
    bytes("reserved", 16, 4, "reserved"),
    uintLe("vsil", 20, 2, "Vendor Specific Information Length"),
    uintLe("el", 22, 2, "Event Length"),
    rest("data", 24, "Event data"),
  ],
);

/** Sanitize Status. */
export const SANITIZE_LOG = layout(
  "Sanitize Status",
  "NVM Express Base Specification 2.0, Sanitize Status (Log Page Identifier 81h)",
  [
    uintLe("sprog", 0, 2, "Sanitize Progress, of 65,536"),
    uintLe("sstat", 2, 2, "Sanitize Status"),
    uintLe("scdw10", 4, 4, "Sanitize Command Dword 10 Information"),
    uintLe("eto", 8, 4, "Estimated Time For Overwrite, seconds"),
    uintLe("etbe", 12, 4, "Estimated Time For Block Erase"),
    uintLe("etce", 16, 4, "Estimated Time For Crypto Erase"),
    uintLe("etond", 20, 4, "Estimated Time For Overwrite With No-Deallocate"),
    uintLe("etbend", 24, 4, "Estimated Time For Block Erase With No-Deallocate"),
    uintLe("etcend", 28, 4, "Estimated Time For Crypto Erase With No-Deallocate"),
  ],
);
