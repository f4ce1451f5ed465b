import { MEMORIES } from "../../chip/memory.ts";
import { FACTORY_OPTION_BYTES, splitOf } from "../flash/option_bytes.ts";
import { type FlashOperation, FlashOperations } from "../flash/operations.ts";
import { Peripheral } from "../peripheral.ts";
import { FLASH_H7RS_FLASH } from "../registers/flash_h7rs_flash.ts";
import { type BoardHost, BusError, type MemoryDevice } from "../wiring.ts";

const { start: START, sizeBytes: SIZE } = MEMORIES.FLASH;
const SECTOR = 8 * 1024;
const WORD = 16;
// Typical times of flash with the same sector and word size; the datasheet's table is not at hand.
const PROGRAM_NS = 30_000;
const SECTOR_ERASE_NS = 2_000_000;
const OPTION_CHANGE_NS = 4_000_000;

const KEYS = { KEYR: [0x4567_0123, 0xcdef_89ab], OPTKEYR: [0x0819_2a3b, 0x4c5d_6e7f] } as const;
const [LOCK, PG, SER, BER, FW, STARTS] = [1, 2, 4, 8, 16, 32];
const [BUSY, WBNE, QW] = [1, 2, 4];
const [IS_PROGRAM, IS_ERASE, IS_OPTCHANGE] = [16, 32, 64];
const [EOP, WRPERR, PGSERR, STRBERR, INCERR] = [16, 17, 18, 19, 21].map((bit) => 1 << bit);
const OPTION_BYTES = Object.keys(FACTORY_OPTION_BYTES);

/** When changed option bytes take effect. */
export type OptionBytesLoad = "at-once" | "at-reset";

/** The controller of the internal flash: locks, programming, erasing, option bytes. @see RM0477, FLASH */
export class FlashInterface extends Peripheral {
  /** The flash at 0x08000000 as the bus sees it. */
  readonly memory: MemoryDevice = {
    read: (address, size) => this.#memoryRead(address, size),
    write: (address, size, value) => this.#memoryWrite(address, size, value),
  };
  readonly #board: BoardHost;
  readonly #load: OptionBytesLoad;
  readonly #operations: FlashOperations;
  readonly #check: () => void;
  readonly #keySteps = { KEYR: 0, OPTKEYR: 0 };
  readonly #dead = { KEYR: false, OPTKEYR: false };
  readonly #buffer = new Uint8Array(WORD);
  #filled = 0;
  #bufferOffset = 0;

  constructor(base: number, host: BoardHost, load: OptionBytesLoad, check: () => void) {
    const programs = Object.fromEntries(OPTION_BYTES.map((name) => [name, "ro" as const]));
    super("FLASH", base, 0x400, FLASH_H7RS_FLASH, {
      resets: { ACR: 0x13, CR: 1, CRCCR: 0x001c_0000, OPTCR: 1, OBKCR: 0xc00 },
      rules: {
        KEYR: "wo",
        OPTKEYR: "wo",
        SR: "ro",
        FCR: "trigger",
        ISR: "ro",
        ICR: "trigger",
        OPTISR: "ro",
        OPTICR: "trigger",
        CRCDATAR: "ro",
        ECCSFADDR: "ro",
        ECCDFADDR: "ro",
        ...programs,
      },
    }, host);
    this.#board = host;
    this.#load = load;
    this.#check = check;
    this.#operations = new FlashOperations(host.clock, () => this.#status());
  }

  /** Wait states of FLASH_ACR. */
  get latency(): number {
    return this.field("ACR", "LATENCY");
  }

  /** A present option byte word, by the register that shows it. */
  optionByte(name: string): number {
    return this.#board.state.optionBytes.get(name) ?? FACTORY_OPTION_BYTES[name];
  }

