import type { Alarm, Clock } from "../../../twin/clock.ts";

interface Entry extends Alarm {
  readonly run: () => void;
  live: boolean;
}

/** A clock without a CPU: time jumps from alarm to alarm while it is pumped. */
export class SimClock implements Clock {
  nowNs = 0;
  #entries: Entry[] = [];
  /** Called after every alarm and before the first: the "CPU" of a test. */
  cpu: () => void = () => {};

  at(deadlineNs: number, run: () => void): Alarm {
    const entry: Entry = {
      deadlineNs,
      run,
      live: true,
      cancel() {
        entry.live = false;
      },
    };
    this.#entries.push(entry);
    return entry;
  }

  after(delayNs: number, run: () => void): Alarm {
    return this.at(this.nowNs + delayNs, run);
  }

  /** Lets time pass until `untilNs` or until `stop()` holds. */
  readonly pump = (untilNs: number, stop: () => boolean): void => {
    this.cpu();
    while (!stop()) {
      this.#entries = this.#entries.filter(({ live }) => live);
      const next = this.#entries.reduce<Entry | undefined>(
        (best, entry) => best && best.deadlineNs <= entry.deadlineNs ? best : entry,
        undefined,
      );
      if (!next || next.deadlineNs > untilNs) {
        this.nowNs = Math.max(this.nowNs, untilNs);
        return;
      }
      next.live = false;
      this.nowNs = Math.max(this.nowNs, next.deadlineNs);
      next.run();
      this.cpu();
    }
  };
}
