import type { PID, Process } from '@mesos-ts/libprocess';
import { Authenticatee, type AuthenticateeCredential } from '@mesos-ts/protocol/authentication';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { TestAgent, TestCluster, TestScheduler } from '../src/testing/index.ts';
import type { MasterFlags } from '../src/index.ts';

const ann = { principal: 'ann', secret: 'sesame' };

async function started(flags: Partial<MasterFlags>): Promise<TestCluster> {
  await using folder = await temporaryFolder();
  const credentials = join(folder.path, 'credentials');
  await writeFile(credentials, 'ann sesame\nben street\n', { mode: 0o600 });
  return await TestCluster.start({ flags: { credentials, ...flags } });
}

/** Proves who an actor of its runtime is: installs itself in that actor. */
function prover(actor: Process & { self: PID }, master: PID, credential: AuthenticateeCredential) {
  // What the master has said, in order: a challenge, how it ended, or an error.
  const said: string[] = [];
  const authenticatee = new Authenticatee(credential, actor.self.toString(), new Uint8Array(32).fill(7));
  const door = actor as unknown as {
    install(name: string, handler: (from: PID, body: never) => void): void;
    send(to: PID, name: string, body: unknown): void;
  };
  door.install('mesos.internal.AuthenticationChallengeMessage', (from, message) => {
    said.push('challenge');
    door.send(from, 'mesos.internal.AuthenticationResponseMessage', authenticatee.challenged(from.toString(), message));
  });
  door.install('mesos.internal.AuthenticationCompletedMessage', (from, message) => {
    said.push(authenticatee.completed(from.toString(), message) ? 'completed' : 'not the master');
  });
  door.install('mesos.internal.AuthenticationFailedMessage', () => said.push('failed'));
  door.install('mesos.internal.AuthenticationErrorMessage', (_from, { error }: { error: string }) => said.push(error));
  return {
    said,
    begin: (): void => {
      door.send(master, 'mesos.internal.AuthenticateMessage', authenticatee.begin());
    },
  };
}

async function agentOn(cluster: TestCluster): Promise<TestAgent> {
  const runtime = await cluster.machine();
  const actor = new TestAgent({ master: cluster.masterPid });
  runtime.spawn(actor);
  await cluster.clock.settle();
  return actor;
}

async function schedulerOn(cluster: TestCluster, principal?: string): Promise<TestScheduler> {
  const runtime = await cluster.machine();
  const info = principal === undefined ? {} : { principal };
  const actor = new TestScheduler({ master: cluster.masterPid, info });
  runtime.spawn(actor);
  await cluster.clock.settle();
  return actor;
}

test('an agent registers only once it has proved who it is, where it must', async (t) => {
  await using cluster = await started({ authenticate_agents: true });
  const agent = await agentOn(cluster);
  const { begin, said } = prover(agent, cluster.masterPid, ann);
  agent.register();
  await cluster.clock.settle();
  t.deepEqual(said, ['Agent is not authenticated']);
  t.is(cluster.metric('master/slaves_connected'), 0);
  begin();
  await cluster.clock.settle();
  t.deepEqual(said.slice(1), ['challenge', 'completed']);
  agent.register();
  await cluster.clock.settle();
  t.is(cluster.metric('master/slaves_connected'), 1);
  t.is(cluster.metric('master/messages_authenticate'), 1);
});

test('rules say which principals may register agents, and reserve what their flags reserve', async (t) => {
  const acls = {
    permissive: false,
    register_agents: [{ principals: { values: ['ann'] }, agents: { type: 'ANY' } }],
    reserve_resources: [{ principals: { values: ['ann'] }, roles: { values: ['*', 'eng'] } }],
  };
  await using cluster = await started({ acls });
  const registered = async (resources: string, credential?: AuthenticateeCredential): Promise<boolean> => {
    const before = cluster.metric('master/slaves_connected') ?? 0;
    const runtime = await cluster.machine();
    const agent = new TestAgent({ master: cluster.masterPid, resources });
    runtime.spawn(agent);
    await cluster.clock.settle();
    if (credential !== undefined) {
      prover(agent, cluster.masterPid, credential).begin();
      await cluster.clock.settle();
    }
    agent.register();
    await cluster.clock.settle();
    return cluster.metric('master/slaves_connected') === before + 1;
  };
  t.false(await registered('cpus:1;mem:64'));
  t.false(await registered('cpus:1;mem:64', { principal: 'ben', secret: 'street' }));
  t.true(await registered('cpus:1;mem:64', ann));
  t.true(await registered('cpus:1;mem:64;cpus(eng):1', ann));
  t.false(await registered('cpus:1;mem:64;cpus(ads):1', ann));
});

function errorOf(scheduler: TestScheduler): string {
  return scheduler.of('ERROR').at(-1)?.error?.message ?? '';
}