  override reset(): void {
    this.powerCut();
    super.reset();
    Object.assign(this.#keySteps, { KEYR: 0, OPTKEYR: 0 });
    Object.assign(this.#dead, { KEYR: false, OPTKEYR: false });
    this.#filled = 0;
    for (const name of OPTION_BYTES) {
      this.set(name, this.optionByte(name));
      this.set(`${name}P`, this.optionByte(name));
    }
    this.host.irq("FLASH", false);
    this.#split();
  }

  /** Leaves a half-done operation as a loss of power leaves it. */
  powerCut(): void {
    this.#operations.cut();
  }

  protected override onWrite(register: string, _index: number, written: number, old: number): void {
    switch (register) {
      case "ACR":
        return this.#check();
      case "KEYR":
        return this.#key("KEYR", "CR", written);
      case "OPTKEYR":
        return this.#key("OPTKEYR", "OPTCR", written);
      case "CR":
        return this.#control(old);
      case "IER":
        if (this.get("CR") & LOCK) this.set("IER", old);
        return this.#drive();
      case "ICR":
        this.set("ISR", this.get("ISR") & ~written);
        return this.#drive();
      case "OPTICR":
        this.set("OPTISR", this.get("OPTISR") & ~written);
        return this.#drive();
      case "OPTCR":
        if (old & 1) this.set("OPTCR", old);
        return;
      case "OBKCR":
      case "CRCCR":
        return this.host.unmodelled({ what: `FLASH.${register}`, kind: "write", value: written });
    }
    if (register.endsWith("SRP")) this.#program(register, old);
  }

  // --- locks ---

  #key(register: "KEYR" | "OPTKEYR", control: "CR" | "OPTCR", written: number): void {
    this.set(register, 0);
    if (this.#dead[register]) throw new BusError(`FLASH_${control} is locked until a reset`);
    const locked = (this.get(control) & 1) === 1;
    const step = this.#keySteps[register];
    if (!locked || written !== KEYS[register][step]) {
      this.#dead[register] = true;
      this.set(control, this.get(control) | 1);
      throw new BusError(`Wrong unlock sequence at FLASH_${register}`);
    }
    this.#keySteps[register] = (step + 1) & 1;
    if (step === 1) this.set(control, this.get(control) & ~1);
  }

  // --- programming and erasing ---

  #control(old: number): void {
    if (old & LOCK) return this.set("CR", old);
    const now = this.get("CR");
    if (now >>> 16 & 3) this.host.unmodelled({ what: "FLASH.CR", kind: "write", value: now });
    if (!(now & PG) && this.#filled) this.#drop();
    if (now & FW) {
      this.set("CR", now & ~FW);
      if (this.#filled) this.#queueWord();
    }
    if (!(now & STARTS)) return;
    this.set("CR", this.get("CR") & ~STARTS);
    if (now & BER) return this.#erase(0, SIZE);
    if (now & SER) return this.#erase((now >>> 6 & 7) * SECTOR, SECTOR);
    this.#error(PGSERR);
  }

  #erase(offset: number, length: number): void {
    for (let at = offset; at < offset + length; at += SECTOR) {
      if (this.#protected(at)) return this.#error(WRPERR);
    }
    const bytes = this.#board.state.internalFlash;
    this.#add(IS_ERASE, {
      durationNs: SECTOR_ERASE_NS * length / SECTOR,
      finish: () => this.#done(offset, length, () => bytes.fill(0xff, offset, offset + length)),
      cut: (part) => {
        bytes.fill(0xff, offset, offset + Math.floor(length * part));
        this.#board.memoryChanged(START + offset, length);
      },
    });
  }

  #memoryRead(address: number, size: number): number {
    const view = new DataView(
      this.#board.state.internalFlash.buffer,
      this.#board.state.internalFlash.byteOffset,
    );
    const offset = address - START;
    return size === 1
      ? view.getUint8(offset)
      : size === 2
      ? view.getUint16(offset, true)
      : view.getUint32(offset, true);
  }

