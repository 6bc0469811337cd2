import { masterInfoAt } from '@mesos-ts/election';
import { MemoryNetwork, Process, Runtime, SeededRandom } from '@mesos-ts/libprocess';
import type { PID } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import type { MasterInfo } from '@mesos-ts/protocol';
import test from 'ava';
import { masterOf } from '../src/master-address.ts';
import { spawnScheduler } from '../src/run.ts';
import { Scheduler } from '../src/scheduler.ts';
import { FakeHttpMasters } from './support/fake-http-master.ts';
import { FakeMaster } from './support/fake-master.ts';
import type { SchedulerOptions } from '../src/options.ts';

class Recorder extends Scheduler {
  readonly seen: string[] = [];
  constructor(options: Partial<SchedulerOptions> & Pick<SchedulerOptions, 'master'>) {
    super({ framework: { name: 'test' }, ...options });
  }
  protected override offers(): void {
    this.seen.push('offers');
  }
  protected override update(): void {
    this.seen.push('update');
  }
  protected override subscribed(id: { value: string }): void {
    this.seen.push(`subscribed ${id.value}`);
  }
  protected override resubscribed(): void {
    this.seen.push('resubscribed');
  }
  protected override disconnected(): void {
    this.seen.push('disconnected');
  }
}

/** The part of a master that says who leads, as a test tells it. */
class Election extends Process {
  readonly #watchers: { readonly from: PID; readonly asked: number }[] = [];
  #term = 0;
  #leader: MasterInfo | undefined;

  constructor() {
    super('election');
  }

  protected override initialize(): void {
    this.install<{ readonly asked: number }>('mesos.election.Watch', (from, { asked }) => {
      this.#watchers.push({ from, asked });
      this.#tell(from, asked);
    });
  }

  leads(leader: MasterInfo | undefined): void {
    this.#term++;
    this.#leader = leader;
    for (const { asked, from } of this.#watchers) this.#tell(from, asked);
  }

  #tell(watcher: PID, asked: number): void {
    this.send(watcher, 'mesos.election.Leader', { asked, term: this.#term, info: this.#leader });
  }
}

const addresses = ['10.0.0.1:5050', '10.0.0.2:5050'] as const;

/** Two masters, of which a test says which one leads, and a machine for schedulers. */
class Cluster implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly #network = new MemoryNetwork();
  readonly masters = addresses.map(() => new FakeMaster());
  readonly #elections: PID<Election>[] = [];
  readonly #runtimes: Runtime[] = [];
  readonly schedulers = new Runtime({
    clock: this.clock,
    random: new SeededRandom(1),
    transport: this.#network.transport('10.0.0.9:4000'),
  });

  static async start(): Promise<Cluster> {
    const cluster = new Cluster();
    await cluster.schedulers.start();
    for (const [index, address] of addresses.entries()) {
      const runtime = await new Runtime({
        clock: cluster.clock,
        transport: cluster.#network.transport(address),
      }).start();
      cluster.#runtimes.push(runtime);
      cluster.#elections.push(runtime.spawn(new Election()));
      const master = cluster.masters[index];
      if (master !== undefined) runtime.spawn(master);
    }
    return cluster;
  }

  async leads(index: number | undefined): Promise<void> {
    const address = index === undefined ? undefined : addresses[index];
    const info = address === undefined ? undefined : { ...masterInfoAt(`master@${address}`), id: `m${index}` };
    for (const [at, pid] of this.#elections.entries()) this.#runtimes[at]?.tell(pid, 'leads', info);
    await this.clock.advance(5000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.schedulers.close();
    for (const runtime of this.#runtimes) await runtime.close();
  }
}

const calls = (master: FakeMaster | undefined): (readonly [string | undefined, string | undefined])[] =>
  (master?.take() ?? [])
    .filter(({ type }) => type !== 'RECONCILE')
    .map(({ framework_id, type }) => [type, framework_id?.value] as const);

test('a scheduler waits for a leader, subscribes with it, and with each that follows under its id', async (t) => {
  await using cluster = await Cluster.start();
  const scheduler = new Recorder({ master: addresses.join(',') });
  spawnScheduler(cluster.schedulers, scheduler);
  await cluster.clock.advance(60_000);
  const [one, two] = cluster.masters;
  t.deepEqual([...calls(one), ...calls(two)], []);
  t.is(scheduler.master, undefined);
  await cluster.leads(0);
  t.deepEqual(calls(one), [['SUBSCRIBE', undefined]]);
  t.is(scheduler.master?.toString(), `master@${addresses[0]}`);
  await cluster.leads(1);
  t.deepEqual(calls(two), [['SUBSCRIBE', 'f-1']]);
  one?.emit({ type: 'RESCIND', rescind: { offer_id: { value: 'o' } } });
  await cluster.leads(undefined);
  t.false(scheduler.connected);
  await cluster.leads(0);
  t.deepEqual(calls(one), [['SUBSCRIBE', 'f-1']], 'under its id, in an attempt that began without a leader');
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected', 'resubscribed', 'disconnected', 'resubscribed']);
});

test('over HTTP, too, the leader is found and followed', async (t) => {
  await using cluster = await Cluster.start();
  await using http = await FakeHttpMasters.start();
  const scheduler = new Recorder({ master: addresses.join(','), http: { fetch: http.fetch } });
  spawnScheduler(cluster.schedulers, scheduler);
  await cluster.leads(0);
  await cluster.leads(1);
  t.deepEqual(
    http
      .take()
      .filter(({ call }) => call.type === 'SUBSCRIBE')
      .map(({ call, host }) => [host, call.type, call.framework_id?.value]),
    [
      [addresses[0], 'SUBSCRIBE', undefined],
      [addresses[1], 'SUBSCRIBE', 'f-1'],
    ],
  );
  t.deepEqual(scheduler.seen, ['subscribed f-1', 'disconnected', 'resubscribed']);
});

test('where the masters are is read in each form, and what is wrong is told without secrets', (t) => {
  t.is(masterOf('zk://a:1,b:2/mesos').elected?.kind, 'zookeeper');
  t.is(masterOf('a:1,b:2').elected?.kind, 'built-in');
  t.deepEqual(masterOf('http://a:1,http://b:2').urls, ['http://a:1', 'http://b:2']);
  const options = { code: 'SCHEDULER_MASTER_INVALID' };
  t.throws(() => masterOf('zk://a:1'), options);
  t.notRegex(t.throws(() => masterOf('zk://ann:sesame@a:1'), options)?.message ?? '', /sesame/);
  t.throws(() => masterOf('file:///no/such/file'), options);
});
