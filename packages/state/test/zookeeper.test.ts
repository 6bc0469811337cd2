import { ZooKeeperSession } from '@mesos-ts/election/zookeeper';
import { FaultyProxy, startZooKeeper, zooKeeperAbsence, type TestServer } from '@mesos-ts/election/testing';
import { deferred, SeededRandom, SystemClock } from '@mesos-ts/libprocess';
import test from 'ava';
import { State, StateError } from '../src/index.ts';
import { ZooKeeperStorage } from '../src/zookeeper.ts';
import { storageSuite } from '../src/testing/index.ts';

const absence = zooKeeperAbsence();
const quiet = (): void => undefined;
const surroundings = {
  clock: new SystemClock(),
  random: new SeededRandom(1),
  logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
};
function must<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('It is not there');
  return value;
}

const patient = { sessionTimeoutMs: 60_000, connectTimeoutMs: 60_000 };

let server: TestServer | undefined;
let paths = 0;

function open(path: string, more: Partial<ConstructorParameters<typeof ZooKeeperStorage>[0]> = {}): ZooKeeperStorage {
  const servers = [{ host: '127.0.0.1', port: server?.port ?? 0 }];
  // A busy machine is no reason to give up.
  return new ZooKeeperStorage({ servers, path, surroundings, ...patient, ...more });
}

if (absence === undefined) {
  test.before(async () => {
    server = await startZooKeeper();
  });
  test.after.always(() => server?.close());

  storageSuite(test, {
    name: 'ZooKeeper',
    use: async (work) => {
      const path = `/state/suite-${paths++}`;
      let storage = open(path);
      try {
        await work(storage, async () => {
          await storage.close();
          return (storage = open(path));
        });
      } finally {
        await storage.close();
      }
    },
  });

  test('what is in a node and no entry is refused, and so is an entry that is too large', async (t) => {
    const path = `/state/odd-${paths++}`;
    const storage = open(path);
    const state = new State(storage, new SeededRandom(2));
    await state.store((await state.fetch('a')).mutate(Buffer.from('x')));
    const large = t.throwsAsync(state.store((await state.fetch('b')).mutate(new Uint8Array(1_100_000))), {
      instanceOf: StateError,
    });
    t.regex((await large).message, /too many for ZooKeeper/);
    await new Promise<void>((resolve) => {
      const session: ZooKeeperSession = new ZooKeeperSession(
        { servers: [{ host: '127.0.0.1', port: server?.port ?? 0 }], timeoutMs: 60_000, credentials: undefined },
        surroundings,
        {
          connected: () => {
            void session
              .write(`${path}/a`, Buffer.from('garbage'), -1)
              .then(() => session.close())
              .then(resolve);
          },
          disconnected: quiet,
          watched: quiet,
          ended: quiet,
        },
      );
    });
    t.is((await t.throwsAsync(storage.get('a'), { instanceOf: StateError })).code, 'STATE_CORRUPT');
    await storage.close();
  });

  test('a storage may have its path below that of another one: neither sees entries of the other', async (t) => {
    const path = `/state/nested-${paths++}`;
    const outer = open(path);
    const inner = open(`${path}/a`);
    const [above, below] = [new State(outer, new SeededRandom(4)), new State(inner, new SeededRandom(5))];
    must(await below.store((await below.fetch('x')).mutate(Buffer.from('below'))));
    t.deepEqual(await above.names(), new Set());
    t.is(await outer.get('a'), undefined);
    // An entry of that very name, beside what is below it.
    const first = must(await above.store((await above.fetch('a')).mutate(Buffer.from('first'))));
    t.deepEqual(await above.names(), new Set(['a']));
    t.is(
      await above.store((await above.fetch('a')).mutate(Buffer.from('second'))).then((it) => it !== undefined),
      true,
    );
    t.is(await above.store(first.mutate(Buffer.from('late'))), undefined);
    t.is(await above.expunge(first), false);
    t.is(await above.expunge(await above.fetch('a')), true);
    t.deepEqual(await above.names(), new Set());
    t.is(await above.expunge(first), false);
    t.deepEqual(await below.names(), new Set(['x']));
    t.is(Buffer.from((await below.fetch('x')).value).toString(), 'below');
    must(await above.store((await above.fetch('a')).mutate(Buffer.from('third'))));
    t.is(Buffer.from((await above.fetch('a')).value).toString(), 'third');
    await outer.close();
    await inner.close();
  });

  test('what became of a change whose answer was lost is found out, and it is made once', async (t) => {
    const sent = deferred<void>();
    await using proxy = await FaultyProxy.start(
      () => server?.port ?? 0,
      (bytes) => {
        if (bytes.includes('the second')) sent.resolve();
      },
    );
    const servers = [{ host: '127.0.0.1', port: proxy.port }];
    const storage = open(`/state/lost-${paths++}`, { servers });
    const state = new State(storage, new SeededRandom(3));
    const first = await state.store((await state.fetch('a')).mutate(Buffer.from('the first')));
    const storing = state.store(must(first).mutate(Buffer.from('the second')));
    // The request has gone on by now, or has not: it is cut either way.
    const late = sent.promise.then(() => {
      proxy.cut();
    });
    await Promise.all([storing, late]);
    const stored = must(await storing);
    const found = await state.fetch('a');
    t.is(Buffer.from(found.value).toString(), 'the second');
    t.is(Buffer.compare(found.uuid, stored.uuid), 0);
    await storage.close();
  });

  test('a ZooKeeper that cannot be reached is an error after a while', async (t) => {
    const storage = open('/state/nowhere', { servers: [{ host: '127.0.0.1', port: 1 }], connectTimeoutMs: 300 });
    const error = await t.throwsAsync(storage.get('a'), { instanceOf: StateError });
    t.is(error.code, 'STATE_FAILED');
    t.regex(error.message, /no connection to ZooKeeper after 300 ms/);
    await storage.close();
  });
} else {
  test(`the state is not kept in ZooKeeper here: ${absence}`, (t) => {
    t.not(process.env['MESOS_REQUIRE_ELECTION_SERVICES'], '1', 'it has to be there');
  });
}
