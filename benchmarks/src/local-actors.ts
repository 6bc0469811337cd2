import { Process, Runtime } from '@mesos-ts/libprocess';
import { dispatch, query, spawnStateless, start, stop } from 'nact';
import type { ActorRef } from 'nact';
import type { PID } from '@mesos-ts/libprocess';
import type { Workload } from './measure.ts';

class Sink extends Process {
  readonly #expected: number;
  readonly #done: () => void;
  #received = 0;

  constructor(expected: number, done: () => void) {
    super();
    this.#expected = expected;
    this.#done = done;
  }

  take(_value: number): void {
    if (++this.#received === this.#expected) this.#done();
  }
}

/** One-way dispatches from outside to one actor, so many times: all of them are in its mailbox before it handles the first. */
export function tellLocal(count: number, times = 1): Workload {
  return async () => {
    await using runtime = new Runtime();
    for (let done = 0; done < times; done++) {
      await new Promise<void>((resolve) => {
        const sink = runtime.spawn(new Sink(count, resolve));
        for (let index = 0; index < count; index++) runtime.tell(sink, 'take', index);
      });
    }
    return count * times;
  };
}

/** The same with nact. */
export function tellNact(count: number): Workload {
  return async () => {
    const system = start();
    await new Promise<void>((resolve) => {
      let received = 0;
      const sink = spawnStateless(system, () => {
        if (++received === count) resolve();
      });
      for (let index = 0; index < count; index++) dispatch(sink, index);
    });
    stop(system);
    return count;
  };
}

class Ponger extends Process {
  ping(from: PID<Pinger>): void {
    this.runtime.tell(from, 'pong');
  }
}

class Pinger extends Process {
  #left: number;
  readonly #done: () => void;
  readonly #ponger: PID<Ponger>;
  #outstanding = 0;

  constructor(ponger: PID<Ponger>, exchanges: number, done: () => void) {
    super();
    this.#ponger = ponger;
    this.#left = exchanges;
    this.#done = done;
  }

  begin(outstanding: number): void {
    this.#outstanding = outstanding;
    for (let index = 0; index < outstanding; index++) this.runtime.tell(this.#ponger, 'ping', this.self);
  }

  pong(): void {
    this.#left--;
    if (this.#left >= this.#outstanding) this.runtime.tell(this.#ponger, 'ping', this.self);
    else if (this.#left === 0) this.#done();
  }
}

/** Two actors that answer each other, so many pings under way at a time. */
export function pingPongLocal(exchanges: number, outstanding: number): Workload {
  return async () => {
    await using runtime = new Runtime();
    const ponger = runtime.spawn(new Ponger());
    await new Promise<void>((resolve) => {
      const pinger = runtime.spawn(new Pinger(ponger, exchanges, resolve));
      runtime.tell(pinger, 'begin', outstanding);
    });
    return exchanges;
  };
}

/** The same with nact. */
export function pingPongNact(exchanges: number, outstanding: number): Workload {
  return async () => {
    const system = start();
    const ponger = spawnStateless(system, (message: { from: ActorRef }, context) => {
      dispatch(message.from, 0, context.self);
    });
    await new Promise<void>((resolve) => {
      let left = exchanges;
      const pinger = spawnStateless(system, (_message, context) => {
        left--;
        if (left >= outstanding) dispatch(ponger, { from: context.self });
        else if (left === 0) resolve();
      });
      for (let index = 0; index < outstanding; index++) dispatch(ponger, { from: pinger });
    });
    stop(system);
    return exchanges;
  };
}

class Adder extends Process {
  add(left: number, right: number): number {
    return left + right;
  }
}

/** Asks, one after the other, each waiting for its answer. */
export function askLocal(count: number): Workload {
  return async () => {
    await using runtime = new Runtime();
    const adder = runtime.spawn(new Adder());
    for (let index = 0; index < count; index++) await runtime.dispatch(adder, 'add', [index, 1]);
    return count;
  };
}

/** The same with nact. */
export function askNact(count: number): Workload {
  return async () => {
    const system = start();
    const adder = spawnStateless(system, (message: { index: number; from: ActorRef }) => {
      dispatch(message.from, message.index + 1);
    });
    for (let index = 0; index < count; index++) await query(adder, (from) => ({ index, from }), 60_000);
    stop(system);
    return count;
  };
}

/** Actors that are spawned, ended and waited for, in batches. */
export function spawnLocal(count: number, batch: number): Workload {
  return async () => {
    await using runtime = new Runtime();
    for (let done = 0; done < count; done += batch) {
      const ended: Promise<boolean>[] = [];
      for (let index = 0; index < batch; index++) {
        const pid = runtime.spawn(new Adder());
        runtime.terminate(pid);
        ended.push(runtime.wait(pid));
      }
      await Promise.all(ended);
    }
    return count;
  };
}

/** nact's actors, spawned and stopped; it has no way to wait for the end. */
export function spawnNact(count: number, batch: number): Workload {
  return async () => {
    const system = start();
    for (let done = 0; done < count; done += batch) {
      for (let index = 0; index < batch; index++) stop(spawnStateless(system, () => undefined));
      await Promise.resolve();
    }
    stop(system);
    return count;
  };
}
