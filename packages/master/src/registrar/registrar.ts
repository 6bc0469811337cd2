import { helpPage, jsonpHelp, viewHandler } from '@mesos-ts/daemon';
import { formatDuration } from '@mesos-ts/flags';
import { errorText, Process, type Clock, type MetricTimer, type PID } from '@mesos-ts/libprocess';
import { readonlyRealm } from '../constants.ts';
import { MasterError } from '../errors.ts';
import { emptyRegistry, readRegistry, RegistryDraft, registryJson, RegistryWriter } from './contents.ts';
import { applyOperation, type RegistryOperation } from './operations.ts';
import type { MasterInfo } from '@mesos-ts/protocol';
import type { State, Variable } from '@mesos-ts/state';
import type { RegistryContents } from './contents.ts';

/** The name of the variable that is the registry, which is Mesos's. */
const variableName = 'registry';
const dayMs = 24 * 60 * 60 * 1000;
/**
 * The registry is written whole, which takes the longer the larger it is: between two writes there are so many times as long, in which more
 * changes come that are written together.
 */
const pauses = 4;

/** Options of `Registrar`. */
export interface RegistrarOptions {
  /** Where the registry is kept. */
  readonly state: State;
  /** An actor on which that stands: the registrar ends with it. @default none */
  readonly foundation?: PID | undefined;
  /** How long fetching the registry may take, in milliseconds. */
  readonly fetchTimeoutMs: number;
  /** How long storing the registry may take, in milliseconds. */
  readonly storeTimeoutMs: number;
}

/** A change that waits to be written, or to have been written. */
interface Waiting {
  readonly operation: RegistryOperation;
  readonly resolve: (isMade: boolean) => void;
  readonly reject: (error: MasterError) => void;
}

/**
 * Keeps the registry. Changes that come while one is being written are written together, in their order, all of them or none. Nothing is
 * answered, nor shown at `/registrar(1)/registry`, before it is durable. After a write that failed it writes no more: whoever cannot tell
 * what is stored must not lead.
 */
export class Registrar extends Process {
  readonly #options: RegistrarOptions;
  readonly #writer = new RegistryWriter();
  #fetchTimer!: MetricTimer;
  #storeTimer!: MetricTimer;
  #recovery: Promise<RegistryContents> | undefined;
  /** What is durable. Its contents are known when it has been recovered. */
  #variable: Variable | undefined;
  #contents = emptyRegistry;
  #waiting: Waiting[] = [];
  #written: readonly Waiting[] = [];
  #isWriting = false;
  #failure: MasterError | undefined;

  constructor(options: RegistrarOptions) {
    super('registrar(1)');
    this.#options = options;
  }

