import assert from "node:assert/strict";
import { CTL, DCTL, GINT, IN_INT, OUT_INT, PKTSTS } from "../../../twin/peripherals/otg/bits.ts";
import type { Transaction } from "../../../twin/usb/port.ts";
import { Rig } from "./rig.ts";

const SETUP = Uint8Array.of(0x80, 6, 0, 1, 0, 0, 18, 0);

/** A controller that is connected and reset, with bulk endpoints 1 and FIFOs, nothing armed. */
function ready(): Rig {
  const rig = new Rig();
  rig.write("GCCFG_V3", (1 << 24) | (1 << 23));
  rig.write("DCTL", 0);
  assert.equal(rig.otg.port.detachReason, "");
  rig.otg.port.beginReset();
  rig.otg.port.endReset();
  rig.write("GRXFSIZ", 200);
  rig.write("DIEPTXF0", (16 << 16) | 200);
  rig.write("DIEPTXF", (256 << 16) | 216, 0);
  rig.write("GINTSTS", 0xffff_ffff);
  const bulk = 512 | CTL.USBAEP | (2 << CTL.EPTYP_BIT) | CTL.SD0PID;
  rig.write("DIEPCTL", bulk | (1 << CTL.TXFNUM_BIT) | CTL.SNAK, 1);
  rig.write("DOEPCTL", bulk, 1);
  return rig;
}

function send(rig: Rig, transaction: Partial<Transaction> & Pick<Transaction, "token">) {
  return rig.otg.port.transaction({ address: 0, endpoint: 0, ...transaction });
}

/** Arms OUT 1 with EPENA for `packets` packets. */
function arm(rig: Rig, packets: number): void {
  rig.write("DOEPTSIZ", (packets << 19) | (packets * 512), 1);
  rig.modify("DOEPCTL", 0, CTL.EPENA | CTL.CNAK, 1);
}

/** Enables IN 1 for `bytes` in `packets` packets. */
function enable(rig: Rig, bytes: number, packets: number): void {
  rig.write("DIEPTSIZ", (packets << 19) | bytes, 1);
  rig.modify("DIEPCTL", 0, CTL.EPENA | CTL.CNAK, 1);
}

Deno.test("OtgHs holds the core's identity and reset values", () => {
  const rig = new Rig();
  const values: [string, number][] = [
    ["CID", 0x0000_5000],
    ["SNPSID", 0x4f54_411a],
    ["HWCFG2", 0x228f_e052],
    ["HWCFG3", 0x03b8_82e8],
    ["HWCFG4", 0xe210_3e30],
    ["GRSTCTL", 0x8000_0000],
    ["GUSBCFG", 0x0000_1400],
    ["GINTSTS", 0x0400_0020],
    ["DCTL", 0x0000_0002],
    ["DIEPCTL", 0x0000_8000],
    ["DOEPCTL", 0x0000_8000],
    ["GAHBCFG", 0],
    ["GINTMSK", 0],
  ];
  for (const [name, value] of values) assert.equal(rig.read(name), value, name);
});

Deno.test("OtgHs soft reset ends at once and spares speed, soft disconnect and GCCFG", () => {
  const rig = ready();
  rig.write("GINTMSK", 0xff);
  rig.modify("DCFG", 0, 1);
  rig.write("GRSTCTL", 1);
  assert.equal(rig.read("GRSTCTL"), 0x8000_0000);
  assert.equal(rig.read("GINTMSK"), 0);
  assert.equal(rig.read("DCFG") & 3, 1);
  assert.equal(rig.read("DCTL") & DCTL.SDIS, 0);
  assert.equal(rig.read("GCCFG_V3") >>> 23 & 3, 3);
  assert.equal(rig.read("DIEPCTL", 1), 0);
});

