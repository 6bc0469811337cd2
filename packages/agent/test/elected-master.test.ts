import { StandaloneDetector, masterInfoAt } from '@mesos-ts/election';
import { MemoryNetwork, Runtime, SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import type { MasterInfo } from '@mesos-ts/protocol';
import test from 'ava';
import { ElectedDetector } from '../src/master-address.ts';
import { TestMaster, commandTask, runTaskMessage, startTestAgent, testFramework } from '../src/testing/index.ts';
import type { TestAgent } from '../src/testing/index.ts';

interface OneMaster {
  readonly master: TestMaster;
  readonly info: MasterInfo;
}

/** Masters that a test appoints, and an agent that follows them. */
class Appointed implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly network = new MemoryNetwork();
  readonly election = new StandaloneDetector();
  readonly #runtimes: Runtime[] = [];

  async master(options: ConstructorParameters<typeof TestMaster>[1] = {}): Promise<OneMaster> {
    const { clock, network } = this;
    const runtime = await new Runtime({ clock, transport: network.transport(), delegate: 'master' }).start();
    this.#runtimes.push(runtime);
    const info = { ...masterInfoAt(`master@${runtime.address}`), id: `master-${this.#runtimes.length}` };
    return { master: new TestMaster(runtime, options), info };
  }

  async agent(): Promise<TestAgent> {
    const { clock, network } = this;
    const agent = await startTestAgent({
      network,
      clock,
      random: new SeededRandom(1),
      master: '127.0.0.1:1',
      detector: new ElectedDetector(this.election),
    });
    this.#runtimes.push(agent.runtime);
    await clock.advance(5000);
    return agent;
  }

  async appoint(one: OneMaster | undefined): Promise<void> {
    this.election.appoint(one?.info);
    await this.clock.advance(5000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const runtime of this.#runtimes) await runtime.close();
  }
}

const count = ({ master }: OneMaster, name: 'Register' | 'Reregister'): number =>
  master.received(`mesos.internal.${name}AgentMessage`).length;

test('an agent waits for a leader, registers with it, and with each that follows under its id and with its tasks', async (t) => {
  await using appointed = new Appointed();
  const [one, two] = [await appointed.master(), await appointed.master()];
  const agent = await appointed.agent();
  t.is(count(one, 'Register') + count(two, 'Register'), 0);
  await appointed.appoint(one);
  t.is(count(one, 'Register'), 1);
  t.is(await agent.handle.registered, 'agent-1');
  one.master.send('mesos.internal.RunTaskMessage', runTaskMessage(commandTask('t', 'agent-1'), testFramework()));
  await appointed.clock.settle();
  await appointed.appoint(two);
  t.is(count(two, 'Register'), 0);
  const [message] = two.master.received('mesos.internal.ReregisterAgentMessage');
  t.is(message?.agent.id?.value, 'agent-1');
  t.deepEqual(
    message?.tasks?.map((task) => task.task_id.value),
    ['t'],
  );
  t.is(count(one, 'Reregister'), 0);
});

test('while nobody leads an agent bothers nobody, and takes no orders from who has led', async (t) => {
  await using appointed = new Appointed();
  const one = await appointed.master();
  const agent = await appointed.agent();
  await appointed.appoint(one);
  await appointed.appoint(undefined);
  await appointed.clock.advance(10 * 60_000);
  t.is(count(one, 'Register') + count(one, 'Reregister'), 1);
  const task = runTaskMessage(commandTask('t', 'agent-1'), testFramework());
  one.master.send('mesos.internal.RunTaskMessage', task);
  await appointed.clock.settle();
  t.is(agent.runtime.metrics.snapshot()['slave/frameworks_active'], 0);
  await appointed.appoint(one);
  t.is(count(one, 'Reregister'), 1);
});

test('an agent that cannot reach the leader tries again, until another leads', async (t) => {
  await using appointed = new Appointed();
  const silent = await appointed.master({ registers: false });
  const two = await appointed.master();
  await appointed.agent();
  await appointed.appoint(silent);
  await appointed.clock.advance(60_000);
  t.true(count(silent, 'Register') > 3);
  await appointed.appoint(two);
  const before = count(silent, 'Register');
  t.is(count(two, 'Register'), 1);
  await appointed.clock.advance(10 * 60_000);
  t.is(count(silent, 'Register'), before);
});

test('an agent that will never know who leads ends, with an error', async (t) => {
  await using appointed = new Appointed();
  const agent = await appointed.agent();
  await appointed.election.close();
  await appointed.clock.settle();
  t.is(await agent.handle.ended, 'failed');
});
