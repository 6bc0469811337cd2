import { ProcessError } from '../errors.ts';
import { deferred } from '../deferred.ts';
import type { Connection, ConnectionHandlers, OpenOptions, Transport } from '../transport/transport.ts';

/** The assertions that the suite needs; those of ava fit. */
export interface SuiteAssertions {
  is(actual: unknown, expected: unknown, message?: string): unknown;
  true(actual: boolean, message?: string): unknown;
  deepEqual<T>(actual: T, expected: T, message?: string): unknown;
}

/** How the suite declares a test; ava's `test` fits. */
export type SuiteTest = (title: string, run: (t: SuiteAssertions) => Promise<void>) => void;

/** Options of `transportSuite`. */
export interface TransportSuiteOptions {
  /** What the tests' titles begin with. */
  readonly name: string;
  /** Called by each test, for a network of its own. */
  readonly setup: () => {
    /** A transport that can be reached by every other of this network: at an address of its own, or at the one given, which was in use before. */
    transport(address?: string): Transport;
  };
}

/** Hears of a connection's frames and end. */
class Listener {
  readonly frames: Buffer[] = [];
  readonly reasons: string[] = [];
  readonly connection: Connection;
  readonly #ended = deferred<void>();
  #inside = false;
  #waiting: { count: number; resolve: () => void } | undefined;
  calledFromInside = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  open(options: OpenOptions = {}): this {
    const handlers: ConnectionHandlers = {
      frame: (bytes) => {
        this.calledFromInside ||= this.#inside;
        this.frames.push(Buffer.from(bytes));
        if (this.frames.length === this.#waiting?.count) this.#waiting.resolve();
      },
      close: (reason) => {
        this.calledFromInside ||= this.#inside;
        this.reasons.push(reason);
        this.#ended.resolve();
      },
    };
    this.#without(() => {
      this.connection.open(handlers, options);
    });
    return this;
  }

  send(frame: Uint8Array): void {
    this.#without(() => {
      this.connection.send(frame);
    });
  }

  close(reason: string): void {
    this.#without(() => {
      this.connection.close(reason);
    });
  }

  until(count: number): Promise<void> {
    if (this.frames.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { count, resolve };
    });
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  #without(call: () => void): void {
    this.#inside = true;
    call();
    this.#inside = false;
  }
}

const never = new AbortController().signal;

async function listen(transport: Transport): Promise<{ address: string; accepted: Promise<Connection> }> {
  const { promise, resolve } = deferred<Connection>();
  const address = await transport.listen({ connection: resolve, request: () => Promise.resolve({ status: 404 }) });
  return { address, accepted: promise };
}

async function code(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return error instanceof ProcessError ? error.code : String(error);
  }
}

/** Two connected ends: `near` has connected to `far`. */
async function pair(network: ReturnType<TransportSuiteOptions['setup']>): Promise<{
  near: Listener;
  far: Listener;
  stop: () => Promise<void>;
}> {
  const [server, client] = [network.transport(), network.transport()];
  const { address, accepted } = await listen(server);
  await listen(client);
  const near = new Listener(await client.connect(address, never));
  const far = new Listener(await accepted);
  return {
    near,
    far,
    stop: async () => {
      await Promise.all([client.close(), server.close()]);
    },
  };
}

/** Numbered frames of many sizes. */
function numbered(count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const frame = Buffer.alloc(4 + ((index * 7_919) % 3_000), index & 255);
    frame.writeUInt32BE(index);
    return frame;
  });
}

/** What every `Transport` promises, as tests. */
export function transportSuite(test: SuiteTest, { name, setup }: TransportSuiteOptions): void {
  declareFrameTests(test, name, setup);
  declareEndTests(test, name, setup);
  declareAddressTests(test, name, setup);
}

