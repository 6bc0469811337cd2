import { GroupContender, GroupDetector } from '@mesos-ts/election';
import type { Candidacy, Contender } from '@mesos-ts/election';
import { MemoryGroupService } from '@mesos-ts/election/testing';
import { MemoryNetwork, Runtime, SeededRandom } from '@mesos-ts/libprocess';
import type { InjectedResponse, Logger } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import type { MasterInfo } from '@mesos-ts/protocol';
import test from 'ava';
import { startMaster } from '../src/start-master.ts';
import { TestAgent } from '../src/testing/test-agent.ts';
import type { MasterHandle } from '../src/start-master.ts';
import { must } from './must.ts';

/** A contender whose candidacies can stop being held without anybody being told, as the clock does it in a program that was paused. */
class PausedContender implements Contender {
  readonly #contender: Contender;
  isPaused = false;

  constructor(contender: Contender) {
    this.#contender = contender;
  }

  async contend(info: MasterInfo): Promise<Candidacy> {
    const candidacy = await this.#contender.contend(info);
    return {
      lost: candidacy.lost,
      isHeld: () => !this.isPaused && candidacy.isHeld(),
      withdraw: () => candidacy.withdraw(),
    };
  }

  close(): Promise<void> {
    return this.#contender.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface OneOf {
  readonly master: MasterHandle;
  readonly runtime: Runtime;
  readonly contender: PausedContender;
  readonly log: readonly string[];
}

/** Several masters under one clock, which a group in memory elects. */
class Masters implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly network = new MemoryNetwork();
  readonly service = new MemoryGroupService();
  readonly all: OneOf[] = [];
  readonly runtimes: Runtime[] = [];

  async machine(log: string[] = []): Promise<Runtime> {
    const runtime = await new Runtime({
      clock: this.clock,
      transport: this.network.transport(),
      random: new SeededRandom(this.runtimes.length + 1),
      delegate: 'master',
      logger: logger(log),
    }).start();
    this.runtimes.push(runtime);
    return runtime;
  }

  async add(name?: string): Promise<OneOf> {
    const log: string[] = [];
    const runtime = await this.machine(log);
    const contender = new PausedContender(new GroupContender(this.service.group()));
    const detector = new GroupDetector(this.service.group(), runtime.logger);
    const id = name ?? `M${this.all.length + 1}`;
    const master = await startMaster({
      runtime,
      id,
      election: { contender, detector },
      flags: { hostname: id.toLowerCase() },
    });
    const one = { master, runtime, contender, log };
    this.all.push(one);
    await this.clock.settle();
    return one;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { master } of this.all) await master.close();
    for (const runtime of this.runtimes) await runtime.close();
  }
}

function logger(log: string[]): Logger {
  const write = (message: string): void => void log.push(message);
  return { debug: () => undefined, info: write, warn: write, error: write };
}

async function answer({ runtime }: OneOf, url: string): Promise<[number, string]> {
  const { body, headers, status }: InjectedResponse = await runtime.inject({ url });
  return [status, headers['location'] ?? body.toString()];
}

async function elected({ runtime }: OneOf): Promise<unknown> {
  const { body } = await runtime.inject({ url: '/metrics/snapshot' });
  return (JSON.parse(body.toString()) as Record<string, unknown>)['master/elected'];
}

test('the first master leads; the second sends clients to it, and leads when it ends', async (t) => {
  await using masters = new Masters();
  const first = await masters.add();
  const second = await masters.add();
  t.is((await answer(first, '/state'))[0], 200);
  t.deepEqual(await answer(second, '/state?x=1'), [307, `//m1:${first.master.info.port}/master/state?x=1`]);
  t.deepEqual(await answer(second, '/redirect'), [307, `//m1:${first.master.info.port}`]);
  t.is((await answer(second, '/version'))[0], 200);
  t.deepEqual([await elected(first), await elected(second)], [1, 0]);
  await masters.clock.advance(5000);
  await first.master.close();
  await first.contender.close();
  await masters.clock.settle();
  t.is(await first.master.ended, 'closed');
  t.deepEqual(await elected(second), 1);
  const state = JSON.parse((await answer(second, '/state'))[1]) as Record<string, number>;
  t.is(must(state['elected_time']) - must(state['start_time']), 5, 'it knows when it was elected');
});

test('while nobody leads, clients are told so', async (t) => {
  await using masters = new Masters();
  masters.service.intrude('garbage');
  const only = await masters.add();
  for (const path of ['/state', '/redirect', '/api/v1', '/api/v1/scheduler', '/weights']) {
    t.deepEqual(await answer(only, path), [503, 'No leader elected'], path);
  }
  t.is((await answer(only, '/health'))[0], 200);
});

test('a master that does not lead takes no agents', async (t) => {
  await using masters = new Masters();
  await masters.add();
  const second = await masters.add();
  const machine = await masters.machine();
  const agent = new TestAgent({ master: second.master.pid });
  machine.spawn(agent);
  await masters.clock.settle();
  agent.register();
  await masters.clock.advance(1000);
  t.true(second.log.some((line) => /Dropping mesos.internal.RegisterAgentMessage from .*: not elected yet/.test(line)));
});

test('a leader that has lost its candidacy ends, with an error', async (t) => {
  await using masters = new Masters();
  const first = await masters.add();
  const second = await masters.add();
  masters.service.remove(must(masters.service.members()[0]).name, 'the session is over');
  await masters.clock.settle();
  t.is(await first.master.ended, 'failed');
  t.true(first.log.some((line) => /^Lost leadership: the session is over; this master ends$/.test(line)));
  t.is(await elected(second), 1);
});

test('a standby that has lost its candidacy contends again', async (t) => {
  await using masters = new Masters();
  await masters.add();
  const second = await masters.add();
  masters.service.remove(must(masters.service.members()[1]).name);
  await masters.clock.settle();
  t.is(masters.service.members().length, 2);
  t.true(second.log.some((line) => line.includes('Lost candidacy as a standby (expired); contending again')));
  t.is((await answer(second, '/state'))[0], 307);
});

test('a leader that was paused for too long ends before it acts, though nobody has told it yet', async (t) => {
  await using masters = new Masters();
  const first = await masters.add();
  const machine = await masters.machine();
  const agent = new TestAgent({ master: first.master.pid });
  first.contender.isPaused = true;
  t.deepEqual(await answer(first, '/state'), [503, 'No leader elected']);
  machine.spawn(agent);
  await masters.clock.settle();
  agent.register();
  await masters.clock.advance(1000);
  t.is(await first.master.ended, 'failed');
  t.is(agent.agentId, '', 'it has registered nobody');
  t.true(first.log.some((line) => line.includes('Lost leadership: it was not confirmed in time')));
});

test('of two masters with one id the second takes itself for nobody, and says so', async (t) => {
  await using masters = new Masters();
  const first = await masters.add('M');
  const second = await masters.add('M');
  t.is((await answer(first, '/state'))[0], 200);
  t.deepEqual(await answer(second, '/state'), [503, 'No leader elected']);
  t.is(await elected(second), 0);
  t.true(second.log.some((line) => line.includes('has the id of this one, M: end one of them')));
});
