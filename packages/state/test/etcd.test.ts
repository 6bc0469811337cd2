import { EtcdClient } from '@mesos-ts/election/etcd';
import { etcdAbsence, startEtcd, type TestServer } from '@mesos-ts/election/testing';
import { SeededRandom, SystemClock } from '@mesos-ts/libprocess';
import test from 'ava';
import { EtcdStorage } from '../src/etcd.ts';
import { State, StateError } from '../src/index.ts';
import { storageSuite } from '../src/testing/index.ts';

const absence = etcdAbsence();
const quiet = (): void => undefined;
const surroundings = {
  clock: new SystemClock(),
  random: new SeededRandom(1),
  logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
};
let server: TestServer | undefined;
let prefixes = 0;

function open(prefix: string, port = server?.port ?? 0): EtcdStorage {
  const address = { endpoints: [{ host: '127.0.0.1', port }], prefix, credentials: undefined };
  return new EtcdStorage({ address, callTimeoutMs: port === 1 ? 300 : 60_000, surroundings });
}

if (absence === undefined) {
  test.before(async () => {
    server = await startEtcd();
  });
  test.after.always(() => server?.close());

  storageSuite(test, {
    name: 'etcd',
    use: async (work) => {
      const prefix = `/state/suite-${prefixes++}`;
      let storage = open(prefix);
      try {
        await work(storage, async () => {
          await storage.close();
          return (storage = open(prefix));
        });
      } finally {
        await storage.close();
      }
    },
  });

  test('an entry that is too large for etcd is refused', async (t) => {
    const storage = open(`/state/large-${prefixes++}`);
    const state = new State(storage, new SeededRandom(2));
    const error = await t.throwsAsync(state.store((await state.fetch('b')).mutate(new Uint8Array(1_100_000))), {
      instanceOf: StateError,
    });
    t.regex(error.message, /too many for etcd/);
    await storage.close();
  });

  test('names are told however much is stored, and are those of this storage alone', async (t) => {
    const prefix = `/state/many-${prefixes++}`;
    const storage = open(prefix);
    const below = open(`${prefix}/a`);
    const state = new State(storage, new SeededRandom(2));
    const other = new State(below, new SeededRandom(3));
    await other.store((await other.fetch('b')).mutate(Buffer.from('of another')));
    t.is((await state.fetch('a')).value.length, 0);
    // More than fits into an answer of gRPC; and more names than are asked for at a time.
    const large = ['1', '2', '3', '4', '5'];
    for (const name of large) await state.store((await state.fetch(name)).mutate(Buffer.alloc(990_000)));
    const small = Array.from({ length: 1_100 }, (_, index) => `small ${index}`);
    const endpoints = [{ host: '127.0.0.1', port: server?.port ?? 0 }];
    const client = new EtcdClient({ endpoints, prefix, credentials: undefined }, 60_000, surroundings);
    await Promise.all(
      small.map((name) => client.write(`${prefix}/${encodeURIComponent(name)}/`, Buffer.from('anything'), 0n)),
    );
    client.close();
    t.deepEqual([...(await state.names())].toSorted(), [...large, ...small].toSorted());
    t.deepEqual([...(await other.names())], ['b']);
    await Promise.all([storage.close(), below.close()]);
  });

  test('an etcd that cannot be reached is an error after some attempts', async (t) => {
    const storage = open('/state/nowhere', 1);
    t.is((await t.throwsAsync(storage.get('a'), { instanceOf: StateError })).code, 'STATE_FAILED');
    await storage.close();
  });
} else {
  test(`the state is not kept in etcd here: ${absence}`, (t) => {
    t.not(process.env['MESOS_REQUIRE_ELECTION_SERVICES'], '1', 'it has to be there');
  });
}