  protected override initialize(): void {
    const { foundation } = this.#options;
    if (foundation !== undefined) this.link(foundation);
    const own = this.runtime.metrics.of(this.self);
    this.#fetchTimer = own.timer('registrar/state_fetch');
    this.#storeTimer = own.timer('registrar/state_store', { windowMs: dayMs });
    own.gauge('registrar/queued_operations', () => this.#waiting.length);
    own.gauge('registrar/registry_size_bytes', () => this.#variable?.value.length);
    this.route(
      '/registry',
      viewHandler(() => (this.#variable === undefined ? {} : registryJson(this.#contents))),
      {
        help: helpPage('The registry: what the next master will know of the cluster.', [
          'A `Registry` as JSON, as it is stored: the master that leads, the agents that were let in, those that are unreachable and ' +
            'those that are gone. Empty on a master that has not recovered it.',
          jsonpHelp,
        ]),
        realm: readonlyRealm,
      },
    );
  }

  protected override exited(): void {
    this.#fail('what the registry is kept in has ended');
    this.terminate();
  }

  protected override finalize(): void {
    this.#fail('the registrar has ended');
  }

  /**
   * Fetches the registry and writes into it that a master leads. Once for all: further calls answer the same.
   * @returns The registry as it was found, with this master in it. Rejects with `REGISTRAR_FAILED`.
   */
  recover(master: MasterInfo): Promise<RegistryContents> {
    return (this.#recovery ??= this.#recover(master));
  }

  /**
   * Changes the registry.
   * @returns Whether the change is made, durably; false when it cannot be made of what is there. Rejects with `REGISTRAR_FAILED` when it
   * cannot be written, or not in time.
   */
  async apply(operation: RegistryOperation): Promise<boolean> {
    if (this.#recovery === undefined) throw new MasterError('REGISTRAR_FAILED', 'The registry is not recovered');
    await this.#recovery;
    return this.#enqueue(operation);
  }

  async #recover(master: MasterInfo): Promise<RegistryContents> {
    const { fetchTimeoutMs, state } = this.#options;
    try {
      const fetching = this.#fetchTimer.time(state.fetch(variableName));
      const variable = await within(this.runtime.clock, fetchTimeoutMs, 'fetch', fetching);
      this.#contents = readRegistry(variable.value);
      this.#variable = variable;
      this.runtime.logger.info(
        `Fetched the registry (${variable.value.length} bytes) in ${(this.#fetchTimer.read() ?? 0).toFixed(0)} ms`,
      );
    } catch (error) {
      const text = `Failed to recover registrar: ${errorText(error)}`;
      throw new MasterError('REGISTRAR_FAILED', text, { cause: error });
    }
    await this.#enqueue({ type: 'recover', master });
    return this.#contents;
  }

  #enqueue(operation: RegistryOperation): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting.push({ operation, resolve, reject });
      if (!this.#isWriting) this.#write();
    });
  }

  /** Writes all that waits. */
  #write(): void {
    const { state, storeTimeoutMs } = this.#options;
    const variable = this.#variable;
    if (variable === undefined) throw new MasterError('REGISTRAR_FAILED', 'The registry is not recovered');
    this.#isWriting = true;
    const startedMs = this.runtime.clock.monotonic();
    const written = (this.#written = this.#waiting);
    this.#waiting = [];
    const draft = new RegistryDraft(this.#contents);
    const results: boolean[] = [];
    let contents: RegistryContents;
    let bytes: Uint8Array;
    try {
      for (const { operation } of written) {
        const problem = applyOperation(draft, operation);
        if (problem !== undefined) this.runtime.logger.warn(`Not changing the registry: ${problem}`);
        results.push(problem === undefined);
      }
      contents = draft.finish();
      bytes = this.#writer.write(contents);
    } catch (error) {
      // What cannot be put in words would else be waited for without end.
      this.#fail(`Failed to update registry: ${errorText(error)}`, error);
      return;
    }
    const pauseMs = pauses * (this.runtime.clock.monotonic() - startedMs);
    const storing = this.#storeTimer.time(state.store(variable.mutate(bytes)));
    const stored = this.defer((next: Variable | undefined) => {
      if (next === undefined) {
        this.#fail('Failed to update registry: version mismatch');
        return;
      }
      this.runtime.logger.debug(`Applied ${written.length} changes to the registry (${next.value.length} bytes)`);
      this.#variable = next;
      this.#contents = contents;
      this.#written = [];
      for (const [index, { resolve }] of written.entries()) resolve(results[index] === true);
      this.#pause(pauseMs);
    });
    const failed = this.defer((error: unknown) => {
      this.#fail(`Failed to update registry: ${errorText(error)}`, error);
    });
    // An actor that has ended needs to hear of neither.
    within(this.runtime.clock, storeTimeoutMs, 'store', storing)
      .then(stored, failed)
      .catch(() => undefined);
  }

  /** Writes what has come meanwhile, after a pause that is worth a timer. */
  #pause(pauseMs: number): void {
    const next = (): void => {
      this.#isWriting = false;
      if (this.#waiting.length > 0 && this.#failure === undefined) this.#write();
    };
    if (pauseMs < 1) next();
    else this.delay(pauseMs, next);
  }

  /** Refuses what waits, and whatever comes. */
  #fail(text: string, cause?: unknown): void {
    if (this.#failure === undefined && !this.terminated) this.runtime.logger.error(`Registrar aborting: ${text}`);
    this.#failure ??= new MasterError('REGISTRAR_FAILED', text, cause === undefined ? {} : { cause });
    for (const { reject } of [...this.#written, ...this.#waiting]) reject(this.#failure);
    this.#written = [];
    this.#waiting = [];
  }
}

/** What a promise resolves to, unless that takes too long. */
async function within<T>(clock: Clock, timeoutMs: number, what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.timer(timeoutMs, () => {
      reject(new MasterError('REGISTRAR_FAILED', `Failed to perform ${what} within ${formatDuration(timeoutMs)}`));
    });
    promise.then(resolve, reject).finally(() => clock.cancel(timer));
  });
}
