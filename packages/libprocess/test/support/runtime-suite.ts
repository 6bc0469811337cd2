import test from 'ava';
import { PID, Runtime, SeededRandom } from '../../src/index.ts';
import { Collector, Watcher } from './actors.ts';
import type { Connection, RuntimeOptions, Transport, TransportHandlers } from '../../src/index.ts';

/** A transport that counts the connections that are open at its end. */
export class CountingTransport implements Transport {
  open = 0;
  readonly #transport: Transport;
  #waiting: { open: number; resolve: () => void } | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Resolves when so many are open. */
  reaches(open: number): Promise<void> {
    if (this.open === open) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { open, resolve };
    });
  }

  listen(handlers: TransportHandlers): Promise<string> {
    const connection = (made: Connection): void => {
      handlers.connection(this.#count(made));
    };
    return this.#transport.listen({ ...handlers, connection });
  }

  async connect(address: string, signal: AbortSignal): Promise<Connection> {
    return this.#count(await this.#transport.connect(address, signal));
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #add(change: number): void {
    this.open += change;
    if (this.open === this.#waiting?.open) this.#waiting.resolve();
  }

  #count(connection: Connection): Connection {
    this.#add(1);
    return {
      remote: connection.remote,
      get evidence() {
        return connection.evidence ?? {};
      },
      get bufferedBytes() {
        return connection.bufferedBytes;
      },
      open: (handlers, options) => {
        const close = (reason: string): void => {
          this.#add(-1);
          handlers.close(reason);
        };
        const frame = (bytes: Uint8Array): void => {
          handlers.frame(bytes);
        };
        connection.open({ ...handlers, frame, close }, options);
      },
      send: (frame) => {
        connection.send(frame);
      },
      ...(connection.probe === undefined ? {} : { probe: connection.probe.bind(connection) }),
      close: (reason) => {
        connection.close(reason);
      },
    };
  }
}

interface Network {
  transport(address?: string): Transport;
}

interface RuntimeSuiteOptions {
  readonly name: string;
  readonly setup: () => Network;
  /** Options of every runtime. */
  readonly options?: RuntimeOptions;
}