  /** A write goes to the 128-bit write buffer. */
  #memoryWrite(address: number, size: number, value: number): void {
    const offset = address - START;
    if ((this.get("CR") & (LOCK | PG)) !== PG) return this.#error(PGSERR);
    if (this.#protected(offset)) return this.#error(WRPERR);
    const word = offset & ~(WORD - 1);
    if (this.#filled && word !== this.#bufferOffset) return this.#error(INCERR);
    if (!this.#filled) {
      this.#bufferOffset = word;
      this.#buffer.fill(0xff);
    }
    for (let i = 0; i < size; i++) {
      const at = (offset & (WORD - 1)) + i;
      if (this.#filled >>> at & 1) return this.#error(STRBERR);
      this.#buffer[at] = value >>> (8 * i);
      this.#filled |= 1 << at;
    }
    if (this.#filled === 0xffff) this.#queueWord();
    else this.#status();
  }

  #queueWord(): void {
    const offset = this.#bufferOffset;
    const data = this.#buffer.slice();
    this.#filled = 0;
    const bytes = this.#board.state.internalFlash;
    const burn = (count: number) => {
      for (let i = 0; i < count; i++) bytes[offset + i] &= data[i];
    };
    this.#add(IS_PROGRAM, {
      durationNs: PROGRAM_NS,
      finish: () => {
        if (bytes.subarray(offset, offset + WORD).some((byte) => byte !== 0xff)) {
          this.host.unmodelled({
            what: "FLASH: word programmed twice, its ECC",
            kind: "behaviour",
          });
        }
        this.#done(offset, WORD, () => burn(WORD));
      },
      cut: (part) => burn(Math.floor(WORD * part)),
    });
  }

  #protected(offset: number): boolean {
    return (this.get("WRPSR") >>> Math.floor(offset / SECTOR) & 1) === 0;
  }

  #drop(): void {
    this.#filled = 0;
    this.#status();
  }

  #add(kind: number, operation: FlashOperation): void {
    this.#kinds.set(operation, kind);
    this.#operations.add(operation);
    this.#status();
  }

  readonly #kinds = new WeakMap<FlashOperation, number>();

  #done(offset: number, length: number, change: () => void): void {
    change();
    this.#board.memoryChanged(START + offset, length);
    this.#finished();
  }

  #finished(): void {
    this.set("ISR", this.get("ISR") | EOP);
    this.#drive();
    this.#status();
  }

  #error(flag: number): void {
    this.#filled = 0;
    this.set("ISR", this.get("ISR") | flag);
    this.#status();
    this.#drive();
  }

  #status(): void {
    const current = this.#operations.current;
    const busy = current ? BUSY | QW | (this.#kinds.get(current) ?? 0) : 0;
    this.set("SR", (this.get("SR") & ~0x7f) | busy | (this.#filled ? WBNE : 0));
  }

  #drive(): void {
    const option = this.get("OPTISR") & this.get("OPTCR") & 0x5800_0000;
    this.host.irq("FLASH", (this.get("ISR") & this.get("IER")) !== 0 || option !== 0);
  }

  // --- option bytes ---

  #program(register: string, old: number): void {
    const wanted = this.get(register);
    if ((this.get("OPTCR") & 3) !== 2) return this.set(register, old);
    const name = register.slice(0, -1);
    this.#add(IS_OPTCHANGE, {
      durationNs: OPTION_CHANGE_NS,
      finish: () => {
        const kept = name === "OBW1SR" ? this.optionByte(name) & 1 << 28 : 0;
        this.#board.state.optionBytes.set(name, (wanted | kept) >>> 0);
        this.set(name, wanted | kept);
        this.#finished();
        if (name === "OBW2SR" && this.#load === "at-once") this.#split();
      },
      cut: () => {},
    });
  }

  #split(): void {
    const { itcmKb, dtcmKb } = splitOf(this.optionByte("OBW2SR"));
    this.#board.setSplit(itcmKb, dtcmKb);
  }
}
