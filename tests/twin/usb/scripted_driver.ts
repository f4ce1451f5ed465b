import { CTL, GINT, OUT_INT, PKTSTS } from "../../../twin/peripherals/otg/bits.ts";
import type { Rig } from "./rig.ts";

/** A task of the scripted firmware: each `yield` means "nothing to do now". */
type Task<T = void> = Generator<void, T, void>;

/** An endpoint of the scripted device. */
export interface ScriptedEndpoint {
  readonly address: number;
  /** EPTYP: 2 bulk, 3 interrupt. */
  readonly type: number;
  readonly maxPacket: number;
}

/** What the device under the driver answers; undefined is a STALL. */
export interface ScriptedFunction {
  readonly endpoints: readonly ScriptedEndpoint[];
  /** IN requests. */
  controlIn(setup: Uint8Array): Uint8Array | undefined;
  /** OUT requests but the standard ones that the driver serves; false is a STALL. */
  controlOut(setup: Uint8Array, data: Uint8Array): boolean;
  /** Tasks that use the endpoints, started at once. */
  tasks(driver: ScriptedDriver): Task[];
}

/**
 * A firmware at the controller's registers that uses them in the order and manner of a driver
 * well-tried on boards: it sets EPENA on OUT endpoints only when it activates them, leaves the
 * packet count of endpoint 0 at 0 before the first status stage, masks XFRC of OUT endpoints,
 * and configures FIFOs and endpoints at every bus reset.
 */
export class ScriptedDriver {
  readonly rig: Rig;
  readonly #function: ScriptedFunction;
  readonly #tasks: Task[];
  readonly #received = new Map<number, Uint8Array>();
  #setup: Uint8Array | undefined;
  #setupBytes: Uint8Array = new Uint8Array(8);
  /** Bus events in order. */
  readonly events: string[] = [];
  /** Packets that came while the last one was not taken; always 0 if NAK works. */
  overflows = 0;

  constructor(rig: Rig, scripted: ScriptedFunction) {
    this.rig = rig;
    this.#function = scripted;
    this.#tasks = [this.#bus(), this.#control(), ...scripted.tasks(this)];
    rig.clock.cpu = () => this.run();
  }

  /** Powers up: device mode, VBUS override, masks, connect. */
  start(): void {
    const { rig } = this;
    rig.write("GUSBCFG", 1 << 30);
    rig.modify("GCCFG_V3", 1 << 21, (1 << 24) | (1 << 23));
    rig.write("DCTL", 1 << 1);
    rig.write("DCFG", 0);
    rig.write("DIEPMSK", 1);
    rig.write("DOEPMSK", OUT_INT.STUP);
    this.#unmask();
    rig.write("GINTSTS", 0xffff_ffff);
    rig.write("GAHBCFG", 1);
    rig.write("DCTL", 0);
  }

