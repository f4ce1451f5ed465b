import type { BuildReport } from "../../toolkit/build.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { DEVICE_OPTION } from "../image_options.ts";
import { formatTable } from "../table.ts";

export default defineCommand({
  name: "build",
  summary: "build an image: check and bundle the script, bake it into the native part",
  description:
    "Writes one stripped ELF and, beside it, a .json with all that --json prints. A change in TypeScript alone needs no cargo.",
  options: {
    debug: {
      type: "boolean",
      default: false,
      env: "USBNVME_DEBUG",
      help: "add assertions, overflow checks and debug lines",
    },
    feature: {
      type: "string",
      multiple: true,
      placeholder: "NAME",
      env: "USBNVME_FEATURE",
      help: "add a feature",
    },
    ...DEVICE_OPTION,
    locked: {
      type: "boolean",
      default: false,
      env: "USBNVME_LOCKED",
      help: "refuse console lines that change the device or add faults",
    },
    "serial-log": {
      type: "boolean",
      default: true,
      env: "USBNVME_SERIAL_LOG",
      help: "leave out the log on a serial port over USB",
    },
    "usb-id": {
      type: "string",
      placeholder: "VID:PID",
      env: "USBNVME_USB_ID",
      help: "set idVendor and idProduct, in hex",
    },
    manufacturer: {
      type: "string",
      placeholder: "TEXT",
      env: "USBNVME_MANUFACTURER",
      help: "set iManufacturer",
    },
    product: {
      type: "string",
      placeholder: "TEXT",
      env: "USBNVME_PRODUCT",
      help: "set iProduct",
    },
    out: {
      type: "path",
      placeholder: "FILE",
      env: "USBNVME_OUT",
      help: "write the image there; build/usbnvme.elf if left out",
    },
    jerryscript: {
      type: "path",
      placeholder: "DIR",
      env: "JERRYSCRIPT_SOURCE",
      help: "compile this checkout of JerryScript 3.0 in place of the crate's copy",
    },
  },
  async run(context, values) {
    const usbId = values["usb-id"] === undefined ? undefined : parseUsbId(values["usb-id"]);
    const manufacturer = checkText("manufacturer", values.manufacturer);
    const product = checkText("product", values.product);
    const { build } = await import("../../toolkit/build.ts");
    const { measureHeap } = await import("../measure_heap.ts");
    const { report } = await build({
      debug: values.debug,
      features: values.locked ? [...values.feature, "locked"] : values.feature,
      device: values.device,
      serialLog: values["serial-log"],
      usbId,
      manufacturer,
      product,
      out: values.out,
      jerryscript: values.jerryscript,
      measureHeap: (image) => measureHeap(image, context.progress),
    }, { root: context.root, onProgress: context.progress, signal: context.signal });
    if (context.json) context.printJson(report);
    else printReport(context, report);
  },
});

/** Reads `VID:PID` in hex. */
function parseUsbId(text: string): { vendorId: number; productId: number } {
  const match = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(text);
  if (!match) throw new UsageError(`Cannot use "${text}" for --usb-id: it is not VID:PID`, "build");
  return { vendorId: parseInt(match[1], 16), productId: parseInt(match[2], 16) };
}

/** Checks a text that becomes a USB string descriptor. */
function checkText(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // deno-lint-ignore no-control-regex
  if (text.length < 1 || text.length > 31 || /[\x00-\x1f\x7f]/.test(text)) {
    throw new UsageError(
      `Cannot use "${text}" for --${name}: it is not 1 to 31 characters`,
      "build",
    );
  }
  return text;
}

/** Prints what was built as a table. */
export function printReport(context: Context, report: BuildReport): void {
  const { bold, yellow } = context.palette;
  const kind = [report.debug ? "debug" : "release", ...report.features];
  if (report.device !== undefined) kind.push(report.device);
  if (!report.serialLog) kind.push("no serial log");
  const facts = [
    ["image", `${report.image}, ${report.imageBytes} bytes`],
    ["version", `${report.version} (${report.revision})`],
    ["kind", kind.join(", ")],
    ["engine", report.engine],
    ["usb", `${report.usb.id} ${report.usb.manufacturer} ${report.usb.product}`],
    ["script", `${report.script.bytes} bytes, SHA-256 ${report.script.sha256}`],
    ["script heap", heapText(report)],
  ];
  for (const line of formatTable(facts)) context.print(line);
  const rows = report.regions.map(({ region, usedBytes, budgetBytes, sizeBytes }) => [
    region,
    usedBytes,
    budgetBytes,
    sizeBytes,
  ]);
  rows.push(["script", report.script.bytes, report.script.budgetBytes, report.script.budgetBytes]);
  const { scriptHeap } = report;
  if (scriptHeap !== undefined) {
    const { peakBytes, budgetBytes, sizeBytes } = scriptHeap;
    rows.push(["heap peak", peakBytes, budgetBytes, sizeBytes]);
  }
  const [head, ...body] = formatTable([["region", "used", "budget", "size"], ...rows]);
  context.print(bold(head));
  body.forEach((line, index) => {
    const over = Number(rows[index][1]) > Number(rows[index][2]);
    context.print(over ? yellow(`${line}  over budget`) : line);
  });
  if (scriptHeap !== undefined && scriptHeap.peakBytes > scriptHeap.budgetBytes) {
    context.progress(
      "warning: the script heap may not last for messages: give the device fewer namespaces, events or faults, or leave a feature or --debug out",
    );
  }
}

const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;

function heapText({ scriptHeap, scriptHeapBytes }: BuildReport): string {
  if (scriptHeap === undefined) return `${kilobytes(scriptHeapBytes)} beside the script's text`;
  const { peakBytes, sizeBytes, budgetBytes, leastFreeBytes } = scriptHeap;
  return `${kilobytes(peakBytes)} at its peak of ${kilobytes(sizeBytes)}, ` +
    `budget ${kilobytes(budgetBytes)}; never less than ${kilobytes(leastFreeBytes)} free`;
}
