import test from 'ava';
import { Process } from '@mesos-ts/libprocess';
import { simulateSeeds } from '@mesos-ts/libprocess/testing';
import type { Simulation } from '@mesos-ts/libprocess/testing';
import { Log, LogError, fixedMembership } from '../../src/index.ts';
import type { LogWriter } from '../../src/index.ts';
import { JournalStore, OrderedLogStorage, linearization, logModel } from '../../src/testing/index.ts';
import type { LogOperation, LogOutcome, Operation } from '../../src/testing/index.ts';

/** What clients on all nodes have done. It outlives them. */
class History {
  readonly #operations: { operation: Operation<LogOperation, LogOutcome> }[] = [];
  #time = 0;
  #values = 0;
  reads = 0;
  appends = 0;

  get operations(): Operation<LogOperation, LogOutcome>[] {
    return this.#operations.map(({ operation }) => operation);
  }

  value(): string {
    return `v${++this.#values}`;
  }

  /** Notes a call; what it answers is to be called when it has returned. */
  call(input: LogOperation): (output: LogOutcome) => void {
    const calledAt = ++this.#time;
    const entry: { operation: Operation<LogOperation, LogOutcome> } = { operation: { input, calledAt } };
    this.#operations.push(entry);
    return (output) => {
      if (input.type === 'read') this.reads++;
      else this.appends++;
      entry.operation = { input, calledAt, output, returnedAt: ++this.#time };
    };
  }
}

/** Becomes the writer now and then, reads everything, and appends. */
class Client extends Process {
  readonly #log: Log;
  readonly #history: History;
  readonly #writer: LogWriter;
  isCalm = false;
  /** The last position that it has written since it was told to be calm. */
  written = -1;

  constructor(log: Log, history: History) {
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
      const value = this.#history.value();
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

async function run(simulation: Simulation, sum: { reads: number; appends: number }): Promise<void> {
  const history = new History();
  const members = fixedMembership(addresses.map((address) => `log-replica(1)@${address}`));
  for (const index of addresses.keys()) {
    await simulation.node(`n${index + 1}`, ({ runtime, disk }): Life => {
      const storage = new OrderedLogStorage(new JournalStore(disk));
      const log = Log.open({ runtime, storage, quorum: 2, members, autoInitialize: true, tracksStorage: false });
      const client = new Client(log, history);
      runtime.spawn(client);
      return { log, client };
    });
  }
  const lives = (): Life[] => simulation.nodes.map(({ value }) => value as Life);
  await simulation.nemesis({ withinMs: 20_000, partitions: 1, cuts: 2, resets: 2, crashes: 3, pauses: 1 });
  // What was under way when all was put right is through.
  await simulation.sleep(20_000);
  for (const { client } of lives()) client.isCalm = true;
  await simulation.eventually('each client appends', () => lives().every(({ client }) => client.written >= 0));
  if (linearization(history.operations, logModel) === undefined) {
    throw new Error(`not linearizable: ${JSON.stringify(history.operations)}`);
  }
  sum.reads += history.reads;
  sum.appends += history.appends;
}

test('actors, storage and network together: whatever goes wrong, appends and reads are linearizable, and go on', async (t) => {
  t.timeout(120_000);
  const sum = { reads: 0, appends: 0 };
  const seeds = await simulateSeeds({ seeds: 15 }, (simulation) => run(simulation, sum));
  t.log(sum);
  t.true(sum.reads > 2 * seeds && sum.appends > 4 * seeds);
});
