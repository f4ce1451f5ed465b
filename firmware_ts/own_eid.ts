/**
 * The own EID: who hears of a new one, and what follows on it.
 *
 * @module
 */
import { Eid } from "../wire/mctp_numbers.ts";
import { LogLevel, type Port } from "./port.ts";
import type { Timers } from "./timers.ts";

/** How long after its EID was set the device goes on by itself: the host has more to ask first. */
const EID_SETTLE_MS = 20;

/** What hears of a new own EID. */
export interface EidKeeper {
  setEid(eid: number): void;
}

/** The own EID; apart from the rest, as the engine looks through all names around a function for one of its own. */
export interface OwnEid {
  /** Takes an EID without what follows. */
  take(eid: number): void;
  /** Takes an EID that a Set Endpoint ID gave. */
  onSet(eid: number, byEid: number, nowMs: number): void;
  /** Gives it. */
  get(): number;
}

/**
 * Makes the own EID, none.
 *
 * What follows on a new one costs more than the reply: it is done later, by `settled` and the log.
 *
 * @param link Gives the framing, where it is the script's.
 */
export function createOwnEid(
  port: Port,
  timers: Timers,
  terminus: EidKeeper,
  link: (() => EidKeeper | undefined) | undefined,
  settled: (byEid: number, nowMs: number) => void,
): OwnEid {
  let eid: number = Eid.NULL;
  let logged: number = Eid.NULL;
  let setBy: number = Eid.NULL;
  const timer = timers.slot((nowMs) => {
    if (eid !== logged) {
      port.log(LogLevel.INFO, `own EID ${logged} -> ${eid}, set by EID ${setBy}`);
    }
    logged = eid;
    settled(setBy, nowMs);
  });
  function take(newEid: number): void {
    eid = newEid;
    terminus.setEid(newEid);
    if (link !== undefined) link()?.setEid(newEid);
    port.setEid(newEid);
  }
  return {
    take,
    onSet(newEid, byEid, nowMs) {
      setBy = byEid;
      if (newEid !== eid) take(newEid);
      timers.set(timer, nowMs + EID_SETTLE_MS);
    },
    get: () => eid,
  };
}
