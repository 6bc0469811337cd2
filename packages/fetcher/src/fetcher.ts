/** The agent's fetcher: fetches for containers, knows which fetches are under way, and counts how they end. */
import type { CommandInfo } from '@mesos-ts/protocol';

import { FetchError } from './errors.ts';
import { fetchUris } from './fetch-uris.ts';
import type { FetchClock, FetchLimits } from './options.ts';
import { resolveSystemUser } from './users.ts';
import type { ResolveUser } from './users.ts';

/** The part of a command that a fetch needs. */
export type FetchCommand = Pick<CommandInfo, 'uris' | 'user'>;

/** How to make a `Fetcher`. */
export interface FetcherOptions extends FetchLimits {
  clock: FetchClock;
  /** Where relative paths start; the agent's `--frameworks_home`. */
  frameworksHome?: string | undefined;
  /**
   * Finds a user's numbers.
   *
   * @default asks the system's `id`
   */
  resolveUser?: ResolveUser;
}

/** One container's fetch. */
export interface FetchRequest {
  containerId: string;
  command: FetchCommand;
  /** The directory that receives the files. It exists. */
  sandboxDirectory: string;
  /** Who shall own the files, unless the command names somebody. */
  user?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Is told what happens, a line at a time; fit for the sandbox's `stderr`. */
  log?: ((line: string) => void) | undefined;
}

/** Counters, named as Mesos's metrics `containerizer/fetcher/...` are. */
export interface FetcherStatistics {
  task_fetches_succeeded: number;
  task_fetches_failed: number;
}

/**
 * Brings the URIs of tasks into their sandboxes, as Mesos's fetcher does: downloads or copies, unpacks archives, makes files executable
 * and gives them to the task's user. Nothing is cached yet.
 */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #running = new Map<string, Set<AbortController>>();
  readonly #statistics: FetcherStatistics = { task_fetches_succeeded: 0, task_fetches_failed: 0 };

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /**
   * Fetches a command's URIs into a container's sandbox. Rejects with a `FetchError` when one of them cannot be
   * fetched, when the user does not exist, or when the fetch was killed or aborted.
   */
  async fetch(request: FetchRequest): Promise<void> {
    const controller = new AbortController();
    this.#add(request.containerId, controller);
    try {
      await this.#run(request, controller.signal);
      this.#statistics.task_fetches_succeeded += 1;
    } catch (error) {
      this.#statistics.task_fetches_failed += 1;
      throw error;
    } finally {
      this.#remove(request.containerId, controller);
    }
  }

  /** Aborts what is being fetched for a container; each of those fetches rejects with `FETCH_ABORTED`. */
  kill(containerId: string): void {
    for (const controller of this.#running.get(containerId) ?? []) controller.abort();
  }

  /** How many fetches have ended, and how; each a fetch of all URIs of a command. */
  statistics(): FetcherStatistics {
    return { ...this.#statistics };
  }

  async #run(request: FetchRequest, killed: AbortSignal): Promise<void> {
    const { command, log, sandboxDirectory } = request;
    const signal = request.signal === undefined ? killed : AbortSignal.any([killed, request.signal]);
    const user = command.user ?? request.user;
    const resolve = this.#options.resolveUser ?? resolveSystemUser;
    const owner = user === undefined ? undefined : await resolve(user);
    if (signal.aborted) throw new FetchError('FETCH_ABORTED', 'The fetch was aborted', { cause: signal.reason });
    await fetchUris(command.uris ?? [], { ...this.#options, log, owner, sandboxDirectory, signal });
  }

  #add(containerId: string, controller: AbortController): void {
    const running = this.#running.get(containerId);
    if (running === undefined) this.#running.set(containerId, new Set([controller]));
    else running.add(controller);
  }

  #remove(containerId: string, controller: AbortController): void {
    const running = this.#running.get(containerId);
    running?.delete(controller);
    if (running?.size === 0) this.#running.delete(containerId);
  }
}
