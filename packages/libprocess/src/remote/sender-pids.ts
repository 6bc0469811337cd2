import { PID } from '../actor/pid.ts';

// Distinct senders whose PIDs are kept.
const pidsMax = 10_000;

/** The PIDs of a peer's actors that have sent something, so that each message does not make one. */
export class SenderPids {
  readonly #pids = new Map<string, PID>();

  get(id: string): PID | undefined {
    return this.#pids.get(id);
  }

  add(id: string, address: string): PID {
    if (this.#pids.size >= pidsMax) this.#pids.clear();
    const pid = new PID(id, address);
    this.#pids.set(id, pid);
    return pid;
  }
}