Deno.test("OtgHs leaves a SETUP entry, and its done entry at the next token", () => {
  const rig = ready();
  rig.write("DOEPTSIZ", 3 << 29, 0);
  assert.equal(send(rig, { token: "setup", data: SETUP }).handshake, "ack");
  assert.deepEqual(rig.popRx(), { kind: PKTSTS.SETUP_DATA, endpoint: 0, size: 8 });
  assert.deepEqual(rig.readFifo(8), SETUP);
  assert.equal(rig.read("GINTSTS") & GINT.RXFLVL, 0);
  assert.equal(rig.read("DOEPTSIZ", 0) >>> 29, 2);
  assert.ok(rig.read("DIEPCTL", 0) & CTL.NAKSTS && rig.read("DOEPCTL", 0) & CTL.NAKSTS);
  assert.equal(send(rig, { token: "in" }).handshake, "nak");
  assert.equal(rig.read("DOEPINT", 0) & OUT_INT.STUP, 0, "not before it is popped");
  assert.equal(rig.popRx().kind, PKTSTS.SETUP_DONE);
  assert.ok(rig.read("DOEPINT", 0) & OUT_INT.STUP);
  assert.deepEqual(rig.unmodelled, []);
});

Deno.test("OtgHs takes back-to-back SETUPs, with one done entry for the last", () => {
  const rig = ready();
  rig.write("DOEPTSIZ", 3 << 29, 0);
  rig.write("DOEPCTL", CTL.STALL, 0);
  for (let n = 0; n < 3; n++) send(rig, { token: "setup", data: SETUP });
  assert.equal(rig.read("DOEPCTL", 0) & CTL.STALL, 0, "SETUP clears STALL");
  send(rig, { token: "in" });
  const kinds = [];
  while (rig.read("GINTSTS") & GINT.RXFLVL) {
    const { kind, size } = rig.popRx();
    kinds.push(kind);
    rig.readFifo(size);
  }
  assert.deepEqual(kinds, [6, 6, 6, 4]);
  assert.equal(rig.read("DOEPTSIZ", 0) >>> 29, 0);
  assert.equal(rig.read("DOEPINT", 0) & OUT_INT.B2BSTUP, 0);
  send(rig, { token: "setup", data: SETUP });
  assert.ok(rig.read("DOEPINT", 0) & OUT_INT.B2BSTUP, "a fourth is told");
});

Deno.test("OtgHs keeps its old address until the status stage ends", () => {
  const rig = ready();
  send(rig, { token: "setup", data: Uint8Array.of(0, 5, 9, 0, 0, 0, 0, 0) });
  rig.modify("DCFG", 0x7f << 4, 9 << 4);
  rig.write("DIEPTSIZ", 1 << 19, 0);
  rig.modify("DIEPCTL", 0, CTL.EPENA | CTL.CNAK, 0);
  assert.equal(send(rig, { token: "in", address: 9 }).handshake, "timeout");
  const status = send(rig, { token: "in" });
  assert.deepEqual([status.handshake, status.data?.length, status.toggle], ["ack", 0, 1]);
  assert.equal(send(rig, { token: "in" }).handshake, "timeout");
  assert.equal(send(rig, { token: "in", address: 9 }).handshake, "nak");
});

Deno.test("OtgHs answers OUT with NAK until it is armed, then after the transfer", () => {
  const rig = ready();
  const data = new Uint8Array(512).fill(3);
  assert.equal(send(rig, { token: "out", endpoint: 1, data }).handshake, "nak");
  arm(rig, 2);
  rig.write("GRXFSIZ", 400);
  assert.equal(send(rig, { token: "out", endpoint: 1, toggle: 0, data }).handshake, "ack");
  assert.equal(rig.read("DOEPTSIZ", 1), (1 << 19) | 512);
  assert.equal(send(rig, { token: "out", endpoint: 1, toggle: 1, data }).handshake, "ack");
  assert.equal(rig.read("DOEPCTL", 1) & CTL.EPENA, 0);
  assert.equal(send(rig, { token: "out", endpoint: 1, toggle: 0, data }).handshake, "nak");
  const kinds = [];
  while (rig.read("GINTSTS") & GINT.RXFLVL) {
    const { kind, size } = rig.popRx();
    kinds.push(kind);
    rig.readFifo(size);
  }
  assert.deepEqual(kinds, [PKTSTS.OUT_DATA, PKTSTS.OUT_DATA, PKTSTS.OUT_DONE]);
  assert.ok(rig.read("DOEPINT", 1) & OUT_INT.XFRC);
});

