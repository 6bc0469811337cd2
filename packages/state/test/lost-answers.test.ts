import { EtcdClient, EtcdError, type EtcdEntry } from '@mesos-ts/election/etcd';
import { SeededRandom, SystemClock, debugLogger } from '@mesos-ts/libprocess';
import test from 'ava';
import { EtcdStorage } from '../src/etcd.ts';
import { State, StateError } from '../src/index.ts';

/** An etcd of one key, in the place of the real one: it can lose the answer of a write that it has made, and somebody else comes in between. */
class OneKey {
  key: EtcdEntry | undefined;
  revision = 1n;
  afterWrite: (() => void) | undefined;

  take(client: EtcdClient): void {
    client.range = async () => ({
      entries: this.key === undefined ? [] : [this.key],
      revision: this.revision,
      clusterId: 1n,
    });
    client.write = async (key, value, modRevision) => {
      if ((this.key?.modRevision ?? 0n) !== modRevision) return false;
      this.put(key, value);
      const lost = this.afterWrite;
      this.afterWrite = undefined;
      if (lost === undefined) return true;
      lost();
      throw new EtcdError(14, 'the answer is lost');
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

for (const [title, others] of [
  ['replaced', (etcd: OneKey, former: EtcdEntry) => etcd.put(former.key, former.value)],
  ['removed', (etcd: OneKey) => (etcd.key = undefined)],
] as const) {
  test.serial(
    `of a change whose answer was lost, and that others have ${title}, nobody is told that it was not made, nor is it made again`,
    async (t) => {
      const etcd = new OneKey();
      const { range, write } = Object.getOwnPropertyDescriptors(EtcdClient.prototype);
      etcd.take(EtcdClient.prototype);
      try {
        const storage = new EtcdStorage({ address, surroundings });
        const state = new State(storage, new SeededRandom(2));
        const first = await state.store((await state.fetch('a')).mutate(Buffer.from('first')));
        const former = etcd.key;
        if (first === undefined || former === undefined) throw new Error('it was not stored');
        etcd.afterWrite = () => others(etcd, former);
        const error = await t.throwsAsync(state.store(first.mutate(Buffer.from('second'))), { instanceOf: StateError });
        t.is(error.code, 'STATE_FAILED');
        t.regex(error.message, /it is not known whether/);
        t.not(Buffer.from((await state.fetch('a')).value).toString(), 'second');
        await storage.close();
      } finally {
        Object.defineProperties(EtcdClient.prototype, { range, write });
      }
    },
  );
}