/** What runtimes promise over any transport. */
export function runtimeSuite({ name, setup, options: all = {} }: RuntimeSuiteOptions): void {
  const start = (network: Network, options: RuntimeOptions = {}): Promise<Runtime> =>
    new Runtime({ ...all, transport: network.transport(), ...options }).start();
  test(`${name}: messages both ways at once arrive all, in order between each pair, over many frames`, async (t) => {
    const network = setup();
    await using a = await start(network);
    await using b = await start(network);
    const here = [new Collector('x'), new Collector('y')];
    const there = [new Collector('x'), new Collector('y')];
    const [herePids, therePids] = [here.map((actor) => a.spawn(actor)), there.map((actor) => b.spawn(actor))];
    const count = 2_000;
    for (let first = 0; first < count; first += 500) {
      for (const from of herePids) for (const to of therePids) a.tell(from, 'emit', to, first, 500);
      for (const from of therePids) for (const to of herePids) b.tell(from, 'emit', to, first, 500);
    }
    await Promise.all([...here, ...there].map((actor) => actor.got.reached(2 * count)));
    const expected = Array.from({ length: count }, (_, index) => index);
    for (const [actors, senders] of [
      [here, therePids],
      [there, herePids],
    ] as const) {
      for (const actor of actors) for (const from of senders) t.deepEqual(actor.bodies(from), expected);
    }
  });

  test(`${name}: runtimes that connect to each other at the same moment end with one connection and lose nothing`, async (t) => {
    for (let seed = 0; seed < 20; seed++) {
      const random = new SeededRandom(seed);
      const network = setup();
      const transports = [1, 2, 3].map(() => new CountingTransport(network.transport()));
      const runtimes = await Promise.all(transports.map((transport) => new Runtime({ ...all, transport }).start()));
      const actors = runtimes.map(() => new Collector('c'));
      const pids = actors.map((actor, index) => runtimes[index]?.spawn(actor));
      for (const [index, runtime] of runtimes.entries()) {
        // A few turns apart, so that the attempts meet at every stage.
        for (let turn = Math.floor(random.next() * 4); turn > 0; turn--) await Promise.resolve();
        for (const [other, pid] of pids.entries()) {
          const from = pids[index];
          if (other !== index && pid !== undefined && from !== undefined) runtime.tell(from, 'emit', pid, 0, 10);
        }
      }
      await Promise.all(actors.map((actor) => actor.got.reached(20)));
      await Promise.all(transports.map((transport) => transport.reaches(2)));
      for (const runtime of runtimes) t.is(runtime.metrics.snapshot()['libprocess/peers'], 2, `seed ${seed}`);
      t.true(runtimes.every((runtime) => runtime.metrics.counter('libprocess/connections_ended').value === 0));
      await Promise.all(runtimes.map((runtime) => runtime.close()));
      t.deepEqual(
        transports.map((transport) => transport.open),
        [0, 0, 0],
      );
    }
  });

  test(`${name}: a broken connection tells every linker on both sides exactly once`, async (t) => {
    const network = setup();
    const transport = network.transport();
    const a = await start(network);
    const b = await new Runtime({ ...all, transport }).start();
    const here = [new Watcher('one'), new Watcher('two')];
    const [target, other] = [new Collector('t'), new Collector('u')];
    const [pid, otherPid] = [b.spawn(target), b.spawn(other)];
    const watcherThere = new Watcher('there');
    const linkers = here.map((watcher) => a.spawn(watcher));
    for (const linker of linkers) a.tell(linker, 'watch', pid, otherPid, pid);
    const home = new Collector('home');
    const homePid = a.spawn(home);
    b.tell(b.spawn(watcherThere), 'watch', homePid);
    b.tell(pid, 'emit', homePid, 0, 1);
    await home.got.reached(1);
    // As if the host died: the actors there do not get to say goodbye.
    await transport.close();
    await Promise.all([...here.map((watcher) => watcher.gone.reached(2)), watcherThere.gone.reached(1)]);
    await Promise.all([a.close(), b.close()]);
    for (const watcher of here) t.deepEqual([...watcher.gone.items].toSorted(), [pid.toString(), otherPid.toString()]);
    t.deepEqual(watcherThere.gone.items, [homePid.toString()]);
  });

  test(`${name}: links to remote actors that end, never were, or cannot be reached are all answered once`, async (t) => {
    const network = setup();
    await using a = await start(network);
    await using b = await start(network);
    const nowhere = network.transport();
    const unreachable = await nowhere.listen({
      connection: () => undefined,
      request: () => Promise.resolve({ status: 404 }),
    });
    await nowhere.close();
    const target = b.spawn(new Collector('t'));
    const [absent, lost] = [new PID('absent', b.address), new PID('any', unreachable)];
    const watcher = new Watcher('w');
    a.tell(a.spawn(watcher), 'watch', target, absent, lost);
    await watcher.gone.reached(2);
    b.terminate(target);
    await watcher.gone.reached(3);
    t.deepEqual([...watcher.gone.items].toSorted(), [absent, lost, target].map(String).toSorted());
  });

  test(`${name}: a peer that was restarted at its address is reached again`, async (t) => {
    const network = setup();
    await using a = await start(network);
    const first = await start(network);
    const { address } = first;
    first.spawn(new Collector('c'));
    const watcher = new Watcher('w');
    const watching = a.spawn(watcher);
    const pid = new PID('c', address);
    a.tell(watching, 'watch', pid);
    a.send(pid, 'item', 'lost or not');
    await first.close();
    await watcher.gone.reached(1);
    await using second = await new Runtime({ ...all, transport: network.transport(address) }).start();
    const collector = new Collector('c');
    second.spawn(collector);
    a.send(pid, 'item', 'found');
    await collector.got.reached(1);
    a.tell(watching, 'watch', pid);
    second.terminate(pid);
    await watcher.gone.reached(2);
    t.deepEqual(collector.bodies(), ['found']);
  });

  test(`${name}: a message that is too large, cannot be written or has too long a name is dropped and counted, those around it pass`, async (t) => {
    const network = setup();
    await using a = await start(network, { limits: { frameBytesMax: 10_000 } });
    await using b = await start(network);
    const collector = new Collector('c');
    const pid = b.spawn(collector);
    const sender = a.spawn(new Collector('s'));
    for (const body of ['before', 'x'.repeat(20_000), () => undefined, 2n ** 80n, 'after']) {
      a.tell(sender, 'emitBody', pid, body);
    }
    await collector.got.reached(3);
    a.send(pid, 'x'.repeat(2_000));
    a.send(new PID('x'.repeat(2_000), b.address), 'item');
    a.send(pid, 'item', 'last');
    await collector.got.reached(4);
    t.deepEqual(collector.bodies(), ['before', undefined, 'after', 'last']);
    t.is(a.metrics.counter('libprocess/messages_dropped').value, 4);
    t.is(a.metrics.counter('libprocess/connections_ended').value, 0);
  });

  test(`${name}: whatever is sent on the way out still leaves`, async (t) => {
    const network = setup();
    const a = await start(network);
    await using b = await start(network);
    const collector = new Collector('c');
    const pid = b.spawn(collector);
    class Last extends Collector {
      protected override async finalize(): Promise<void> {
        await Promise.resolve();
        this.send(pid, 'item', 'goodbye');
      }
    }
    a.tell(a.spawn(new Last('last')), 'emit', pid, 0, 1);
    await collector.got.reached(1);
    await a.close();
    await collector.got.reached(2);
    t.deepEqual(collector.bodies(), [0, 'goodbye']);
  });
}
