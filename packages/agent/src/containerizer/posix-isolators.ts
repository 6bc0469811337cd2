/** The isolators `posix/cpu` and `posix/mem`. They hold nobody back; they tell what the processes of a container use. */
import type { ResourceStatistics } from '@mesos-ts/protocol';

import { listProcesses, residentBytes, subtree } from './process-tree.ts';
import type { ProcessEntry } from './process-tree.ts';
import type { Isolator } from './isolator.ts';

/** Sums up something over a container's first process and its descendants, so far as `/proc` tells. */
class PosixIsolator implements Isolator {
  readonly name: string;
  readonly #measure: (processes: readonly ProcessEntry[]) => Partial<ResourceStatistics>;
  readonly #pids = new Map<string, number>();

  constructor(name: string, measure: (processes: readonly ProcessEntry[]) => Partial<ResourceStatistics>) {
    this.name = name;
    this.#measure = measure;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
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
    const processes = pid === undefined ? undefined : listProcesses();
    if (pid === undefined || processes === undefined) return Promise.resolve({});
    return Promise.resolve(this.#measure(subtree(processes, pid)));
  }

  cleanup(containerId: string): Promise<void> {
    this.#pids.delete(containerId);
    return Promise.resolve();
  }
}

const makers: Readonly<Record<string, () => Isolator>> = {
  'posix/cpu': () =>
    new PosixIsolator('posix/cpu', (processes) => ({
      cpus_user_time_secs: sum(processes, (entry) => entry.userSecs),
      cpus_system_time_secs: sum(processes, (entry) => entry.systemSecs),
    })),
  'posix/mem': () =>
    new PosixIsolator('posix/mem', (processes) => ({
      mem_rss_bytes: sum(processes, (entry) => residentBytes(entry.pid)),
    })),
};

/** The names that `--isolation` takes. */
export const isolatorNames: readonly string[] = Object.keys(makers);

/** The isolators of these names, in their order; names that are not in `isolatorNames` are left out. */
export function createIsolators(names: readonly string[]): Isolator[] {
  return names.flatMap((name) => makers[name]?.() ?? []);
}

function sum(processes: readonly ProcessEntry[], measure: (entry: ProcessEntry) => number): number {
  return processes.reduce((total, entry) => total + measure(entry), 0);
}
