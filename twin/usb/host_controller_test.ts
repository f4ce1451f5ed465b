import assert from "node:assert/strict";
import type { Alarm, Clock } from "../clock.ts";
import { fitFrame, transactionNs } from "./bus_time.ts";
import { HostController } from "./host_controller.ts";
import type { Answer, PortListener, Readiness, Transaction, UsbPort } from "./port.ts";
import type { TransferRequest, TransferResult } from "./transfer.ts";

/** Rings alarms in order, at once. */
class TestClock implements Clock {
  nowNs = 0;
  #alarms: { deadlineNs: number; run: (() => void) | undefined }[] = [];

  at(deadlineNs: number, run: () => void): Alarm {
    const alarm: { deadlineNs: number; run: (() => void) | undefined } = { deadlineNs, run };
    this.#alarms.push(alarm);
    return { deadlineNs, cancel: () => void (alarm.run = undefined) };
  }

  after(delayNs: number, run: () => void): Alarm {
    return this.at(this.nowNs + delayNs, run);
  }

  /** Rings all alarms up to a time. */
  runUntil(untilNs: number): void {
    for (;;) {
      this.#alarms = this.#alarms.filter(({ run }) => run);
      this.#alarms.sort((a, b) => a.deadlineNs - b.deadlineNs);
      const next = this.#alarms[0];
      if (!next || next.deadlineNs > untilNs) break;
      this.#alarms.shift();
      this.nowNs = Math.max(this.nowNs, next.deadlineNs);
      next.run?.();
    }
    this.nowNs = untilNs;
  }
}

/** A port whose answers are scripted. */
class FakePort implements UsbPort {
  attached = true;
  readonly detachReason = "";
  readonly speed = "high";
  readonly seen: Transaction[] = [];
  answers: (Answer | "nak")[] = [];
  #listener: PortListener = {};

  plug(): void {}
  unplug(): void {
    this.attached = false;
    this.#listener.onAttachment?.();
  }
  beginReset(): void {}
  endReset(): "high" {
    return this.speed;
  }
  suspend(): void {}
  resume(): void {}
  watch(listener: PortListener): () => void {
    this.#listener = listener;
    return () => this.#listener = {};
  }
  ready(endpoint: number): void {
    this.#listener.onReady?.(endpoint);
  }
  poll(): Readiness {
    const [next] = this.answers;
    if (next === undefined || next === "nak") return { handshake: "nak", sizeBytes: 0 };
    return { handshake: next.handshake, sizeBytes: next.data?.length ?? 0 };
  }
  transaction(transaction: Transaction): Answer {
    this.seen.push(transaction);
    return this.answers.shift() as Answer;
  }
}

function setUp(answers: (Answer | "nak")[]) {
  const clock = new TestClock();
  const port = new FakePort();
  port.answers = answers;
  const controller = new HostController(port, clock);
  const results: TransferResult[] = [];
  const submit = (request: Partial<TransferRequest>) =>
    controller.submit({
      address: 1,
      endpoint: 0x81,
      type: "bulk",
      maxPacket: 512,
      onEnd: (result) => results.push(result),
      ...request,
    });
  return { clock, port, controller, results, submit };
}

const data = (size: number, toggle: 0 | 1): Answer => ({
  handshake: "ack",
  data: new Uint8Array(size).fill(size),
  toggle,
});

Deno.test("HostController fails a transfer after three attempts without handshake", () => {
  const silence: Answer = { handshake: "timeout" };
  const { clock, port, results, submit } = setUp([silence, silence, silence]);
  submit({ length: 10 });
  clock.runUntil(1e6);
  assert.equal(results[0].fault, "transaction");
  assert.equal(port.seen.length, 3);
});

Deno.test("HostController goes on after fewer attempts without handshake", () => {
  const silence: Answer = { handshake: "timeout" };
  const { clock, results, submit } = setUp([silence, silence, data(3, 0)]);
  submit({ length: 10 });
  clock.runUntil(1e6);
  assert.deepEqual([results[0].fault, results[0].actualBytes], [undefined, 3]);
});

Deno.test("HostController names babble: over the packet size, over what was asked for", () => {
  const { clock, results, submit } = setUp([data(65, 0), data(20, 1)]);
  submit({ length: 512, maxPacket: 64 });
  submit({ length: 10 });
  clock.runUntil(1e6);
  assert.deepEqual(results.map(({ fault }) => fault), ["babble", "babble"]);
  assert.equal(results[1].data.length, 10, "no byte over what was asked for");
});

Deno.test("HostController drops a packet that it had", () => {
  const { clock, results, submit } = setUp([data(512, 0), data(512, 0), data(7, 1)]);
  submit({ length: 1024 });
  clock.runUntil(1e6);
  assert.equal(results[0].actualBytes, 519);
});

Deno.test("HostController waits for readiness instead of asking again", () => {
  const { clock, port, results, submit } = setUp(["nak"]);
  submit({ length: 64 });
  clock.runUntil(1e6);
  assert.equal(port.seen.length, 0);
  port.answers = [data(5, 0)];
  port.ready(0x82);
  assert.equal(results.length, 0);
  port.ready(0x81);
  clock.runUntil(2e6);
  assert.equal(results[0].actualBytes, 5);
});

Deno.test("HostController serves endpoints in turn", () => {
  const ack: Answer = { handshake: "ack" };
  const { clock, port, submit } = setUp([ack, ack, ack, ack]);
  submit({ endpoint: 1, data: new Uint8Array(1024) });
  submit({ endpoint: 2, data: new Uint8Array(1024) });
  clock.runUntil(1e6);
  assert.deepEqual(port.seen.map(({ endpoint }) => endpoint), [1, 2, 1, 2]);
  assert.deepEqual(port.seen.map(({ toggle }) => toggle), [0, 0, 1, 1]);
});

Deno.test("HostController cancels one transfer, and all when the device leaves", () => {
  const { port, controller, results, submit } = setUp(["nak"]);
  const first = submit({ length: 1 });
  submit({ length: 1 });
  assert.equal(controller.cancel(first), true);
  assert.equal(controller.cancel(first), false);
  port.unplug();
  assert.deepEqual(results.map(({ fault }) => fault), ["cancelled", "disconnected"]);
});

Deno.test("transactionNs() and fitFrame() put 13 packets of 512 bytes in a microframe", () => {
  const cost = transactionNs(512, "high");
  let now = 0;
  let count = 0;
  for (; fitFrame(now, cost, "high") === now; count++) now += cost;
  assert.equal(count, 13);
  assert.equal(fitFrame(now, cost, "high"), 125_000);
});
