import { Process, SystemClock } from '@mesos-ts/libprocess';
import { percentile } from './measure.ts';
import type { PID } from '@mesos-ts/libprocess';

const clock = new SystemClock();

/** Asks another runtime's actor, one message after the other. */
export class Asker extends Process {
  readonly #to: PID;
  #heard: (() => void) | undefined;

  constructor(to: PID) {
    super();
    this.#to = to;
  }

  protected override initialize(): void {
    this.install('pong', () => {
      this.#heard?.();
    });
  }

  exchange(): Promise<void> {
    this.send(this.#to, 'ping');
    return new Promise((resolve) => {
      this.#heard = resolve;
    });
  }
}

/** The 99th percentile of how long so many exchanges take, one after the other, in milliseconds. */
export async function p99Of(count: number, exchange: () => Promise<unknown>): Promise<number> {
  const delaysMs: number[] = [];
  while (delaysMs.length < count) {
    const startMs = clock.monotonic();
    await exchange();
    delaysMs.push(clock.monotonic() - startMs);
  }
  return percentile(delaysMs, 0.99);
}
