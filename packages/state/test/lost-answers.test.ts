import { EtcdClient, EtcdError, type EtcdEntry } from '@mesos-ts/election/etcd';
import { SeededRandom, SystemClock, debugLogger } from '@mesos-ts/libprocess';
import test from 'ava';
import { EtcdStorage } from '../src/etcd.ts';
import { State, StateError, type Variable } from '../src/index.ts';

const lost = new EtcdError(14, 'the answer is lost');

/** An etcd of one key, in the place of the real one: it can lose the answer of a write that it has made, and somebody else comes in between. */
class OneKey {
  key: EtcdEntry | undefined;
  revision = 1n;
  afterWrite: (() => void) | undefined;
  /** Takes the place of the next removal. */
  onRemove: (() => void) | undefined;

  take(client: EtcdClient): void {
    client.find = async () => this.key;
    client.remove = async (_key, modRevision) => {
      const instead = this.onRemove;
      this.onRemove = undefined;
      instead?.();
      if (this.key === undefined || this.key.modRevision !== modRevision) return false;
      this.key = undefined;
      return true;
    };
    client.write = async (key, value, modRevision) => {
      if ((this.key?.modRevision ?? 0n) !== modRevision) return false;
      this.put(key, value);
      const { afterWrite } = this;
      this.afterWrite = undefined;
      if (afterWrite === undefined) return true;
      afterWrite();
      throw lost;
    };
  }

  put(key: string, value: Uint8Array): void {
    const modRevision = ++this.revision;
    const createRevision = this.key?.createRevision ?? modRevision;
    this.key = { key, value: Buffer.from(value), createRevision, modRevision, lease: 0n };
  }
}

const surroundings = { clock: new SystemClock(), random: new SeededRandom(1), logger: debugLogger('mesos:test') };
const address = { endpoints: [{ host: '127.0.0.1', port: 1 }], prefix: '/lost', credentials: undefined };

/** Runs some work on an etcd of one key, whose variable has been stored. */
async function withOneKey(
  work: (etcd: OneKey, state: State, first: Variable, former: EtcdEntry) => Promise<void>,
): Promise<void> {
  const etcd = new OneKey();
  const { find, remove, write } = Object.getOwnPropertyDescriptors(EtcdClient.prototype);
  etcd.take(EtcdClient.prototype);
  const storage = new EtcdStorage({ address, surroundings });
  try {
    const state = new State(storage, new SeededRandom(2));
    const first = await state.store((await state.fetch('a')).mutate(Buffer.from('first')));
    if (first === undefined || etcd.key === undefined) throw new Error('it was not stored');
    await work(etcd, state, first, etcd.key);
  } finally {
    await storage.close();
    Object.defineProperties(EtcdClient.prototype, { find, remove, write });
  }
}

for (const [title, others] of [
  ['replaced', (etcd: OneKey, former: EtcdEntry) => etcd.put(former.key, former.value)],
  ['removed', (etcd: OneKey) => (etcd.key = undefined)],
] as const) {
  test.serial(
    `of a change whose answer was lost, and that others have ${title}, nobody is told that it was not made, nor is it made again`,
    (t) =>
      withOneKey(async (etcd, state, first, former) => {
        etcd.afterWrite = () => others(etcd, former);
        const error = await t.throwsAsync(state.store(first.mutate(Buffer.from('second'))), { instanceOf: StateError });
        t.is(error.code, 'STATE_FAILED');
        t.regex(error.message, /it is not known whether/);
        t.not(Buffer.from((await state.fetch('a')).value).toString(), 'second');
      }),
  );
}

test.serial(
  'of a removal whose answer was lost, before others stored the variable, nobody is told that it was not made',
  (t) =>
    withOneKey(async (etcd, state, first, former) => {
      await state.store(first.mutate(Buffer.from('second')));
      const second = etcd.key?.value ?? Buffer.of();
      etcd.key = former;
      etcd.onRemove = () => {
        etcd.put(former.key, second);
        throw lost;
      };
      const error = await t.throwsAsync(state.expunge(first), { instanceOf: StateError });
      t.is(error.code, 'STATE_FAILED');
      t.regex(error.message, /it is not known whether/);
      t.is(Buffer.from((await state.fetch('a')).value).toString(), 'second');
    }),
);

test.serial('a removal that is tried again while the first attempt is still on its way is made', (t) =>
  withOneKey(async (etcd, state, first) => {
    etcd.onRemove = () => {
      // This one is late, and comes to etcd together with the next.
      etcd.onRemove = () => (etcd.key = undefined);
      throw lost;
    };
    t.true(await state.expunge(first));
  }),
);

test.serial('a variable that others have changed or removed is not expunged', (t) =>
  withOneKey(async (etcd, state, first) => {
    await state.store(first.mutate(Buffer.from('second')));
    t.false(await state.expunge(first));
    etcd.key = undefined;
    t.false(await state.expunge(first));
  }),
);
