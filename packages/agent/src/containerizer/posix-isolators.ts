/** The isolators `posix/cpu` and `posix/mem`. They hold nobody back; they tell what the processes of a container use. */
import type { Clock } from '@mesos-ts/libprocess';
import { listProcesses } from '@mesos-ts/libprocess/subprocess';
import type { ProcessEntry } from '@mesos-ts/libprocess/subprocess';
import type { ResourceStatistics } from '@mesos-ts/protocol';

import { processListAgeMaxMs } from '../constants.ts';
import { Descent, residentBytes } from './process-tree.ts';
import type { Isolator } from './isolator.ts';

/** Lists processes for whoever asks in the same moment once: statistics are asked for all containers together. */
class Snapshots {
  readonly #clock: Clock;
  #processes: Descent | undefined;
  #takenMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** All processes, that one among them if it is there at all; undefined where the system does not tell. */
  with(pid: number): Descent | undefined {
    const isOld = this.#clock.monotonic() - this.#takenMs >= processListAgeMaxMs;
    if (!isOld && this.#processes?.has(pid) === true) return this.#processes;
    const processes = listProcesses();
    this.#processes = processes === undefined ? undefined : new Descent(processes);
    this.#takenMs = this.#clock.monotonic();
    return this.#processes;
  }
}

/** Sums up something over a container's first process and its descendants, so far as `/proc` tells. */
class PosixIsolator implements Isolator {
  readonly name: string;
  readonly #measure: (processes: readonly ProcessEntry[]) => Partial<ResourceStatistics>;
  readonly #pids = new Map<string, number>();
  readonly #snapshots: Snapshots;

  constructor(
    name: string,
    snapshots: Snapshots,
    measure: (processes: readonly ProcessEntry[]) => Partial<ResourceStatistics>,
  ) {
    this.name = name;
    this.#snapshots = snapshots;
    this.#measure = measure;
  }

  prepare(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  isolate(containerId: string, pid: number): Promise<void> {
    this.#pids.set(containerId, pid);
    return Promise.resolve();
  }

  update(): Promise<void> {
    return Promise.resolve();
  }

  usage(containerId: string): Promise<Partial<ResourceStatistics>> {
    const pid = this.#pids.get(containerId);
    const processes = pid === undefined ? undefined : this.#snapshots.with(pid);
    if (pid === undefined || processes === undefined) return Promise.resolve({});
    return Promise.resolve(this.#measure(processes.subtree(pid)));
  }

  cleanup(containerId: string): Promise<void> {
    this.#pids.delete(containerId);
    return Promise.resolve();
  }
}

const makers: Readonly<Record<string, (snapshots: Snapshots) => Isolator>> = {
  'posix/cpu': (snapshots) =>
    new PosixIsolator('posix/cpu', snapshots, (processes) => ({
      cpus_user_time_secs: sum(processes, (entry) => entry.userSecs),
      cpus_system_time_secs: sum(processes, (entry) => entry.systemSecs),
    })),
  'posix/mem': (snapshots) =>
    new PosixIsolator('posix/mem', snapshots, (processes) => ({
      mem_rss_bytes: sum(processes, (entry) => residentBytes(entry.pid)),
    })),
};

/** The names that `--isolation` takes. */
export const isolatorNames: readonly string[] = Object.keys(makers);

/** The isolators of these names, in their order; names that are not in `isolatorNames` are left out. */
export function createIsolators(names: readonly string[], clock: Clock): Isolator[] {
  const snapshots = new Snapshots(clock);
  return names.flatMap((name) => makers[name]?.(snapshots) ?? []);
}

function sum(processes: readonly ProcessEntry[], measure: (entry: ProcessEntry) => number): number {
  return processes.reduce((total, entry) => total + measure(entry), 0);
}
