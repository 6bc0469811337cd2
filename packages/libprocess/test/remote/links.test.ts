import test from 'ava';
import {
  MemoryNetwork,
  PID,
  Process,
  Runtime,
  SeededRandom,
  WebSocketTransport,
  parseAddress,
} from '../../src/index.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { Tally, Watcher } from '../support/actors.ts';
import { StaleTransport } from '../support/stale-transport.ts';
import type { ExitReason, LinkOptions, Transport } from '../../src/index.ts';

/** Links to actors, and keeps what it is sent and whose end it hears of, in order. */
class Linker extends Process {
  readonly heard = new Tally<string>();

  protected override initialize(): void {
    this.install('item', (from, body) => {
      this.heard.add(`${String(body)} from ${from.id}`);
    });
  }

  watch(pid: PID, options?: LinkOptions): void {
    this.link(pid, options);
  }

  emit(to: PID, ...bodies: unknown[]): void {
    for (const body of bodies) this.send(to, 'item', body);
  }

  /** Resolves in a later turn of the event loop, so that what is on the network arrives. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.delay(0, resolve);
    });
  }

  emitAndEnd(to: PID, ...bodies: unknown[]): void {
    this.emit(to, ...bodies);
    this.terminate();
  }

  protected override exited(pid: PID, reason: ExitReason): void {
    this.heard.add(`exited ${pid.id}: ${reason.type}`);
  }
}

interface Network {
  transport(address?: string): Transport;
}

const networks: Readonly<Record<string, () => Network>> = {
  memory: () => {
    const network = new MemoryNetwork();
    return { transport: (address) => network.transport(address) };
  },
  WebSocket: () => ({
    transport: (address) => new WebSocketTransport(address === undefined ? {} : parseAddress(address)),
  }),
};

const reconnect: LinkOptions = { connection: 'reconnect' };

async function pair(network: Network): Promise<{
  a: Runtime;
  b: Runtime;
  line: StaleTransport;
  here: Linker;
  there: Linker;
  herePid: PID<Linker>;
  therePid: PID<Linker>;
}> {
  const line = new StaleTransport(network.transport());
  const a = await new Runtime({ transport: line }).start();
  const b = await new Runtime({ transport: network.transport() }).start();
  const [here, there] = [new Linker('here'), new Linker('there')];
  return { a, b, line, here, there, herePid: a.spawn(here), therePid: b.spawn(there) };
}

/** Resolves when everything that was sent between two linkers before has arrived. */
async function exchange(from: Runtime, fromPid: PID<Linker>, to: Linker, text: string): Promise<void> {
  const done = to.heard.reached(to.heard.items.length + 1);
  from.tell(fromPid, 'emit', to.self, text);
  await done;
}

for (const [name, setup] of Object.entries(networks)) {
  test(`${name}: a link to a local actor is answered by exited exactly once, after all messages sent before`, async (t) => {
    const { a, b, here, herePid } = await pair(setup());
    const near = a.spawn(new Linker('near'));
    await a.dispatch(herePid, 'watch', [near]);
    await a.dispatch(herePid, 'watch', [near]);
    a.tell(near, 'emitAndEnd', herePid, 1, 2, 3);
    await here.heard.reached(4);
    a.tell(herePid, 'emit', herePid, 'last');
    await here.heard.reached(5);
    t.deepEqual(here.heard.items, [
      ...[1, 2, 3].map((body) => `${body} from near`),
      'exited near: terminated',
      'last from here',
    ]);
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: a link to a remote actor is answered by exited exactly once, after all messages sent before`, async (t) => {
    const { a, b, here, herePid } = await pair(setup());
    const far = b.spawn(new Linker('far'));
    a.tell(herePid, 'watch', far);
    a.tell(herePid, 'watch', far, { connection: 'reuse' });
    await exchange(a, herePid, here, 'linked');
    b.tell(far, 'emitAndEnd', herePid, 1, 2, 3);
    await here.heard.reached(5);
    b.send(herePid, 'item', 'last');
    await here.heard.reached(6);
    t.deepEqual(here.heard.items, [
      'linked from here',
      ...[1, 2, 3].map((body) => `${body} from far`),
      'exited far: gone',
      'last from ',
    ]);
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: links to actors that never were, here and there, are answered by exited`, async (t) => {
    const { a, b, here, herePid } = await pair(setup());
    a.tell(herePid, 'watch', new PID('near', a.address));
    a.tell(herePid, 'watch', new PID('far', b.address));
    await here.heard.reached(2);
    t.deepEqual(here.heard.items, ['exited near: gone', 'exited far: gone']);
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: links to actors that are dead already, here and there, are answered by exited`, async (t) => {
    const { a, b, here, herePid } = await pair(setup());
    const [near, far] = [a.spawn(new Linker('near')), b.spawn(new Linker('far'))];
    a.terminate(near);
    b.terminate(far);
    await Promise.all([a.wait(near), b.wait(far)]);
    a.tell(herePid, 'watch', near);
    a.tell(herePid, 'watch', far);
    await here.heard.reached(2);
    t.deepEqual(here.heard.items, ['exited near: gone', 'exited far: gone']);
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: an actor that is linked to itself ends as any other, and hears nothing of it`, async (t) => {
    const { a, b, here, herePid } = await pair(setup());
    a.tell(herePid, 'watch', herePid);
    a.tell(herePid, 'emitAndEnd', herePid, 'never');
    t.true(await a.wait(herePid));
    t.deepEqual(here.heard.items, []);
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: an actor that ends is linked to nothing any more, and who has its name next hears nothing`, async (t) => {
    const { a, b, there, herePid, therePid } = await pair(setup());
    const near = a.spawn(new Linker('near'));
    for (const pid of [near, therePid]) a.tell(herePid, 'watch', pid);
    await exchange(a, herePid, there, 'linked');
    a.terminate(herePid);
    await a.wait(herePid);
    const next = new Linker('here');
    const nextPid = a.spawn(next);
    a.terminate(near);
    b.terminate(therePid);
    await Promise.all([a.wait(near), b.wait(therePid)]);
    b.send(nextPid, 'item', 'last');
    await next.heard.reached(1);
    t.deepEqual(next.heard.items, ['last from ']);
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: RECONNECT without a connection links as REUSE does`, async (t) => {
    const { a, b, line, here, there, herePid, therePid } = await pair(setup());
    a.tell(herePid, 'watch', therePid, reconnect);
    await exchange(a, herePid, there, 'linked');
    b.tell(therePid, 'emitAndEnd', herePid, 'bye');
    await here.heard.reached(2);
    t.deepEqual(here.heard.items, ['bye from there', 'exited there: gone']);
    t.is(line.made, 1);
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: REUSE takes the connection that there is, RECONNECT a new one in its place, and all links go on over it`, async (t) => {
    const { a, b, line, here, there, herePid, therePid } = await pair(setup());
    const [near, far] = [new Watcher('near'), new Watcher('far')];
    const [nearPid, farPid] = [a.spawn(near), b.spawn(far)];
    a.tell(nearPid, 'watch', therePid, farPid);
    await exchange(a, herePid, there, 'zero');
    b.tell(farPid, 'watch', herePid, nearPid);
    await exchange(b, therePid, here, 'one');
    a.tell(herePid, 'watch', therePid, { connection: 'reuse' });
    await exchange(a, herePid, there, 'two');
    t.is(line.made, 1);
    a.tell(herePid, 'watch', therePid, reconnect);
    a.tell(herePid, 'watch', farPid);
    for (const text of ['three', 'four', 'five']) {
      await exchange(a, herePid, there, text);
      await exchange(b, therePid, here, text);
    }
    t.is(line.made, 2);
    t.is(a.metrics.snapshot()['libprocess/peers'], 1);
    t.deepEqual([near.gone.items, far.gone.items], [[], []]);
    b.terminate(therePid);
    await here.heard.reached(5);
    t.is(here.heard.items[4], 'exited there: gone');
    a.terminate(herePid);
    await Promise.all([near.gone.reached(1), far.gone.reached(1)]);
    b.terminate(farPid);
    await near.gone.reached(2);
    t.deepEqual(near.gone.items, [therePid.toString(), farPid.toString()]);
    t.deepEqual(far.gone.items, [herePid.toString()]);
    t.is(a.metrics.counter('libprocess/connections_ended').value, 0);
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: RECONNECT over a connection that is alive loses no message and changes no order, in either direction`, async (t) => {
    const { a, b, line, here, there, herePid, therePid } = await pair(setup());
    await exchange(a, herePid, there, 'begin');
    await exchange(b, therePid, here, 'begin');
    const count = 3_000;
    for (let index = 0; index < count; index++) {
      a.tell(herePid, 'emit', therePid, index);
      b.tell(therePid, 'emit', herePid, index);
      if (index % 1_000 === 500) a.tell(herePid, 'watch', therePid, reconnect);
      if (index % 1_000 === 502) b.tell(therePid, 'watch', herePid, reconnect);
      if (index % 10 === 0) await Promise.resolve();
      if (index % 100 === 0) await a.dispatch(herePid, 'turn');
    }
    await Promise.all([here.heard.reached(count + 1), there.heard.reached(count + 1)]);
    const numbers = ['begin', ...Array.from({ length: count }, (_, index) => String(index))];
    t.deepEqual(
      here.heard.items,
      numbers.map((text) => `${text} from there`),
    );
    t.deepEqual(
      there.heard.items,
      numbers.map((text) => `${text} from here`),
    );
    t.true(line.made > 2);
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: over a connection that has gone dead nothing passes; RECONNECT makes messages pass again, in both directions`, async (t) => {
    const { a, b, line, here, there, herePid, therePid } = await pair(setup());
    b.tell(therePid, 'watch', herePid);
    await exchange(b, therePid, here, 'linked');
    await exchange(a, herePid, there, 'linked');
    line.goStale();
    a.tell(herePid, 'emit', therePid, 'lost');
    b.tell(therePid, 'emit', herePid, 'lost');
    a.tell(herePid, 'watch', therePid, reconnect);
    await insist(a, herePid, there);
    await insist(b, therePid, here);
    t.false([...here.heard.items, ...there.heard.items].some((item) => item.startsWith('lost')));
    t.false([...here.heard.items, ...there.heard.items].some((item) => item.startsWith('exited')));
    a.terminate(herePid);
    await there.heard.reached(there.heard.items.length + 1);
    t.is(there.heard.items.at(-1), 'exited here: gone');
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: what ended while the connection was dead is told of after RECONNECT, once, and what lives is not`, async (t) => {
    const { a, b, line, here, there, herePid, therePid } = await pair(setup());
    const far = b.spawn(new Linker('far'));
    for (const pid of [therePid, far]) a.tell(herePid, 'watch', pid);
    await exchange(a, herePid, there, 'linked');
    await exchange(b, therePid, here, 'linked');
    line.goStale();
    b.terminate(far);
    await b.wait(far);
    // Whoever has the name now is another.
    b.spawn(new Linker('far'));
    a.tell(herePid, 'watch', therePid, reconnect);
    await here.heard.reached(2);
    t.is(here.heard.items[1], 'exited far: gone');
    await exchange(b, therePid, here, 'last');
    t.is(here.heard.items.length, 3);
    b.terminate(therePid);
    await here.heard.reached(4);
    t.is(here.heard.items[3], 'exited there: gone');
    await Promise.all([a.close(), b.close()]);
  });

  test(`${name}: RECONNECT with a runtime that was restarted at its address tells all who were linked`, async (t) => {
    const network = setup();
    const { a, b, line, here, there, herePid, therePid } = await pair(network);
    const near = new Watcher('near');
    a.tell(a.spawn(near), 'watch', therePid);
    await exchange(a, herePid, there, 'linked');
    await exchange(b, therePid, here, 'linked');
    line.goStale();
    const { address } = b;
    await b.close();
    const second = await new Runtime({ transport: network.transport(address) }).start();
    const next = new Linker('there');
    second.spawn(next);
    a.tell(herePid, 'watch', therePid, reconnect);
    await Promise.all([near.gone.reached(1), here.heard.reached(2)]);
    t.is(here.heard.items[1], 'exited there: lost');
    a.tell(herePid, 'watch', therePid);
    await exchange(a, herePid, next, 'found');
    second.terminate(therePid);
    await here.heard.reached(3);
    t.is(here.heard.items[2], 'exited there: gone');
    t.is(near.gone.items.length, 1);
    await Promise.all([a.close(), second.close()]);
  });

  test(`${name}: RECONNECT with a runtime that cannot be reached any more tells all who were linked`, async (t) => {
    const { a, b, line, here, there, herePid, therePid } = await pair(setup());
    const near = new Watcher('near');
    a.tell(a.spawn(near), 'watch', therePid);
    await exchange(a, herePid, there, 'linked');
    await exchange(b, therePid, here, 'linked');
    line.goStale();
    await b.close();
    t.deepEqual(near.gone.items, []);
    a.tell(herePid, 'watch', therePid, reconnect);
    await Promise.all([near.gone.reached(1), here.heard.reached(2)]);
    t.is(here.heard.items[1], 'exited there: lost');
    t.is(a.metrics.snapshot()['libprocess/peers'], 0);
    await a.close();
  });

  test(`${name}: RECONNECT from both sides at once ends with one connection, and all links go on`, async (t) => {
    for (let seed = 0; seed < 20; seed++) {
      const random = new SeededRandom(seed);
      const { a, b, line, here, there, herePid, therePid } = await pair(setup());
      a.tell(herePid, 'watch', therePid);
      b.tell(therePid, 'watch', herePid);
      await exchange(a, herePid, there, 'linked');
      await exchange(b, therePid, here, 'linked');
      if (seed % 2 === 0) line.goStale();
      for (const relink of [
        () => {
          a.tell(herePid, 'watch', therePid, reconnect);
        },
        () => {
          b.tell(therePid, 'watch', herePid, reconnect);
        },
      ]) {
        relink();
        // A few turns apart, so that the attempts meet at every stage.
        for (let turn = Math.floor(random.next() * 6); turn > 0; turn--) await Promise.resolve();
      }
      // Until the new connection is agreed on, messages may be lost; after that, none.
      await Promise.race([insist(a, herePid, there), there.heard.reached(3)]);
      await Promise.race([insist(b, therePid, here), here.heard.reached(3)]);
      const before = [...here.heard.items, ...there.heard.items].filter((item) => item.startsWith('exited'));
      t.deepEqual(before, [], `seed ${seed}`);
      a.terminate(herePid);
      await there.heard.reached(there.heard.items.length + 1);
      t.is(there.heard.items.at(-1), 'exited here: gone', `seed ${seed}`);
      t.deepEqual(
        [a, b].map((runtime) => runtime.metrics.snapshot()['libprocess/peers']),
        [1, 1],
      );
      await Promise.all([a.close(), b.close()]);
    }
  });
}

/** Sends until something arrives. */
async function insist(from: Runtime, fromPid: PID<Linker>, to: Linker): Promise<void> {
  const count = to.heard.items.length;
  while (to.heard.items.length === count) {
    from.tell(fromPid, 'emit', to.self, 'again');
    await from.wait(fromPid, 5);
  }
}

test('whoever is linked to an actor of a runtime that is not there hears why', async (t) => {
  const reasons = new Tally<ExitReason>();
  class Inquirer extends Process {
    readonly #pid: PID;

    constructor(pid: PID) {
      super();
      this.#pid = pid;
    }

    protected override initialize(): void {
      this.link(this.#pid);
    }

    protected override exited(_pid: PID, reason: ExitReason): void {
      reasons.add(reason);
    }
  }
  await using runtime = await new Runtime({ transport: new WebSocketTransport({ ip: '127.0.0.1' }) }).start();
  const address = `127.0.0.1:${await freePort()}`;
  runtime.spawn(new Inquirer(new PID('nobody', address)));
  await reasons.reached(1);
  const [reason] = reasons.items;
  t.is(reason?.type, 'lost');
  t.regex(
    (reason?.type === 'lost' ? reason.why : undefined) ?? '',
    /^Cannot connect to 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
  );
});