Deno.test("OtgHs accepts OUT by packet count alone, and ends on a short packet", () => {
  const rig = ready();
  rig.write("DOEPTSIZ", (1 << 19) | 512, 1);
  assert.equal(rig.read("DOEPCTL", 1) & CTL.EPENA, 0);
  const data = Uint8Array.of(1, 2, 3, 4, 5);
  assert.equal(send(rig, { token: "out", endpoint: 1, data }).handshake, "ack");
  assert.deepEqual(rig.popRx(), { kind: PKTSTS.OUT_DATA, endpoint: 1, size: 5 });
  assert.deepEqual(rig.readFifo(5), data);
  assert.equal(rig.popRx().kind, PKTSTS.OUT_DONE);
  assert.ok(rig.read("DOEPCTL", 1) & CTL.NAKSTS);
});

Deno.test("OtgHs answers NAK when the receive FIFO is full, but takes SETUP", () => {
  const rig = ready();
  arm(rig, 8);
  const data = new Uint8Array(512);
  assert.equal(send(rig, { token: "out", endpoint: 1, toggle: 0, data }).handshake, "ack");
  assert.equal(send(rig, { token: "out", endpoint: 1, toggle: 1, data }).handshake, "nak");
  assert.equal(send(rig, { token: "setup", data: SETUP }).handshake, "ack");
  rig.readFifo(rig.popRx().size);
  assert.equal(send(rig, { token: "out", endpoint: 1, toggle: 1, data }).handshake, "ack");
  assert.deepEqual(rig.unmodelled, []);
});

Deno.test("OtgHs acknowledges and drops an OUT packet with the wrong toggle", () => {
  const rig = ready();
  arm(rig, 4);
  rig.write("GRXFSIZ", 400);
  send(rig, { token: "out", endpoint: 1, toggle: 0, data: Uint8Array.of(1) });
  arm(rig, 4);
  const again = send(rig, { token: "out", endpoint: 1, toggle: 0, data: Uint8Array.of(1) });
  assert.equal(again.handshake, "ack");
  rig.readFifo(rig.popRx().size);
  assert.equal(rig.popRx().kind, PKTSTS.OUT_DONE);
  assert.equal(rig.read("GINTSTS") & GINT.RXFLVL, 0, "nothing of the second");
});

Deno.test("OtgHs does not acknowledge an OUT packet over MPSIZ", () => {
  const rig = ready();
  arm(rig, 1);
  rig.write("GRXFSIZ", 600);
  const data = new Uint8Array(513);
  assert.equal(send(rig, { token: "out", endpoint: 1, data }).handshake, "timeout");
  assert.ok(rig.read("DOEPINT", 1) & OUT_INT.BERR);
  assert.equal(rig.read("GINTSTS") & GINT.RXFLVL, 0);
});

