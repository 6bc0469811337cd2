import type { Clock } from '@mesos-ts/libprocess';
import type { Isolator } from './isolator.ts';
import type { Launcher } from './launcher.ts';
import type { ContainerFetcher } from './mesos-containerizer.ts';

/** Something that has begun and is not over. */
export interface PendingOperation {
  /** Who does what, for example `posix/cpu::prepare`. */
  readonly operation: string;
  readonly args: Readonly<Record<string, string>>;
  /** How long it has been going on, in seconds. */
  readonly secs: number;
}

/** Keeps a list of what a containerizer has under way, for people who look for what is stuck. */
export class PendingOperations {
  readonly #clock: Clock;
  readonly #pending = new Set<{ operation: string; args: Readonly<Record<string, string>>; sinceMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lists work until it is over. Answers what the work answers. */
  async track<T>(operation: string, args: Readonly<Record<string, string>>, work: () => T | Promise<T>): Promise<T> {
    const entry = { operation, args, sinceMs: this.#clock.monotonic() };
    this.#pending.add(entry);
    try {
      return await work();
    } finally {
      this.#pending.delete(entry);
    }
  }

  /** What is under way, the oldest first. */
  list(): PendingOperation[] {
    const now = this.#clock.monotonic();
    return [...this.#pending].map(({ args, operation, sinceMs }) => ({
      operation,
      args,
      secs: (now - sinceMs) / 1000,
    }));
  }
}

/** An isolator whose work is listed while it is under way. Measuring is not: it is asked for all the time. */
export function listedIsolator(isolator: Isolator, pending: PendingOperations): Isolator {
  const listed = <T>(step: string, containerId: string, work: () => Promise<T>): Promise<T> =>
    pending.track(`${isolator.name}::${step}`, { containerId }, work);
  return {
    name: isolator.name,
    prepare: (id, config, signal) => listed('prepare', id, () => isolator.prepare(id, config, signal)),
    isolate: (id, pid) => listed('isolate', id, () => isolator.isolate(id, pid)),
    update: (id, resources) => listed('update', id, () => isolator.update(id, resources)),
    usage: (id) => isolator.usage(id),
    cleanup: (id) => listed('cleanup', id, () => isolator.cleanup(id)),
  };
}

/** A launcher whose work is listed while it is under way. */
export function listedLauncher(launcher: Launcher, pending: PendingOperations): Launcher {
  return {
    launch: (containerId, spec) =>
      pending.track('launcher::launch', { containerId }, () => launcher.launch(containerId, spec)),
    destroy: (containerId) => pending.track('launcher::destroy', { containerId }, () => launcher.destroy(containerId)),
  };
}

/** A fetcher whose work is listed while it is under way. */
export function listedFetcher(fetcher: ContainerFetcher, pending: PendingOperations): ContainerFetcher {
  return {
    fetch: (options) =>
      pending.track('fetcher::fetch', { containerId: options.containerId }, () => fetcher.fetch(options)),
    kill: (containerId) => {
      fetcher.kill(containerId);
    },
    statistics: () => fetcher.statistics(),
  };
}
