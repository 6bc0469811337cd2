import { deferred } from '@mesos-ts/libprocess';
import type { Deferred } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';
import { ElectionError } from './errors.ts';
import { isSameMaster } from './master-info.ts';
import type { DetectOptions } from './interfaces.ts';

interface Waiting {
  readonly previous: MasterInfo | undefined;
  readonly done: Deferred<MasterInfo | undefined>;
}

/** Who leads, for those who wait for somebody else to. */
export class LeaderWatch {
  readonly #waiting = new Set<Waiting>();
  #leader: MasterInfo | undefined;
  #failure: Error | undefined;

  get leader(): MasterInfo | undefined {
    return this.#leader;
  }

  /** Somebody leads, or nobody does. */
  set(leader: MasterInfo | undefined): void {
    if (this.#failure !== undefined) return;
    this.#leader = leader;
    for (const waiting of this.#waiting) {
      if (isSameMaster(waiting.previous, leader)) continue;
      this.#waiting.delete(waiting);
      waiting.done.resolve(leader);
    }
  }

  /** Nobody will ever be known to lead. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#leader = undefined;
    this.#failure = error;
    for (const { done } of this.#waiting) done.reject(error);
    this.#waiting.clear();
  }

  /** As `Detector.detect`. */
  async detect(previous?: MasterInfo, { signal }: DetectOptions = {}): Promise<MasterInfo | undefined> {
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
    if (!isSameMaster(previous, this.#leader)) return this.#leader;
    const waiting: Waiting = { previous, done: deferred() };
    this.#waiting.add(waiting);
    const abort = (): void => {
      this.#waiting.delete(waiting);
      waiting.done.reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await waiting.done.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  close(): void {
    this.fail(new ElectionError('ELECTION_CLOSED', 'The detector is closed'));
  }
}