Deno.test("OtgHs sends IN packets once they lie whole in the FIFO", () => {
  const rig = ready();
  const data = Uint8Array.from({ length: 600 }, (_, i) => i);
  enable(rig, 600, 2);
  assert.equal(send(rig, { token: "in", endpoint: 1 }).handshake, "nak");
  assert.ok(rig.read("DIEPINT", 1) & IN_INT.ITTXFE);
  rig.writeFifo(1, data.subarray(0, 508));
  assert.equal(send(rig, { token: "in", endpoint: 1 }).handshake, "nak", "four bytes are missing");
  rig.writeFifo(1, data.subarray(508));
  assert.equal(rig.read("DIEPTSIZ", 1), 2 << 19, "all bytes are in the FIFO");
  assert.equal(rig.read("DTXFSTS", 1), 256 - 150);
  const first = send(rig, { token: "in", endpoint: 1 });
  assert.deepEqual([first.data, first.toggle], [data.subarray(0, 512), 0]);
  assert.equal(rig.read("DIEPINT", 1) & IN_INT.XFRC, 0);
  const second = send(rig, { token: "in", endpoint: 1 });
  assert.deepEqual([second.data, second.toggle], [data.subarray(512), 1]);
  assert.ok(rig.read("DIEPINT", 1) & IN_INT.XFRC);
  assert.equal(rig.read("DIEPCTL", 1) & CTL.EPENA, 0);
});

Deno.test("OtgHs sends a packet again when the host's ACK was lost", () => {
  const rig = ready();
  enable(rig, 3, 1);
  rig.writeFifo(1, Uint8Array.of(7, 8, 9));
  const lost = send(rig, { token: "in", endpoint: 1, acknowledge: false });
  const again = send(rig, { token: "in", endpoint: 1 });
  assert.deepEqual(again, lost);
  assert.equal(send(rig, { token: "in", endpoint: 1 }).handshake, "nak");
});

Deno.test("OtgHs sends a zero-length packet without FIFO data", () => {
  const rig = ready();
  enable(rig, 0, 1);
  assert.equal(send(rig, { token: "in", endpoint: 1 }).data?.length, 0);
});

Deno.test("OtgHs flushes a transmit FIFO and sends nothing until enabled anew", () => {
  const rig = ready();
  enable(rig, 4, 1);
  rig.writeFifo(1, Uint8Array.of(1, 2, 3, 4));
  rig.modify("DIEPCTL", 0, CTL.SNAK, 1);
  assert.ok(rig.read("DIEPINT", 1) & IN_INT.INEPNE);
  rig.modify("DIEPCTL", 0, CTL.EPDIS, 1);
  assert.ok(rig.read("DIEPINT", 1) & IN_INT.EPDISD);
  rig.write("GRSTCTL", (1 << 5) | (1 << 6));
  assert.equal(rig.read("GRSTCTL") & (1 << 5), 0);
  assert.equal(rig.read("DTXFSTS", 1), 256);
  assert.equal(send(rig, { token: "in", endpoint: 1 }).handshake, "nak");
  enable(rig, 1, 1);
  rig.writeFifo(1, Uint8Array.of(5));
  assert.deepEqual(send(rig, { token: "in", endpoint: 1 }).data, Uint8Array.of(5));
});

Deno.test("OtgHs tells TXFE by level, through DIEPEMPMSK only", () => {
  const rig = ready();
  rig.write("GAHBCFG", 1);
  rig.write("GINTMSK", GINT.IEPINT);
  rig.write("DAINTMSK", 2);
  assert.equal(rig.irq, false);
  rig.write("DIEPEMPMSK", 2);
  assert.equal(rig.irq, true);
  assert.equal(rig.read("DAINT"), 2);
  rig.writeFifo(1, new Uint8Array(516));
  assert.equal(rig.irq, false, "more than half full");
  rig.modify("GAHBCFG", 0, 1 << 7);
  enable(rig, 516, 2);
  send(rig, { token: "in", endpoint: 1 });
  assert.equal(rig.irq, false, "TXFELVL: a word is left");
  send(rig, { token: "in", endpoint: 1 });
  assert.equal(rig.irq, true);
});

