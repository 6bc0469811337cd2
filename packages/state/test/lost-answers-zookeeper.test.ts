import { ZooKeeperError, ZooKeeperSession } from '@mesos-ts/election/zookeeper';
import { SeededRandom, SystemClock, debugLogger } from '@mesos-ts/libprocess';
import test from 'ava';
import { State, StateError, type Variable } from '../src/index.ts';
import { ZooKeeperStorage } from '../src/zookeeper.ts';

interface Node {
  content: Buffer;
  version: number;
}

/** A ZooKeeper of one node, in the place of the real one: it can lose the answer of a change that it has made, and somebody else comes in between. */
class OneNode {
  node: Node | undefined;
  /** Take the place of the next change of that kind. */
  onWrite: (() => void) | undefined;
  onRemove: (() => void) | undefined;

  take(session: ZooKeeperSession): void {
    Object.defineProperty(session, 'isConnected', { get: () => true, configurable: true });
    session.create = async (path, content) => {
      if (this.node !== undefined) throw refused('NODE_EXISTS');
      this.node = { content: Buffer.from(content), version: 0 };
      return path;
    };
    session.read = async () => {
      if (this.node === undefined) throw refused('NO_NODE');
      const { content, version } = this.node;
      return { content, stat: { version, ephemeralOwner: 0n, bytes: content.length } };
    };
    session.write = async (_path, content, version) => {
      this.#instead('onWrite');
      this.#check(version);
      this.put(content);
      return { version: version + 1, ephemeralOwner: 0n, bytes: content.length };
    };
    session.remove = async (_path, version) => {
      this.#instead('onRemove');
      this.#check(version ?? -1);
      this.node = undefined;
    };
  }

  put(content: Uint8Array): void {
    this.node = { content: Buffer.from(content), version: (this.node?.version ?? -1) + 1 };
  }

  #instead(what: 'onWrite' | 'onRemove'): void {
    const instead = this[what];
    this[what] = undefined;
    instead?.();
  }

  #check(version: number): void {
    if (this.node === undefined) throw refused('NO_NODE');
    if (this.node.version !== version) throw refused('BAD_VERSION');
  }
}

function refused(code: ZooKeeperError['code']): ZooKeeperError {
  return new ZooKeeperError(code, code);
}

const lost = refused('CONNECTION_LOSS');
const surroundings = { clock: new SystemClock(), random: new SeededRandom(1), logger: debugLogger('mesos:test') };

/** Runs some work on a ZooKeeper of one node, whose variable has been stored. */
async function withOneNode(
  work: (zooKeeper: OneNode, state: State, first: Variable, former: Buffer) => Promise<void>,
): Promise<void> {
  const zooKeeper = new OneNode();
  const before = Object.getOwnPropertyDescriptors(ZooKeeperSession.prototype);
  zooKeeper.take(ZooKeeperSession.prototype);
  const storage = new ZooKeeperStorage({ servers: [{ host: '127.0.0.1', port: 1 }], path: '/lost', surroundings });
  try {
    const state = new State(storage, new SeededRandom(2));
    const first = await state.store((await state.fetch('a')).mutate(Buffer.from('first')));
    if (first === undefined || zooKeeper.node === undefined) throw new Error('it was not stored');
    await work(zooKeeper, state, first, zooKeeper.node.content);
  } finally {
    await storage.close();
    Object.defineProperties(ZooKeeperSession.prototype, before);
  }
}

async function text(state: State): Promise<string> {
  return Buffer.from((await state.fetch('a')).value).toString();
}

for (const [title, others] of [
  ['replaced', (zooKeeper: OneNode, former: Buffer) => zooKeeper.put(former)],
  [
    'removed and made anew',
    (zooKeeper: OneNode, former: Buffer) => {
      zooKeeper.node = undefined;
      zooKeeper.put(former);
      zooKeeper.put(former);
    },
  ],
  ['removed', (zooKeeper: OneNode) => (zooKeeper.node = undefined)],
] as const) {
  test.serial(
    `of a change whose answer ZooKeeper lost, and that others have ${title}, nobody is told that it was not made, nor is it made again`,
    (t) =>
      withOneNode(async (zooKeeper, state, first, former) => {
        zooKeeper.onWrite = () => {
          others(zooKeeper, former);
          throw lost;
        };
        const error = await t.throwsAsync(state.store(first.mutate(Buffer.from('second'))), { instanceOf: StateError });
        t.is(error.code, 'STATE_FAILED');
        t.regex(error.message, /it is not known whether/);
        t.not(await text(state), 'second');
      }),
  );
}

test.serial(
  'of a removal whose answer ZooKeeper lost, before others stored the variable, nobody is told that it was not made',
  (t) =>
    withOneNode(async (zooKeeper, state, first, former) => {
      await state.store(first.mutate(Buffer.from('second')));
      const second = zooKeeper.node?.content ?? Buffer.of();
      zooKeeper.node = { content: former, version: 0 };
      zooKeeper.onRemove = () => {
        zooKeeper.node = undefined;
        zooKeeper.put(second);
        throw lost;
      };
      const error = await t.throwsAsync(state.expunge(first), { instanceOf: StateError });
      t.is(error.code, 'STATE_FAILED');
      t.regex(error.message, /it is not known whether/);
      t.is(await text(state), 'second');
    }),
);

test.serial('a removal from ZooKeeper whose answer was lost is made once, and answered so', (t) =>
  withOneNode(async (zooKeeper, state, first) => {
    zooKeeper.onRemove = () => {
      zooKeeper.node = undefined;
      throw lost;
    };
    t.true(await state.expunge(first));
  }),
);

test.serial('a removal from ZooKeeper that is tried again while the first attempt is still on its way is made', (t) =>
  withOneNode(async (zooKeeper, state, first) => {
    zooKeeper.onRemove = () => {
      // This one is late, and comes together with the next.
      zooKeeper.onRemove = () => (zooKeeper.node = undefined);
      throw lost;
    };
    t.true(await state.expunge(first));
  }),
);

test.serial('a variable in ZooKeeper that others have changed or removed is not expunged', (t) =>
  withOneNode(async (zooKeeper, state, first) => {
    await state.store(first.mutate(Buffer.from('second')));
    t.false(await state.expunge(first));
    zooKeeper.node = undefined;
    t.false(await state.expunge(first));
  }),
);
