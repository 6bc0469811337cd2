import { PID, Process, ProcessError, readBody, textResponse } from '../../src/index.ts';
import { actorModule, spawnThread } from '../../src/threads/index.ts';
import { Tally } from './actors.ts';
import type { ExitReason, HttpRequest, HttpResponse } from '../../src/index.ts';

// Actors that tests have made in worker threads. This file is loaded in them.

/** Answers what it is asked, in every way. */
export class Echo extends Process {
  readonly #greeting: string;
  readonly #giveUp = new AbortController();
  readonly #got: unknown[] = [];
  readonly #arrived = new Tally<unknown>();

  constructor(greeting = 'hello', id?: string) {
    super(id);
    this.#greeting = greeting;
  }

  protected override initialize(): void {
    this.install('echo', (from, body) => {
      this.send(from, 'item', body);
    });
    this.install('item', (_from, body) => {
      this.#add(body);
    });
    this.installAsk('greet', (_from, name) => this.greet(String(name)));
    this.installAsk('wait', async () => {
      const { signal } = this;
      this.#add('began');
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
      this.#add('gave up');
    });
    this.installAsk('reveal', () => Symbol('secret'));
    this.installAsk('count', () => {
      this.#add('counted');
    });
    this.install('end', () => {
      this.terminate({ inject: false });
    });
  }

  greet(name: string): string {
    return `${this.#greeting} ${name}`;
  }

  same(...values: unknown[]): unknown {
    return values.length === 1 ? values[0] : values;
  }

  describe(value: unknown): string {
    return value instanceof PID ? 'PID' : Buffer.isBuffer(value) ? 'Buffer' : Object.prototype.toString.call(value);
  }

  fail(kind: string): never {
    if (kind === 'process') throw new ProcessError('FRAME_INVALID', 'of the process');
    if (kind === 'type') throw new TypeError('of the type', { cause: new Error('the cause') });
    if (kind === 'code') throw Object.assign(new Error('with a code'), { name: 'OwnError', code: 'E_OWN' });
    throw 'a text';
  }

  crash(): void {
    throw new RangeError('crashed');
  }

  function(): () => void {
    return () => undefined;
  }

  emit(to: PID, first: number, count: number): void {
    for (let index = first; index < first + count; index++) this.send(to, 'item', index);
  }

  emitBody(to: PID, body: unknown): void {
    this.send(to, 'item', body);
  }

  async got(count: number): Promise<unknown[]> {
    await this.#arrived.reached(count);
    return this.#got;
  }

  /** Keeps its thread busy. */
  spin(times: number): number {
    let sum = 0;
    for (let index = 0; index < times; index++) sum = (sum * 31 + index) % 1_000_003;
    return sum;
  }

  /** Keeps its thread busy until so many threads are in here at the same time. */
  meet(memory: SharedArrayBuffer, count: number): number {
    const cell = new Int32Array(memory);
    let there = Atomics.add(cell, 0, 1) + 1;
    Atomics.notify(cell, 0);
    while (there < count) {
      Atomics.wait(cell, 0, there);
      there = Atomics.load(cell, 0);
    }
    return there;
  }

  /** Keeps its thread busy until another thread writes to the memory. */
  block(flag: SharedArrayBuffer): void {
    const cell = new Int32Array(flag);
    Atomics.store(cell, 1, 1);
    Atomics.notify(cell, 1);
    Atomics.wait(cell, 0, 0);
  }

  askOf(pid: PID, name: string): Promise<unknown> {
    return this.runtime.ask(pid, name, 'asker');
  }

  askUntilToldNot(pid: PID, name: string): Promise<unknown> {
    return this.runtime.ask(pid, name, 'asker', { signal: this.#giveUp.signal });
  }

  giveUp(): void {
    this.#giveUp.abort(new Error('enough'));
  }

  callOf(pid: PID<Echo>, name: string): Promise<string> {
    return this.runtime.dispatch(pid, 'greet', [name]);
  }

  tellOf(pid: PID<Echo>, to: PID): void {
    this.runtime.tell(pid, 'emit', to, 0, 3);
  }

  terminateOf(pid: PID, inject: boolean): void {
    this.runtime.terminate(pid, { inject });
  }

  waitFor(pid: PID, timeoutMs?: number): Promise<boolean> {
    return this.runtime.wait(pid, timeoutMs);
  }

  spawnChild(id?: string): PID<Echo> {
    return this.runtime.spawn(new Echo('child'), id === undefined ? {} : { id });
  }

  async spawnThread(url: string): Promise<PID> {
    const thread = await spawnThread(this.runtime);
    return thread.spawn(actorModule<{ Echo: typeof Echo }>(url), 'Echo', []);
  }

  async never(): Promise<void> {
    await new Promise(() => undefined);
  }

  /** Tells somebody when its caller has given up. */
  async untilGivenUp(reader: PID): Promise<void> {
    const { signal } = this;
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
    this.send(reader, 'item', 'given up');
  }

  async know(pid: PID, patienceMs: number): Promise<unknown[]> {
    await this.runtime.drained(pid);
    return [await this.runtime.whenInitialized(pid), await this.runtime.wait(pid, patienceMs)];
  }

  count(name: string): void {
    this.runtime.metrics.counter(name).increment(3);
    this.runtime.logger.warn(`counted ${name}`);
  }

  #add(item: unknown): void {
    this.#got.push(item);
    this.#arrived.add(item);
  }
}

/** Links to actors, and tells somebody of whose end it hears, and why. */
export class Linker extends Process {
  readonly #reader: PID;