Deno.test("OtgHs names FIFO misuse", () => {
  const rig = ready();
  rig.writeFifo(1, new Uint8Array(257 * 4));
  rig.read("FIFO");
  rig.read("GRXSTSP");
  rig.write("GAHBCFG", 1 << 5);
  assert.deepEqual(rig.unmodelled.map(({ what }) => what), [
    "USB_OTG_HS.FIFO1 written while full",
    "USB_OTG_HS.FIFO read behind the packet",
    "USB_OTG_HS.GRXSTSP popped while empty",
    "USB_OTG_HS.GAHBCFG.DMAEN",
  ]);
});

Deno.test("OtgHs names a FIFO layout that overlaps, and isochronous endpoints", () => {
  const rig = ready();
  rig.write("DIEPTXF", (256 << 16) | 199, 0);
  enable(rig, 0, 1);
  rig.write("DIEPTXF", (256 << 16) | 769, 0);
  enable(rig, 0, 1);
  rig.write("DOEPCTL", CTL.USBAEP | (1 << CTL.EPTYP_BIT), 2);
  const overlap = "USB_OTG_HS.FIFO1 outside its memory or over the receive FIFO";
  assert.deepEqual(rig.unmodelled.map(({ what }) => what), [
    overlap,
    overlap,
    "USB_OTG_HS.DOEPCTL2 isochronous",
  ]);
});

Deno.test("OtgHs stalls both directions and keeps the toggle", () => {
  const rig = ready();
  arm(rig, 1);
  rig.modify("DIEPCTL", 0, CTL.STALL, 1);
  rig.modify("DOEPCTL", 0, CTL.STALL | CTL.SD1PID, 1);
  assert.equal(send(rig, { token: "in", endpoint: 1 }).handshake, "stall");
  assert.equal(send(rig, { token: "out", endpoint: 1, data: SETUP }).handshake, "stall");
  rig.modify("DOEPCTL", CTL.STALL, 0, 1);
  assert.ok(rig.read("DOEPCTL", 1) & CTL.DPID);
  assert.equal(send(rig, { token: "out", endpoint: 1, toggle: 1, data: SETUP }).handshake, "ack");
  assert.equal(rig.read("DOEPCTL", 1) & CTL.DPID, 0);
});

Deno.test("OtgHs global NAKs hold all endpoints; OUT leaves a pattern", () => {
  const rig = ready();
  arm(rig, 1);
  enable(rig, 0, 1);
  rig.write("DCTL", DCTL.SGINAK | DCTL.SGONAK);
  const effective = GINT.GINAKEFF | GINT.GONAKEFF;
  assert.equal(rig.read("GINTSTS") & effective, effective);
  assert.equal(rig.read("DCTL"), DCTL.GINSTS | DCTL.GONSTS);
  assert.equal(send(rig, { token: "in", endpoint: 1 }).handshake, "nak");
  assert.equal(send(rig, { token: "out", endpoint: 1, data: SETUP }).handshake, "nak");
  assert.equal(rig.popRx().kind, PKTSTS.GLOBAL_OUT_NAK);
  rig.write("DCTL", DCTL.CGINAK | DCTL.CGONAK);
  assert.equal(rig.read("GINTSTS") & effective, 0);
  assert.equal(send(rig, { token: "in", endpoint: 1 }).handshake, "ack");
  assert.equal(send(rig, { token: "out", endpoint: 1, data: SETUP }).handshake, "ack");
});

Deno.test("OtgHs raises its line only through GINT, GINTMSK and the endpoint masks", () => {
  const rig = ready();
  enable(rig, 0, 1);
  send(rig, { token: "in", endpoint: 1 });
  assert.equal(rig.read("DAINT"), 0, "DIEPMSK hides it");
  rig.write("DIEPMSK", IN_INT.XFRC);
  assert.equal(rig.read("DAINT"), 2);
  assert.equal(rig.read("GINTSTS") & GINT.IEPINT, 0, "DAINTMSK hides it");
  rig.write("DAINTMSK", 2);
  assert.ok(rig.read("GINTSTS") & GINT.IEPINT);
  rig.write("GAHBCFG", 1);
  assert.equal(rig.irq, false);
  rig.write("GINTMSK", GINT.IEPINT);
  assert.equal(rig.irq, true);
  rig.write("DIEPINT", IN_INT.XFRC, 1);
  assert.equal(rig.irq, false);
});

