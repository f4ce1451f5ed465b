import assert from "node:assert/strict";
import { MctpTrace } from "../../toolkit/trace/mctp_trace.ts";
import { LINKTYPE_MCTP, pcapngHeader, pcapngPacket } from "../../toolkit/trace/pcapng.ts";
import { Board } from "../../twin/board.ts";
import { UsbTap } from "../../twin/usb/tap.ts";
import { buildOnce } from "../support/built.ts";
import { TwinSession } from "../support/twin_session.ts";

Deno.test("a trace of the twin's port holds each packet, and tshark reads it", async (test) => {
  const { image, loader } = await buildOnce();
  const board = Board.create({ loader, image: image.file, strict: true });
  const blocks = [pcapngHeader(LINKTYPE_MCTP, "usbnvme")];
  const directions: string[] = [];
  const expected: string[] = [];
  try {
    const trace = new MctpTrace((packet, direction, atNs) => {
      directions.push(direction);
      expected.push(`${packet.length}\t${direction === "in" ? 1 : 2}\t${(atNs / 1e9).toFixed(9)}`);
      assert.ok(atNs > 0 && atNs <= board.nowNs);
      blocks.push(pcapngPacket(packet, direction, atNs));
    });
    const usb = new UsbTap(board.usb, board.core.clock, (...one) => trace.transaction(...one));
    const session = new TwinSession(board, undefined, usb);
    session.ask(session.mctp.setEid(8));
    session.ask(session.mctp.getUuid(8));
    session.close();
    assert.deepEqual(directions, ["out", "in", "out", "in"]);
  } finally {
    board.close();
  }
  await test.step("tshark", async (step) => {
    const file = await Deno.makeTempFile({ suffix: ".pcapng" });
    try {
      await Deno.writeFile(file, await new Blob(blocks as BlobPart[]).bytes());
      // Of the frame alone: releases before 4.2 carry MCTP as plain octets.
      const fields = ["frame.len", "frame.packet_flags_direction", "frame.time_epoch"];
      const { code, stdout, stderr } = await new Deno.Command("tshark", {
        args: ["-r", file, "-T", "fields", ...fields.flatMap((field) => ["-e", field])],
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      const frames = new TextDecoder().decode(stdout).trim().split("\n");
      assert.deepEqual(frames.map((line) => line.replace(/0x0*/, "")), expected);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      console.log(`skipped ${step.name}: tshark is not installed`);
    } finally {
      await Deno.remove(file);
    }
  });
});
