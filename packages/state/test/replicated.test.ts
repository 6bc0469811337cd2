import { join } from 'node:path';
import { MemoryNetwork, Runtime, SeededRandom } from '@mesos-ts/libprocess';
import {
  defaultReplicaId,
  fixedMembership,
  levelLogStorage,
  Log,
  MemoryLogStorage,
  type LogOptions,
} from '@mesos-ts/replicated-log';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { LogStorage, State, type StateError } from '../src/index.ts';
import { storageSuite } from '../src/testing/index.ts';

/** A replica, and a state on it. */
class Machine implements AsyncDisposable {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly storage: LogStorage;
  readonly state: State;

  constructor(runtime: Runtime, options: Omit<LogOptions, 'runtime' | 'autoInitialize'>) {
    this.runtime = runtime;
    this.log = Log.open({ runtime, autoInitialize: true, ...options });
    const { clock, random } = runtime;
    this.storage = new LogStorage({ reader: this.log.reader(), writer: this.log.writer(), clock, random });
    this.state = new State(this.storage, random);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.storage.close();
    await this.log.close();
    await this.runtime.close();
  }
}

storageSuite(test, {
  name: 'replicated log of one replica on LevelDB',
  use: async (work) => {
    await using folder = await temporaryFolder();
    const open = (): Machine =>
      new Machine(new Runtime(), { storage: levelLogStorage({ path: join(folder.path, 'log') }), quorum: 1 });
    let machine = open();
    try {
      await work(machine.storage, async () => {
        await machine[Symbol.asyncDispose]();
        return (machine = open()).storage;
      });
    } finally {
      await machine[Symbol.asyncDispose]();
    }
  },
});

test('what one of three machines has stored another finds, and the first is told that it has been replaced', async (t) => {
  const network = new MemoryNetwork();
  const runtimes: Runtime[] = [];
  for (let index = 0; index < 3; index++) {
    runtimes.push(await new Runtime({ transport: network.transport(), random: new SeededRandom(index) }).start());
  }
  const members = fixedMembership(runtimes.map(({ address }) => `${defaultReplicaId}@${address}`));
  const machines = runtimes.map(
    (runtime) => new Machine(runtime, { storage: new MemoryLogStorage(), quorum: 2, members }),
  );
  const [one, two] = machines as [Machine, Machine];
  const first = await one.state.store((await one.state.fetch('a')).mutate(Buffer.from('of the first')));
  await two.storage.follow();
  const seen = await two.state.fetch('a');
  t.is(Buffer.from(seen.value).toString(), 'of the first');
  t.truthy(await two.state.store(seen.mutate(Buffer.from('of the second'))));
  // It hears of its demotion by and by: before, its change fails for that; afterwards, since it is late.
  const late = await one.state.store(first?.mutate(Buffer.from('too late')) ?? seen).catch((error: unknown) => error);
  if (late !== undefined) t.is((late as StateError).code, 'STATE_DEMOTED');
  t.is(Buffer.from((await one.state.fetch('a')).value).toString(), 'of the second');
  for (const machine of machines) await machine[Symbol.asyncDispose]();
});