  #unmask(): void {
    this.rig.write(
      "GINTMSK",
      GINT.USBRST | GINT.ENUMDNE | GINT.USBSUSP | GINT.WKUPINT | GINT.IEPINT | GINT.OEPINT |
        GINT.RXFLVL | GINT.SRQINT | GINT.OTGINT,
    );
  }

  /** Runs the interrupt handler while the line is high, and all tasks. */
  run(): void {
    for (let round = 0; round < 4; round++) {
      for (let n = 0; this.rig.irq; n++) {
        if (n > 100) throw new Error("the interrupt line does not go down");
        this.#interrupt();
      }
      for (const task of this.#tasks) task.next();
    }
  }

  #interrupt(): void {
    const { rig } = this;
    const ints = rig.read("GINTSTS");
    const bus = GINT.WKUPINT | GINT.USBSUSP | GINT.USBRST | GINT.ENUMDNE | GINT.OTGINT |
      GINT.SRQINT;
    if (ints & bus) rig.write("GINTMSK", GINT.IEPINT | GINT.OEPINT | GINT.RXFLVL);
    while (rig.read("GINTSTS") & GINT.RXFLVL) this.#receive();
    if (ints & GINT.IEPINT) {
      for (let n = 0, mask = rig.read("DAINT") & 0xffff; mask; n++, mask >>>= 1) {
        if (!(mask & 1)) continue;
        const bits = rig.read("DIEPINT", n);
        rig.write("DIEPINT", bits, n);
        if (bits & (1 << 7)) rig.modify("DIEPEMPMSK", 1 << n, 0);
      }
    }
    if (ints & GINT.OEPINT) {
      for (let n = 0, mask = rig.read("DAINT") >>> 16; mask; n++, mask >>>= 1) {
        if (!(mask & 1)) continue;
        const bits = rig.read("DOEPINT", n);
        rig.write("DOEPINT", bits, n);
        if (bits & OUT_INT.STUP) this.#setup = this.#setupBytes;
      }
    }
  }

  #receive(): void {
    const { rig } = this;
    const { kind, endpoint, size } = rig.popRx();
    if (kind === PKTSTS.SETUP_DATA) {
      if (rig.read("DIEPTSIZ", 0) >>> 19 & 0x3ff) {
        rig.write("GRSTCTL", 1 << 5);
        while (rig.read("GRSTCTL") & (1 << 5));
      }
      this.#setupBytes = rig.readFifo(8);
    } else if (kind === PKTSTS.OUT_DATA) {
      const data = rig.readFifo(size);
      if (this.#received.has(endpoint)) this.overflows++;
      else this.#received.set(endpoint, data);
    }
  }

  *#bus(): Task {
    const { rig } = this;
    for (;; yield) {
      const ints = rig.read("GINTSTS");
      if (ints & GINT.SRQINT) this.#clear(GINT.SRQINT, "session");
      if (ints & GINT.OTGINT) {
        rig.write("GOTGINT", rig.read("GOTGINT"));
        this.events.push("session end");
        this.#unmask();
      }
      if (ints & GINT.USBRST) {
        this.#configure();
        rig.modify("DCFG", 0x7f << 4, 0);
        this.#clear(GINT.USBRST, "reset");
      }
      if (ints & GINT.ENUMDNE) {
        rig.modify("GUSBCFG", 15 << 10, 9 << 10);
        this.#clear(GINT.ENUMDNE, `speed ${(rig.read("DSTS") >>> 1) & 3}`);
      }
      if (ints & GINT.USBSUSP) this.#clear(GINT.USBSUSP, "suspend");
      if (ints & GINT.WKUPINT) this.#clear(GINT.WKUPINT, "resume");
    }
  }

  #clear(bit: number, event: string): void {
    this.rig.write("GINTSTS", bit);
    this.events.push(event);
    this.#unmask();
  }

  #configure(): void {
    const { rig } = this;
    const { endpoints } = this.#function;
    const outs = endpoints.filter(({ address }) => !(address & 0x80));
    const ins = endpoints.filter(({ address }) => address & 0x80);
    const words = (bytes: number) => (bytes + 3) >> 2;
    let top = 30 + 16 + outs.reduce((sum, { maxPacket }) => sum + words(maxPacket), 0);
    rig.write("GRXFSIZ", top);
    rig.write("DIEPTXF0", (16 << 16) | top);
    top += 16;
    for (const { address, maxPacket } of ins) {
      const depth = Math.max(16, words(maxPacket));
      rig.write("DIEPTXF", (depth << 16) | top, (address & 15) - 1);
      top += depth;
    }
    rig.write("GRSTCTL", (1 << 4) | (1 << 5) | (0x10 << 6));
    rig.write("DIEPCTL", 0, 0);
    rig.write("DOEPCTL", 0, 0);
    rig.modify("DOEPTSIZ", (3 << 29) | 0x7f, (3 << 29) | 64, 0);
    let mask = 0x1_0001;
    for (const { address, type, maxPacket } of endpoints) {
      const n = address & 15;
      const common = maxPacket | (type << CTL.EPTYP_BIT) | CTL.SD0PID;
      if (address & 0x80) {
        rig.write("DIEPCTL", common | (n << CTL.TXFNUM_BIT) | CTL.SNAK, n);
        mask |= 1 << n;
      } else {
        rig.write("DOEPCTL", common, n);
        rig.modify("DOEPTSIZ", 0x1fff_ffff, (1 << 19) | maxPacket, n);
        mask |= 1 << (16 + n);
      }
    }
    rig.modify("DAINTMSK", 0, mask);
  }

  /** Activates or closes all endpoints, as SET_CONFIGURATION does. */
  #enable(on: boolean): void {
    const { rig } = this;
    for (const { address, maxPacket } of this.#function.endpoints) {
      const n = address & 15;
      if (address & 0x80) {
        if (!on && rig.read("DIEPCTL", n) & CTL.EPENA) {
          rig.modify("DIEPCTL", 0, CTL.SNAK | CTL.EPDIS, n);
        }
        rig.modify("DIEPCTL", CTL.USBAEP, on ? CTL.USBAEP | CTL.SNAK : 0, n);
        rig.write("GRSTCTL", (1 << 5) | (n << 6));
      } else {
        rig.modify("DOEPCTL", CTL.USBAEP, on ? CTL.USBAEP : 0, n);
        if (on) {
          rig.modify("DOEPTSIZ", 0x1fff_ffff, (1 << 19) | maxPacket, n);
          rig.modify("DOEPCTL", 0, CTL.CNAK | CTL.EPENA, n);
        }
      }
    }
  }

  /** Reads one packet of an OUT endpoint. */
  *readPacket(n: number): Task<Uint8Array> {
    const maxPacket = n === 0 ? 64 : this.rig.read("DOEPCTL", n) & 0x7ff;
    for (;; yield) {
      const data = this.#received.get(n);
      if (!data) continue;
      this.#received.delete(n);
      this.rig.modify("DOEPTSIZ", 0x1fff_ffff, (1 << 19) | maxPacket, n);
      this.rig.modify("DOEPCTL", 0, CTL.CNAK, n);
      return data;
    }
  }

  /** Waits until an endpoint is active. */
  *active(register: "DIEPCTL" | "DOEPCTL", n: number): Task {
    while (!(this.rig.read(register, n) & CTL.USBAEP)) yield;
  }

  /** Writes one packet to an IN endpoint. */
  *writePacket(n: number, data: Uint8Array): Task {
    const { rig } = this;
    while (rig.read("DIEPCTL", n) & CTL.EPENA) yield;
    while (data.length > 0 && (data.length + 3) >> 2 > rig.read("DTXFSTS", n)) {
      rig.modify("DIEPEMPMSK", 0, 1 << n);
      yield;
    }
    rig.write("DIEPTSIZ", (1 << 29) | (1 << 19) | data.length, n);
    rig.modify("DIEPCTL", 0, CTL.CNAK | CTL.EPENA, n);
    rig.writeFifo(n, data);
  }

  *#control(): Task {
    const { rig } = this;
    for (;; yield) {
      const setup = this.#setup;
      if (!setup) continue;
      this.#setup = undefined;
      rig.modify("DOEPTSIZ", 3 << 29, 3 << 29, 0);
      rig.modify("DOEPCTL", 0, CTL.CNAK, 0);
      const length = setup[6] | setup[7] << 8;
      if (setup[0] & 0x80) yield* this.#controlIn(setup, length);
      else yield* this.#controlOut(setup, length);
    }
  }

  *#controlIn(setup: Uint8Array, length: number): Task {
    const answer = this.#function.controlIn(setup)?.subarray(0, length);
    if (!answer) return this.#reject();
    for (let at = 0; at < answer.length; at += 64) {
      yield* this.writePacket(0, answer.subarray(at, at + 64));
    }
    if (answer.length < length && answer.length % 64 === 0) {
      yield* this.writePacket(0, new Uint8Array(0));
    }
    yield* this.readPacket(0);
  }

  *#controlOut(setup: Uint8Array, length: number): Task {
    const data = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const packet = yield* this.readPacket(0);
      data.set(packet, at);
      at += packet.length;
      if (packet.length < 64) break;
    }
    const value = setup[2] | setup[3] << 8;
    const index = setup[4] | setup[5] << 8;
    const code = (setup[0] << 8) | setup[1];
    if (code === 0x0005) this.rig.modify("DCFG", 0x7f << 4, value << 4);
    else if (code === 0x0009) this.#enable(value !== 0);
    else if (code === 0x0201 || code === 0x0203) this.#halt(index, code === 0x0203);
    else if (!this.#function.controlOut(setup, data)) return this.#reject();
    yield* this.writePacket(0, new Uint8Array(0));
  }

  #halt(address: number, on: boolean): void {
    const register = address & 0x80 ? "DIEPCTL" : "DOEPCTL";
    this.rig.modify(register, CTL.STALL, on ? CTL.STALL : 0, address & 15);
  }

  #reject(): void {
    this.rig.modify("DIEPCTL", 0, CTL.STALL, 0);
    this.rig.modify("DOEPCTL", 0, CTL.STALL, 0);
  }
}