  constructor(reader: PID) {
    super();
    this.#reader = reader;
  }

  watch(...pids: PID[]): void {
    for (const pid of pids) this.link(pid);
  }

  delegateTo(name: string, pid: PID): void {
    this.delegate(name, pid);
  }

  unwatch(...pids: PID[]): void {
    for (const pid of pids) this.unlink(pid);
  }

  protected override exited(pid: PID, reason: ExitReason): void {
    this.send(this.#reader, 'item', [pid.toString(), reason.type]);
  }
}

/** Ends its thread as it is told. */
export class Bomb extends Process {
  readonly #kept: unknown[] = [];

  /** Its sender hears of it before the end. */
  goOff(how: string, reader: PID): void {
    this.send(reader, 'item', 'before');
    if (how === 'exit') process.exit(3);
    // What was sent leaves first.
    this.delay(1, () => {
      if (how === 'memory') for (;;) this.#kept.push(Array.from({ length: 1_000 }, (_, index) => ({ index })));
      if (how === 'loop') for (;;);
      // Not in an actor's turn, where it would end the actor only.
      process.nextTick(() => {
        if (how === 'rejection') void Promise.reject(new Error('nobody handles this'));
        else throw new Error('nobody catches this');
      });
    });
  }
}

/** Cannot be initialised, at once or after a while; what it leaves behind it takes its time to put away. */
export class Stillborn extends Process {
  readonly #how: string;

  constructor(how: string, id?: string) {
    super(id);
    this.#how = how;
  }

  protected override initialize(): Promise<void> | undefined {
    if (this.#how === 'code') throw new ProcessError('PROCESS_ID_IN_USE', 'of a child');
    if (this.#how !== 'late') throw new RangeError(`not ${this.#how}`);
    return Promise.reject(new RangeError('not later'));
  }

  protected override async finalize(): Promise<void> {
    await new Promise(setImmediate);
  }
}

/** Never comes to its end by itself. */
export class Lasting extends Process {
  readonly #reader: PID;

  constructor(reader: PID) {
    super();
    this.#reader = reader;
  }

  protected override async finalize(): Promise<void> {
    this.send(this.#reader, 'item', 'finalizing');
    await new Promise(() => undefined);
  }
}

/** Serves HTTP. */
export class Server extends Process {
  readonly #aborted = new Tally<boolean>();
  readonly #started = new Tally<string>();

  protected override initialize(): void {
    this.route('/echo', (request) => this.#echo(request), { methods: ['GET', 'POST'], help: 'Says what it heard.' });
    this.route('/upper', (request) => ({ status: 200, body: upper(request.body) }));
    this.route('/endless', (request) => ({ status: 200, body: this.#endless(request.signal) }));
    this.route('/fail', () => {
      throw new Error('no');
    });
    this.route('/unread', () => textResponse(200, 'I did not read it'));
  }

  async later(path: string): Promise<void> {
    await Promise.resolve();
    this.route(path, () => ({ status: 201, headers: { 'x-route': path }, body: Buffer.from([1, 2, 3]) }));
  }

  async aborted(): Promise<boolean> {
    await this.#aborted.reached(1);
    return true;
  }

  /** Resolves when so many requests for `/echo` have begun. */
  started(requests: number): Promise<void> {
    return this.#started.reached(requests);
  }

  async #echo(request: HttpRequest): Promise<HttpResponse> {
    const { method, path, query, headers, client } = request;
    this.#started.add(path);
    const body = await readBody(request.body, 1_000_000);
    const heard = { method, path, query: query.toString(), header: headers['x-test'], client, body: String(body) };
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(heard) };
  }

  async *#endless(signal: AbortSignal): AsyncGenerator<string> {
    signal.addEventListener('abort', () => {
      this.#aborted.add(true);
    });
    for (let line = 0; !signal.aborted; line++) {
      yield `${line}\n`;
      await new Promise(setImmediate);
    }
  }
}

async function* upper(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const chunk of body) yield Buffer.from(chunk).toString().toUpperCase();
}