function declareFrameTests(test: SuiteTest, name: string, setup: TransportSuiteOptions['setup']): void {
  test(`${name}: frames arrive once, unaltered and in order, in both directions at once`, async (t) => {
    const { near, far, stop } = await pair(setup());
    near.open();
    far.open();
    const frames = numbered(500);
    for (const frame of frames) {
      near.send(frame);
      far.send(frame);
    }
    await Promise.all([near.until(frames.length), far.until(frames.length)]);
    t.is(Buffer.compare(Buffer.concat(far.frames), Buffer.concat(frames)), 0);
    t.is(Buffer.compare(Buffer.concat(near.frames), Buffer.concat(frames)), 0);
    await stop();
  });

  test(`${name}: a large frame arrives as it was sent, an empty one too`, async (t) => {
    const { near, far, stop } = await pair(setup());
    far.open();
    const large = Buffer.alloc(3_000_000, 'large');
    near.open().send(Buffer.from(large));
    near.send(Buffer.alloc(0));
    await far.until(2);
    t.deepEqual(
      far.frames.map((frame) => frame.length),
      [large.length, 0],
    );
    t.is(Buffer.compare(far.frames[0] ?? Buffer.alloc(0), large), 0);
    await stop();
  });

  test(`${name}: nothing that arrives before the receiver opens is lost`, async (t) => {
    const { near, far, stop } = await pair(setup());
    near.open();
    for (const frame of numbered(50)) near.send(frame);
    far.open().send(Buffer.from('answer'));
    await Promise.all([far.until(50), near.until(1)]);
    t.is(Buffer.compare(Buffer.concat(far.frames), Buffer.concat(numbered(50))), 0);
    t.is(near.frames[0]?.toString(), 'answer');
    await stop();
  });

  test(`${name}: a first frame beyond the bound that was asked for ends the connection, later ones are free`, async (t) => {
    const network = setup();
    const first = await pair(network);
    first.near.open().send(Buffer.alloc(100_000));
    await first.far.open({ firstFrameBytesMax: 1_000 }).ended;
    t.is(first.far.frames.length, 0);
    const second = await pair(network);
    second.near.open().send(Buffer.alloc(1_000));
    second.near.send(Buffer.alloc(100_000));
    await second.far.open({ firstFrameBytesMax: 1_000 }).until(2);
    t.is(second.far.reasons.length, 0);
    await Promise.all([first.stop(), second.stop()]);
  });

  test(`${name}: handlers are never called from inside open, send or close`, async (t) => {
    const { near, far, stop } = await pair(setup());
    far.send(Buffer.from('early'));
    near.open();
    far.open();
    await near.until(1);
    near.send(Buffer.from('x'));
    await far.until(1);
    near.close('enough');
    await Promise.all([near.ended, far.ended]);
    t.is(near.calledFromInside || far.calledFromInside, false);
    await stop();
  });
}

function declareEndTests(test: SuiteTest, name: string, setup: TransportSuiteOptions['setup']): void {
  test(`${name}: both ends hear of the end once, with its reason, after the frames before it and with none after it`, async (t) => {
    const { near, far, stop } = await pair(setup());
    near.open();
    far.open();
    for (const frame of numbered(20)) near.send(frame);
    near.close('the end');
    near.send(Buffer.from('too late'));
    near.close('again');
    await Promise.all([near.ended, far.ended]);
    far.send(Buffer.from('too late as well'));
    far.close('again');
    await stop();
    t.is(Buffer.compare(Buffer.concat(far.frames), Buffer.concat(numbered(20))), 0);
    t.deepEqual(far.reasons, ['the end']);
    t.is(near.reasons.length, 1);
    t.is(near.frames.length, 0);
  });

  test(`${name}: whoever opens after the end hears of it`, async (t) => {
    const { near, far, stop } = await pair(setup());
    near.open();
    near.send(Buffer.from('last words'));
    near.close('gone');
    await near.ended;
    await far.open().ended;
    t.deepEqual([far.frames.map(String), far.reasons], [['last words'], ['gone']]);
    await stop();
  });

  test(`${name}: closing a transport ends its connections, and closing it again does nothing`, async (t) => {
    const network = setup();
    const [server, client] = [network.transport(), network.transport()];
    const { address, accepted } = await listen(server);
    const near = new Listener(await client.connect(address, never)).open();
    const far = new Listener(await accepted).open();
    await server.close();
    await server.close();
    await Promise.all([near.ended, far.ended]);
    t.is(near.reasons.length, 1);
    t.is(await code(client.connect(address, never)), 'CONNECTION_FAILED');
    await client.close();
  });

  test(`${name}: with both ends closing at the same moment each hears of the end once`, async (t) => {
    const { near, far, stop } = await pair(setup());
    near.open().close('from near');
    far.open().close('from far');
    await Promise.all([near.ended, far.ended]);
    await stop();
    t.deepEqual([near.reasons.length, far.reasons.length], [1, 1]);
  });
}

function declareAddressTests(test: SuiteTest, name: string, setup: TransportSuiteOptions['setup']): void {
  test(`${name}: connecting to where nobody listens is refused with CONNECTION_FAILED`, async (t) => {
    const network = setup();
    const [gone, client] = [network.transport(), network.transport()];
    const { address } = await listen(gone);
    await gone.close();
    t.is(await code(client.connect(address, never)), 'CONNECTION_FAILED');
    await client.close();
  });

  test(`${name}: an attempt to connect that is given up ends with CONNECTION_FAILED`, async (t) => {
    const network = setup();
    const [server, client] = [network.transport(), network.transport()];
    const { address } = await listen(server);
    t.is(await code(client.connect(address, AbortSignal.abort())), 'CONNECTION_FAILED');
    await Promise.all([client.close(), server.close()]);
  });

  test(`${name}: an address that is in use is refused, and free again after its transport was closed`, async (t) => {
    const network = setup();
    const first = network.transport();
    const { address } = await listen(first);
    t.is(
      await code(
        network
          .transport(address)
          .listen({ connection: () => undefined, request: () => Promise.resolve({ status: 404 }) }),
      ),
      'CONNECTION_FAILED',
    );
    await first.close();
    const second = network.transport(address);
    t.is((await listen(second)).address, address);
    await second.close();
  });
}
