import { Process } from '../../src/index.ts';
import type { PID } from '../../src/index.ts';

/** Resolves promises when a list reaches a length. */
export class Tally<T> {
  readonly items: T[] = [];
  #waiting: { count: number; resolve: () => void }[] = [];

  add(item: T): void {
    this.items.push(item);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.items.length >= count) resolve();
      return this.items.length < count;
    });
  }

  reached(count: number): Promise<void> {
    if (this.items.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
    });
  }
}

/** Keeps the numbers that it is sent, and sends numbers. */
export class Collector extends Process {
  readonly got = new Tally<{ from: string; body: unknown }>();

  protected override initialize(): void {
    this.install('item', (from, body) => {
      this.got.add({ from: from.toString(), body });
    });
  }

  emit(to: PID, first: number, count: number): void {
    for (let index = first; index < first + count; index++) this.send(to, 'item', index);
  }

  emitBody(to: PID, body: unknown): void {
    this.send(to, 'item', body);
  }

  /** What came from one sender. */
  bodies(from?: PID): unknown[] {
    return this.got.items
      .filter((item) => from === undefined || item.from === from.toString())
      .map((item) => item.body);
  }
}

/** Links to actors and keeps whose end it hears of. */
export class Watcher extends Process {
  readonly gone = new Tally<string>();

  watch(...pids: PID[]): void {
    for (const pid of pids) this.link(pid);
  }

  unwatch(...pids: PID[]): void {
    for (const pid of pids) this.unlink(pid);
  }

  end(): void {
    this.terminate();
  }

  protected override exited(pid: PID): void {
    this.gone.add(pid.toString());
  }
}
