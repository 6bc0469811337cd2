import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestAgent, type TestAgent } from '@mesos-ts/agent/testing';
import { startMaster, type MasterFlags } from '@mesos-ts/master';
import { TestCluster } from '@mesos-ts/master/testing';
import { Scheduler, spawnScheduler, type SchedulerOptions } from '@mesos-ts/scheduler';
import test from 'ava';
import { SeededRandom } from '@mesos-ts/libprocess';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';

class Framework extends Scheduler {
  readonly seen: string[] = [];

  constructor(cluster: TestCluster, options: Partial<SchedulerOptions> = {}) {
    super({ master: cluster.masterPid, framework: { name: 'f', user: 'nobody' }, ...options });
  }

  protected override offers(offers: readonly unknown[]): void {
    this.seen.push(`offers ${offers.length}`);
  }
  protected override update(): void {
    this.seen.push('update');
  }
  protected override error(message: string): void {
    this.seen.push(message);
  }
}

/** A master that lets in only who has proved who it is, and files with credentials of `ann`. */
async function started(): Promise<{
  readonly cluster: TestCluster;
  /** The master's. */
  readonly flags: Partial<MasterFlags>;
  /** Where an agent has its credential. */
  readonly fileOf: (agent: TestAgent) => string;
  readonly agent: (credential?: string) => Promise<TestAgent>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}> {
  const folder = await temporaryFolder();
  let files = 0;
  const file = async (text: string): Promise<string> => {
    files++;
    const path = join(folder.path, String(files));
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const credentials = await file('ann sesame');
  const flags = { authenticate_agents: true, authenticate_frameworks: true, credentials };
  const cluster = await TestCluster.start({ flags });
  const agents: TestAgent[] = [];
  const credentialFiles = new Map<TestAgent, string>();
  const fileOf = (agent: TestAgent): string => credentialFiles.get(agent) ?? '';
  const agent = async (credential?: string): Promise<TestAgent> => {
    const { clock, network } = cluster;
    const given: { credential?: string } = credential === undefined ? {} : { credential: await file(credential) };
    const random = new SeededRandom(100 + agents.length);
    const made = await startTestAgent({ network, clock, random, master: cluster.masterPid.toString(), flags: given });
    agents.push(made);
    credentialFiles.set(made, given.credential ?? '');
    await clock.advance(2000);
    return made;
  };
  const dispose = async (): Promise<void> => {
    for (const each of agents) await each.runtime.close();
    await cluster[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  return { cluster, flags, fileOf, agent, [Symbol.asyncDispose]: dispose };
}

function connected(cluster: TestCluster): number | undefined {
  return cluster.metric('master/slaves_connected');
}

test('an agent with a credential registers, and so with a master that takes over; one without does not', async (t) => {
  await using setting = await started();
  const { cluster } = setting;
  await setting.agent();
  t.is(connected(cluster), 0);
  const agent = await setting.agent('{"principal": "ann", "secret": "sesame"}');
  t.is(connected(cluster), 1);
  t.is(agent.runtime.metrics.snapshot()['slave/registered'], 1);
  await cluster.master.close();
  const { flags } = setting;
  await using master = await startMaster({ runtime: cluster.runtime, id: 'N', flags: { hostname: 'm', ...flags } });
  await cluster.clock.advance(10_000);
  t.is(connected(cluster), 1);
  t.is(master.info.id, 'N');
});

test('an agent whose credential is not taken ends, and leaves what it runs alone', async (t) => {
  await using setting = await started();
  const agent = await setting.agent('ann street');
  t.is(await agent.handle.ended, 'failed');
  t.is(connected(setting.cluster), 0);
});

test('a framework with a credential subscribes; others hear why not', async (t) => {
  await using setting = await started();
  const { cluster } = setting;
  await setting.agent('ann sesame');
  const run = async (options: Partial<SchedulerOptions>): Promise<Framework> => {
    const framework = new Framework(cluster, options);
    spawnScheduler(await cluster.machine(), framework);
    await cluster.clock.advance(2000);
    return framework;
  };
  const known = await run({ credential: { principal: 'ann', secret: 'sesame' } });
  t.deepEqual(known.seen, ['offers 1']);
  const wrong = await run({ credential: { principal: 'ann', secret: 'street' } });
  t.deepEqual(wrong.seen, ['Master refused authentication']);
  const stranger = await run({});
  t.regex(stranger.seen[0] ?? '', /^Framework at scheduler-.* is not authenticated$/);
});

test('an agent and a master that read their secrets again go by the new ones', async (t) => {
  await using setting = await started();
  const { cluster, flags } = setting;
  const agent = await setting.agent('ann sesame');
  await writeFile(flags.credentials ?? '', 'ann open');
  t.true(await cluster.master.reload());
  await writeFile(setting.fileOf(agent), 'ann open');
  t.true(await agent.handle.reload());
  t.false(await agent.handle.reload());
  // What was proved holds; after the connection is lost it has to be proved anew.
  t.is(connected(cluster), 1);
  await cluster.master.close();
  await using master = await startMaster({ runtime: cluster.runtime, id: 'N', flags: { hostname: 'm', ...flags } });
  await cluster.clock.advance(10_000);
  t.is(connected(cluster), 1);
  t.is(master.info.id, 'N');
});