test('a framework subscribes only once it has proved who it is, where it must, and as nobody else', async (t) => {
  await using cluster = await started({ authenticate_frameworks: true });
  const stranger = await schedulerOn(cluster);
  stranger.subscribe();
  await cluster.clock.settle();
  t.regex(errorOf(stranger), /^Framework at scheduler@.* is not authenticated$/);
  const other = await schedulerOn(cluster, 'ben');
  prover(other, cluster.masterPid, ann).begin();
  await cluster.clock.settle();
  other.subscribe();
  await cluster.clock.settle();
  t.is(errorOf(other), "Framework principal 'ben' does not match authenticated principal 'ann'");
  const silent = await schedulerOn(cluster);
  prover(silent, cluster.masterPid, ann).begin();
  await cluster.clock.settle();
  silent.subscribe();
  await cluster.clock.settle();
  t.is(silent.of('SUBSCRIBED').length, 1);
  const { frameworks } = (await cluster.get('/frameworks')) as { frameworks: { principal?: string }[] };
  t.deepEqual(
    frameworks.map(({ principal }) => principal),
    ['ann'],
  );
});

test('a wrong secret fails, and what was proved before is void', async (t) => {
  await using cluster = await started({ authenticate_agents: true });
  const agent = await agentOn(cluster);
  const right = prover(agent, cluster.masterPid, ann);
  right.begin();
  await cluster.clock.settle();
  t.deepEqual(right.said, ['challenge', 'completed']);
  const wrong = prover(agent, cluster.masterPid, { principal: 'ann', secret: 'street' });
  wrong.begin();
  await cluster.clock.settle();
  t.deepEqual(wrong.said, ['challenge', 'failed']);
  agent.register();
  await cluster.clock.settle();
  t.is(cluster.metric('master/slaves_connected'), 0);
  t.false(cluster.log.some((line) => line.includes('street') || line.includes('sesame')));
});

test('an answer that comes too late counts for nothing, and neither does one without a challenge', async (t) => {
  await using cluster = await started({ authenticate_agents: true, authentication_v0_timeout: 2000 });
  const agent = await agentOn(cluster);
  const authenticatee = new Authenticatee(ann, agent.self.toString(), new Uint8Array(32));
  const said: string[] = [];
  const door = agent as unknown as {
    install(name: string, handler: (from: PID, body: never) => void): void;
    send(to: PID, name: string, body: unknown): void;
  };
  let answer: unknown;
  door.install('mesos.internal.AuthenticationChallengeMessage', (from, message) => {
    answer = authenticatee.challenged(from.toString(), message);
  });
  door.install('mesos.internal.AuthenticationCompletedMessage', () => said.push('completed'));
  door.send(cluster.masterPid, 'mesos.internal.AuthenticateMessage', authenticatee.begin());
  await cluster.clock.advance(2001);
  door.send(cluster.masterPid, 'mesos.internal.AuthenticationResponseMessage', answer);
  await cluster.clock.settle();
  t.deepEqual(said, []);
  t.true(cluster.log.some((line) => line.includes('timed out')));
  t.true(cluster.log.some((line) => line.includes('to no challenge')));
});

test('a master without credentials says that it cannot tell', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await agentOn(cluster);
  const { begin, said } = prover(agent, cluster.masterPid, ann);
  begin();
  await cluster.clock.settle();
  t.deepEqual(said, ['No authenticator loaded']);
  agent.register();
  await cluster.clock.settle();
  t.is(cluster.metric('master/slaves_connected'), 1);
});

test('damaged messages about authentication harm nothing and let nobody in', async (t) => {
  await using cluster = await started({ authenticate_agents: true });
  const agent = await agentOn(cluster);
  const door = agent as unknown as { send(to: PID, name: string, body: unknown): void };
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(new Uint8Array(32)), fc.jsonValue());
  const begin = fc.record(
    { mechanisms: fc.oneof(fc.constant(['CRAM-SHA-256-MUTUAL']), fc.jsonValue()), nonce: bytes },
    { requiredKeys: [] },
  );
  const answer = fc.record(
    { principal: fc.oneof(fc.constant('ann'), fc.jsonValue()), proof: bytes },
    { requiredKeys: [] },
  );
  const messages = fc.oneof(
    fc.tuple(fc.constant('mesos.internal.AuthenticateMessage'), fc.oneof(begin, fc.jsonValue())),
    fc.tuple(fc.constant('mesos.internal.AuthenticationResponseMessage'), fc.oneof(answer, fc.jsonValue())),
  );
  for (const [name, body] of fc.sample(messages, { numRuns: 2_000 })) door.send(cluster.masterPid, name, body);
  await cluster.clock.settle();
  agent.register();
  await cluster.clock.settle();
  t.is(cluster.metric('master/slaves_connected'), 0);
  // The master is as well as before.
  const { begin: prove, said } = prover(agent, cluster.masterPid, ann);
  prove();
  await cluster.clock.settle();
  t.is(said.at(-1), 'completed');
});
