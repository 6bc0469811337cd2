import { JwtAuthenticator } from '@mesos-ts/libprocess/jwt';
import type { TransportRequest } from '@mesos-ts/libprocess';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { TestExecutor } from '../../src/testing/index.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import type { ContainerConfig } from '../../src/index.ts';
import { ExecutorTokens } from '../../src/executors/executor-tokens.ts';

const run = { frameworkId: 'f', id: 'e', containerId: 'c' };

test('a token is a JSON web token of framework, executor and container', async (t) => {
  const token = new ExecutorTokens('a key', true).tokenOf(run);
  const authenticator = new JwtAuthenticator('realm', { secret: 'a key', clock: { now: () => 0 } });
  const request = { headers: { authorization: `Bearer ${token}` } } as unknown as TransportRequest;
  t.deepEqual(await authenticator.authenticate(request), {
    kind: 'authenticated',
    principal: { claims: { fid: 'f', eid: 'e', cid: 'c' } },
  });
});

test('a token is that of its own run alone, with the key of the agent', (t) => {
  const tokens = new ExecutorTokens('a key', true);
  const token = tokens.tokenOf(run);
  t.true(tokens.isTokenOf({ ...run }, token));
  t.false(tokens.isTokenOf({ ...run, containerId: 'd' }, token));
  t.false(tokens.isTokenOf({ ...run, id: 'd' }, token));
  t.false(tokens.isTokenOf({ ...run, frameworkId: 'd' }, token));
  t.false(new ExecutorTokens('another key', true).isTokenOf(run, token));
  t.false(tokens.isTokenOf(run, ''));
  t.false(tokens.isTokenOf(run, `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`));
});

/** An agent whose executors must show their tokens. */
async function guarded(
  showsToken: boolean,
  launched: (config: ContainerConfig) => void = () => undefined,
): Promise<Cluster> {
  await using folder = await temporaryFolder();
  const jwt_secret_key = join(folder.path, 'key');
  await writeFile(jwt_secret_key, 'a key', { mode: 0o600 });
  return await startCluster({
    flags: { jwt_secret_key, authenticate_http_executors: true },
    createExecutor: (config) => {
      launched(config);
      return new TestExecutor({ config, showsToken });
    },
  });
}

test('an executor that is an actor gets tasks once it has shown its token', async (t) => {
  await using cluster = await guarded(true);
  await cluster.run('task');
  t.deepEqual(cluster.master.states('task'), ['TASK_RUNNING']);
});

test('an executor that does not show its token gets nothing, by either door', async (t) => {
  await using cluster = await guarded(false);
  await cluster.run('task');
  t.deepEqual(cluster.master.states('task'), []);
  const { headers, status } = await cluster.agent.runtime.inject({ method: 'POST', url: '/api/v1/executor' });
  t.is(status, 401);
  t.is(headers['www-authenticate'], 'Bearer realm="mesos-agent-executor"');
});

test('an executor that speaks HTTP subscribes with its own token and with no other', async (t) => {
  const tokens: string[] = [];
  await using cluster = await guarded(false, ({ environment }) => {
    tokens.push(environment['MESOS_EXECUTOR_AUTHENTICATION_TOKEN'] ?? '');
  });
  await cluster.run('one');
  await cluster.run('two');
  const subscribe = async (executor: string, token: string | undefined): Promise<number> => {
    const call = {
      type: 'SUBSCRIBE',
      executor_id: { value: executor },
      framework_id: { value: 'framework' },
      subscribe: {},
    };
    const { status } = await cluster.agent.runtime.injectStream({
      method: 'POST',
      url: '/api/v1/executor',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token ?? ''}` },
      body: JSON.stringify(call),
    });
    return status;
  };
  t.is(await subscribe('one', tokens[1]), 403);
  t.is(await subscribe('one', 'x.y.z'), 401);
  t.is(await subscribe('one', tokens[0]), 200);
  const [, claims = ''] = (tokens[0] ?? '').split('.');
  t.like(JSON.parse(Buffer.from(claims, 'base64url').toString()), { fid: 'framework', eid: 'one' });
});
