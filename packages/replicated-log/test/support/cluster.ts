import { MemoryNetwork, Runtime, SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { Log, MemoryLogStorage, defaultReplicaId, fixedMembership } from '../../src/index.ts';
import type { LogOptions, LogStorage } from '../../src/index.ts';

/** A replica on a runtime of its own. */
export interface Member {
  readonly runtime: Runtime;
  log: Log;
}

export interface ClusterOptions extends Partial<LogOptions> {
  /** The disk of each replica. @default in memory */
  readonly storageOf?: (index: number) => LogStorage;
  /** That of another cluster begins another log. @default 1 */
  readonly seed?: number;
}

/** Replicas on runtimes that a memory network connects, in virtual time. */
export class Cluster {
  readonly clock = new TestClock();
  readonly members: Member[] = [];

  static async start(size: number, options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster();
    const network = new MemoryNetwork();
    const { storageOf, seed = 1, ...rest } = options;
    const runtimes: Runtime[] = [];
    for (let index = 0; index < size; index++) {
      const random = new SeededRandom(seed * 1000 + index);
      runtimes.push(await new Runtime({ clock: cluster.clock, random, transport: network.transport() }).start());
    }
    const members = fixedMembership(runtimes.map(({ address }) => `${defaultReplicaId}@${address}`));
    cluster.#options = { quorum: Math.floor(size / 2) + 1, members, autoInitialize: true, ...rest };
    for (const [index, runtime] of runtimes.entries()) {
      const storage = storageOf?.(index) ?? new MemoryLogStorage();
      cluster.members.push({ runtime, log: Log.open({ ...cluster.#options, runtime, storage }) });
    }
    return cluster;
  }

  #options: Omit<LogOptions, 'runtime' | 'storage'> | undefined;

  /** Opens the log of a member that has closed it, on a disk. */
  reopen(index: number, storage: LogStorage, options: Partial<LogOptions> = {}): Log {
    const member = this.at(index);
    if (this.#options === undefined) throw new RangeError('The cluster has not been started');
    member.log = Log.open({ ...this.#options, runtime: member.runtime, storage, ...options });
    return member.log;
  }

  at(index: number): Member {
    const member = this.members[index];
    if (member === undefined) throw new RangeError(`There is no member ${index}`);
    return member;
  }

  /** Lets time go on until the promise is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { isSettled: false };
    const settled = (): void => {
      state.isSettled = true;
    };
    promise.then(settled, settled);
    await this.clock.settle();
    for (let step = 0; step < 600; step++) {
      if (state.isSettled) break;
      await this.clock.advance(100);
    }
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map(({ runtime }) => runtime.close()));
  }
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