Deno.test("OtgHs closes endpoints at a bus reset and tells reset and speed", () => {
  const rig = ready();
  rig.otg.port.beginReset();
  assert.ok(rig.read("GINTSTS") & GINT.USBRST);
  assert.equal(rig.read("GINTSTS") & GINT.ENUMDNE, 0);
  assert.equal(rig.read("DIEPCTL", 1) & CTL.USBAEP, 0);
  assert.equal(rig.otg.port.endReset(), "high");
  assert.ok(rig.read("GINTSTS") & GINT.ENUMDNE);
  assert.equal(send(rig, { token: "in", endpoint: 1 }).handshake, "timeout");
  rig.modify("DCFG", 3, 1);
  assert.equal(rig.otg.port.endReset(), "full");
  assert.equal((rig.read("DSTS") >>> 1) & 3, 1);
});

Deno.test("OtgHs counts microframes and raises SOF when it is wanted", () => {
  const rig = ready();
  const before = rig.read("DSTS") >>> 8 & 0x3fff;
  rig.clock.pump(rig.clock.nowNs + 1_000_000, () => false);
  assert.equal((rig.read("DSTS") >>> 8 & 0x3fff) - before, 8);
  assert.ok(rig.read("GINTSTS") & GINT.SOF);
  rig.write("GINTSTS", GINT.SOF);
  assert.equal(rig.read("GINTSTS") & GINT.SOF, 0);
  rig.write("GAHBCFG", 1);
  rig.write("GINTMSK", GINT.SOF);
  let raised = 0;
  rig.clock.cpu = () => {
    if (!rig.irq) return;
    raised++;
    rig.write("GINTSTS", GINT.SOF | GINT.EOPF);
  };
  rig.clock.pump(rig.clock.nowNs + 1_000_000, () => false);
  assert.equal(raised, 8);
});

Deno.test("OtgHs tells suspend after 3 ms of silence, resume, and a wish to wake up", () => {
  const rig = ready();
  let wakeups = 0;
  rig.otg.port.watch({ onWakeup: () => wakeups++ });
  rig.otg.port.suspend();
  rig.clock.pump(rig.clock.nowNs + 2_900_000, () => false);
  assert.equal(rig.read("GINTSTS") & GINT.USBSUSP, 0);
  rig.clock.pump(rig.clock.nowNs + 200_000, () => false);
  assert.ok(rig.read("GINTSTS") & GINT.USBSUSP);
  assert.equal(rig.read("DSTS") & 1, 1);
  rig.write("PCGCCTL", 1);
  rig.write("DCTL", DCTL.RWUSIG);
  assert.equal(wakeups, 1);
  rig.write("PCGCCTL", 0);
  rig.otg.port.resume();
  assert.ok(rig.read("GINTSTS") & GINT.WKUPINT);
  assert.equal(rig.read("DSTS") & 1, 0);
});

Deno.test("OtgHs senses VBUS instead of the override", () => {
  const rig = new Rig();
  rig.write("GCCFG_V3", 1 << 21);
  rig.write("DCTL", 0);
  assert.equal(rig.otg.port.attached, true);
  assert.ok(rig.read("GINTSTS") & GINT.SRQINT);
  assert.ok(rig.read("GOTGCTL") & (1 << 19));
  rig.otg.port.unplug();
  assert.equal(rig.otg.port.attached, false);
  assert.equal(rig.read("GOTGINT"), 1 << 2);
  assert.ok(rig.read("GINTSTS") & GINT.OTGINT);
  rig.write("GOTGINT", 1 << 2);
  assert.equal(rig.read("GINTSTS") & GINT.OTGINT, 0);
});
