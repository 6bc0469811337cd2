import { PID, Process, Runtime, SeededRandom, Supervisor, after } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import type { ChildSpec, EndReason, SupervisorEvent, SupervisorOptions } from '../../src/index.ts';

/** What the actors of one test do, in order: `+a` for one that has initialised, `-a` for one that ends. */
export class Diary {
  readonly entries: string[] = [];

  /** What was written since it was last asked. */
  take(): string {
    return this.entries.splice(0).join(' ');
  }
}

/** How a `Worker` behaves. */
interface Behaviour {
  readonly startMs?: number;
  readonly endMs?: number;
  readonly initialize?: () => void;
}

/** An actor that fails and ends when it is told to. */
export class Worker extends Process {
  readonly #name: string;
  readonly #diary: Diary;
  readonly #behaviour: Behaviour;
  count = 0;

  constructor(name: string, diary: Diary, behaviour: Behaviour = {}) {
    super();
    this.#name = name;
    this.#diary = diary;
    this.#behaviour = behaviour;
  }

  increment(): number {
    return ++this.count;
  }

  fail(): void {
    throw new Error(`${this.#name} has failed`);
  }

  end(): void {
    this.terminate();
  }

  protected override async initialize(): Promise<void> {
    const { startMs, initialize } = this.#behaviour;
    if (startMs !== undefined) await after(this.runtime.clock, startMs);
    initialize?.();
    this.#diary.entries.push(`+${this.#name}`);
  }

  protected override async finalize(reason: EndReason): Promise<void> {
    this.#diary.entries.push(`-${this.#name}${reason.type === 'failed' ? '!' : ''}`);
    const { endMs } = this.#behaviour;
    if (endMs !== undefined) await after(this.runtime.clock, endMs);
  }
}

/** A supervisor under a clock that stands still. */
export class Team {
  readonly clock = new TestClock();
  readonly runtime = new Runtime({ clock: this.clock, random: new SeededRandom(1) });
  readonly diary = new Diary();
  readonly events: SupervisorEvent[] = [];

  /** A child that writes into the diary. */
  worker(id: string, spec: Partial<ChildSpec> = {}, behaviour: Behaviour = {}): ChildSpec {
    return { id, start: () => new Worker(id, this.diary, behaviour), ...spec };
  }

  /** Starts a supervisor whose delays are 100, 200, 400, ... milliseconds. */
  async supervise(options: SupervisorOptions): Promise<PID<Supervisor>> {
    const supervisor = new Supervisor({
      id: 'supervisor',
      backoff: { minMs: 100, maxMs: 10_000, jitter: 0 },
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    const pid = this.runtime.spawn(supervisor);
    await this.clock.settle();
    return pid;
  }

  pid(id: string): PID<Worker> {
    return new PID<Worker>(id, this.runtime.address);
  }

  /** Has a worker do something that it does not survive. */
  async make(id: string, what: 'fail' | 'end'): Promise<void> {
    this.runtime.tell(this.pid(id), what);
    await this.clock.settle();
  }
}
