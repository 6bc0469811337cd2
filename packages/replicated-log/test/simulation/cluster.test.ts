import test from 'ava';
import { Process } from '@mesos-ts/libprocess';
import { simulate, simulateSeeds } from '@mesos-ts/libprocess/testing';
import type { Simulation } from '@mesos-ts/libprocess/testing';
import { Log, LogError, fixedMembership } from '../../src/index.ts';
import type { LogStorage, LogWriter } from '../../src/index.ts';
import { JournalStore, LogHistory, OrderedLogStorage } from '../../src/testing/index.ts';

/** Becomes the writer now and then, reads everything, and appends. */
class Client extends Process {
  readonly #log: Log;
  readonly #history: LogHistory;
  readonly #writer: LogWriter;
  isCalm = false;
  /** The last position that it has written since it was told to be calm. */
  written = -1;

  constructor(log: Log, history: LogHistory) {
    super('client');
    this.#log = log;
    this.#history = history;
    this.#writer = log.writer();
  }

  protected override initialize(): void {
    this.#again();
  }

  #again(): void {
    this.delay(1_000 + this.runtime.random.next() * 5_000, () => this.#turn());
  }

  async #turn(): Promise<void> {
    try {
      await this.#work();
    } catch (error) {
      // The replica has ended with its node's disk, or with the simulation.
      if (!(error instanceof LogError)) throw error;
    }
    if (!this.terminated) this.#again();
  }

  async #work(): Promise<void> {
    const done = this.#history.call({ type: 'read' });
    const end = await this.#writer.start({ timeoutMs: 20_000 });
    if (end === 'lost') return;
    const reader = this.#log.reader();
    const entries = await reader.read(await reader.beginning(), end);
    done(entries.map(({ data }) => Buffer.from(data).toString()));
    const count = 1 + Math.floor(this.runtime.random.next() * 3);
    const answers = Array.from({ length: count }, async () => {
      const value = `v${this.runtime.random.id()}`;
      const appended = this.#history.call({ type: 'append', value });
      const position = await this.#writer.append(Buffer.from(value));
      if (position === 'demoted') return;
      appended(position);
      if (this.isCalm) this.written = position;
    });
    await Promise.all(answers);
  }
}

interface Life {
  readonly log: Log;
  readonly client: Client;
}

const addresses = [1, 2, 3].map((number) => `10.0.0.${number}:5050`);

/** A storage that says too early that something is on its disk. */
function hasty(storage: LogStorage): LogStorage {
  return {
    recover: () => storage.recover(),
    persist: (write) => {
      storage.persist(write).catch(() => undefined);
      return Promise.resolve();
    },
    read: (from, to, bytesMax) => storage.read(from, to, bytesMax),
    close: () => storage.close(),
  };
}

async function start(
  simulation: Simulation,
  history: LogHistory,
  faulty = (right: LogStorage) => right,
): Promise<void> {
  const members = fixedMembership(addresses.map((address) => `log-replica(1)@${address}`));
  for (const index of addresses.keys()) {
    await simulation.node(`n${index + 1}`, ({ runtime, disk }): Life => {
      const storage = faulty(new OrderedLogStorage(new JournalStore(disk)));
      const log = Log.open({ runtime, storage, quorum: 2, members, autoInitialize: true, tracksStorage: false });
      const client = new Client(log, history);
      runtime.spawn(client);
      return { log, client };
    });
  }
}

function livesOf({ nodes }: Simulation): Life[] {
  return nodes.map(({ value }) => value as Life);
}

/** All must go on, and what has been done until then must be what one log could have done. */
async function conclude(simulation: Simulation, history: LogHistory, sum: Sum): Promise<void> {
  for (const { client } of livesOf(simulation)) client.isCalm = true;
  await simulation.eventually('each client appends', () =>
    livesOf(simulation).every(({ client }) => client.written >= 0),
  );
  if (!history.isLinearizable()) throw new Error(`not linearizable: ${history.toString()}`);
  sum.reads += history.reads;
  sum.appends += history.appends;
}

interface Sum {
  reads: number;
  appends: number;
}

test('actors, storage and network together: whatever goes wrong, appends and reads are linearizable, and go on', async (t) => {
  t.timeout(300_000);
  const sum: Sum = { reads: 0, appends: 0 };
  const seeds = await simulateSeeds({ seeds: 15 }, async (simulation) => {
    const history = new LogHistory();
    await start(simulation, history);
    await simulation.nemesis({ withinMs: 20_000, partitions: 1, cuts: 2, resets: 2, crashes: 3, pauses: 1 });
    // What was under way when all was put right is through.
    await simulation.sleep(20_000);
    await conclude(simulation, history, sum);
  });
  t.log(sum);
  t.true(sum.reads > 2 * seeds && sum.appends > 4 * seeds);
});

test('disks that fail to write and to sync, with loss of power: replicas end, are started again, and nothing is lost', async (t) => {
  t.timeout(300_000);
  const sum: Sum = { reads: 0, appends: 0 };
  let ended = 0;
  const options = { seeds: 15, actorsMayFail: true };
  const seeds = await simulateSeeds(options, async (simulation) => {
    const history = new LogHistory();
    await start(simulation, history);
    await simulation.sleep(5_000);
    for (let round = 0; round < 6; round++) {
      const node = simulation.nodes[simulation.dice.integer(addresses.length)];
      if (node === undefined) continue;
      node.disk.configure({ writeErrors: 0.2, syncErrors: 0.2 });
      await simulation.sleep(simulation.dice.between(500, 8_000));
      const { log } = node.value as Life;
      const { runtime } = node;
      if (await runtime.wait(log.pid, 0)) ended++;
      // The disk is mended, and the program started again.
      node.crash({ power: simulation.dice.chance(0.5) });
      node.disk.configure({ writeErrors: 0, syncErrors: 0 });
      await node.restart();
    }
    await simulation.sleep(20_000);
    await conclude(simulation, history, sum);
  });
  t.log({ ...sum, ended });
  t.true(sum.reads > 2 * seeds && sum.appends > 4 * seeds && ended > seeds);
});

async function outage(simulation: Simulation, faulty?: (right: LogStorage) => LogStorage): Promise<void> {
  const history = new LogHistory();
  await start(simulation, history, faulty);
  for (let round = 0; round < 5; round++) {
    await simulation.sleep(simulation.dice.between(1_000, 5_000));
    // At the worst moment: somebody has just been told that something is there for good.
    const before = history.appends;
    await simulation.eventually('an append is acknowledged', () => history.appends > before);
    for (const node of simulation.nodes) node.crash({ power: true });
    for (const node of simulation.nodes) await node.restart();
  }
  await simulation.sleep(20_000);
  await conclude(simulation, history, { reads: 0, appends: 0 });
}

test('the power of all replicas fails at once, again and again: nothing that was acknowledged is lost', async (t) => {
  t.timeout(300_000);
  t.is(await simulateSeeds({ seeds: 8, env: {} }, (simulation) => outage(simulation)), 8);
});

test('a storage that says too early that something is on its disk is found', async (t) => {
  t.timeout(300_000);
  let found = '';
  for (let seed = 1; seed <= 40; seed++) {
    try {
      await simulate(seed, (simulation) => outage(simulation, hasty), { report: () => undefined });
    } catch (error) {
      found = error instanceof Error ? `seed ${seed}: ${error.message.slice(0, 60)}` : String(error);
      break;
    }
  }
  t.log(found);
  t.regex(found, /not linearizable/);
});
