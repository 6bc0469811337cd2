import { Process, Runtime, SystemClock } from '../../src/index.ts';
import type { Clock, PID, Timer, Transport } from '../../src/index.ts';

/** The machine's clock, which knows how many timers are set. */
class CountingClock implements Clock {
  readonly #clock = new SystemClock();
  timers = 0;

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  timer(delayMs: number, callback: () => void): Timer {
    this.timers++;
    return this.#clock.timer(delayMs, () => {
      this.timers--;
      callback();
    });
  }

  cancel(timer: Timer): boolean {
    const isCancelled = this.#clock.cancel(timer);
    if (isCancelled) this.timers--;
    return isCancelled;
  }

  attach(): () => void {
    return this.#clock.attach();
  }
}

/** Links to actors, says hello to them, and tells how often each of them ended. */
class Hub extends Process {
  exits = 0;
  hellos = 0;
  readonly #waiting = new Map<string, { hello: () => void; exited: () => void }>();

  protected override initialize(): void {
    this.install('hello', (from) => {
      this.hellos++;
      this.#waiting.get(from.toString())?.hello();
    });
  }

  /** Answers promises of the actor's answer, and of its end. */
  meet(pid: PID): { hello: Promise<void>; exited: Promise<void> } {
    const made = { hello: (): void => undefined, exited: (): void => undefined };
    const hello = new Promise<void>((resolve) => (made.hello = resolve));
    const exited = new Promise<void>((resolve) => (made.exited = resolve));
    this.#waiting.set(pid.toString(), made);
    this.link(pid);
    this.send(pid, 'hello');
    return { hello, exited };
  }

  protected override exited(pid: PID): void {
    this.exits++;
    this.#waiting.get(pid.toString())?.exited();
    this.#waiting.delete(pid.toString());
  }
}

class Guest extends Process {
  readonly #delayed: boolean;

  constructor(delayed: boolean) {
    super('guest');
    this.#delayed = delayed;
  }

  protected override initialize(): void {
    // One that its end has to cancel.
    if (this.#delayed) this.delay(3_600_000, () => undefined);
    this.install('hello', (from) => {
      this.link(from);
      this.send(from, 'hello');
    });
  }
}

/** A runtime that others join, are linked with, and leave or are killed: one cycle after the other, some at a time. */
export class Cycles {
  readonly #clock: CountingClock;
  readonly #makeTransport: () => Transport;
  readonly #hub: Runtime;
  readonly #actor = new Hub();
  readonly #pid: PID<Hub>;
  #done = 0;

  private constructor(makeTransport: () => Transport, clock: CountingClock, hub: Runtime) {
    this.#clock = clock;
    this.#makeTransport = makeTransport;
    this.#hub = hub;
    this.#pid = hub.spawn(this.#actor);
  }

  static async start(makeTransport: () => Transport): Promise<Cycles> {
    const clock = new CountingClock();
    const hub = await new Runtime({ clock, transport: makeTransport() }).start();
    return new Cycles(makeTransport, clock, hub);
  }

  /** Links and ends, in ways that take turns: the actor by itself, its runtime with it, and its runtime before the two have met. */
  async run(count: number, together: number): Promise<void> {
    for (let started = 0; started < count; started += together) {
      await Promise.all(Array.from({ length: Math.min(together, count - started) }, () => this.#cycle()));
    }
  }

  /** What is left that should not be. */
  left(): Readonly<Record<string, number>> {
    return {
      actors: this.#hub.actors().length - 1,
      peers: this.#hub.metrics.snapshot()['libprocess/peers'] ?? Number.NaN,
      timers: this.#clock.timers,
      'links without an end': this.#done - this.#actor.exits,
    };
  }

  get hellos(): number {
    return this.#actor.hellos;
  }

  close(): Promise<void> {
    return this.#hub.close();
  }

  async #cycle(): Promise<void> {
    const way = this.#done++ % 4;
    const runtime = await new Runtime({ clock: this.#clock, transport: this.#makeTransport() }).start();
    const guest = runtime.spawn(new Guest(way % 2 === 0));
    const { hello, exited } = await this.#hub.dispatch(this.#pid, 'meet', [guest]);
    // The last way ends while it is being connected to.
    if (way !== 3) await hello;
    if (way === 0) runtime.terminate(guest);
    if (way === 0) await exited;
    await runtime.close();
    await exited;
  }
}
