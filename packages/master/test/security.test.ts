import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { signJwt } from '@mesos-ts/libprocess/jwt';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { HttpTestScheduler, TestCluster } from '../src/testing/index.ts';
import type { MasterFlags } from '../src/index.ts';

const secret = 'the secret of ann';

/** A master of one principal, ann, with everything guarded that the flags say. */
async function guarded(flags: Partial<MasterFlags>): Promise<TestCluster & AsyncDisposable> {
  await using folder = await temporaryFolder();
  const credentials = join(folder.path, 'credentials');
  await writeFile(credentials, JSON.stringify({ credentials: [{ principal: 'ann', secret }] }), { mode: 0o604 });
  return await TestCluster.start({ flags: { credentials, ...flags } });
}

const ann = { authorization: `Basic ${Buffer.from(`ann:${secret}`).toString('base64')}` };

test('each endpoint is in the realm in which Mesos has it', async (t) => {
  await using cluster = await guarded({ authenticate_http_readonly: true, authenticate_http_readwrite: true });
  const challenge = async (url: string): Promise<unknown> =>
    (await cluster.runtime.inject({ url })).headers['www-authenticate'];
  const readonly = 'Basic realm="mesos-master-readonly"';
  const readwrite = 'Basic realm="mesos-master-readwrite"';
  for (const url of ['/state', '/state-summary', '/slaves', '/tasks', '/frameworks', '/roles', '/flags']) {
    t.is(await challenge(url), readonly, url);
  }
  for (const url of ['/metrics/snapshot', '/files/browse', '/files/read', '/files/download', '/files/debug']) {
    t.is(await challenge(url), readonly, url);
  }
  for (const url of ['/weights', '/quota', '/maintenance/schedule', '/logging/toggle', '/teardown', '/reserve']) {
    t.is(await challenge(url), readwrite, url);
  }
  for (const url of ['/health', '/version', '/help', '/redirect', '/system/stats.json', '/nothing/here']) {
    t.is(await challenge(url), undefined, url);
  }
  t.is((await cluster.runtime.inject({ url: '/state', headers: ann })).status, 200);
});

test('no secret is logged, nor in /flags, and a file that others may read is warned of', async (t) => {
  await using cluster = await guarded({ authenticate_http_readonly: true });
  const { body, status } = await cluster.runtime.inject({ url: '/flags', headers: ann });
  t.is(status, 200);
  t.regex(body.toString(), /"credentials":"[^"]+credentials"/);
  await cluster.runtime.inject({ url: '/state', headers: { authorization: ann.authorization.replace('=', '') } });
  t.false([body.toString(), ...cluster.log].some((text) => text.includes(secret)));
  t.true(cluster.log.some((line) => /Permissions on credentials file .* are too open/.test(line)));
});

test('what the flags ask for without giving what it needs hinders the start', async (t) => {
  await t.throwsAsync(TestCluster.start({ flags: { authenticate_http_readonly: true } }), {
    message: /No credentials provided/,
  });
  await t.throwsAsync(TestCluster.start({ flags: { authenticate_http_frameworks: true } }), {
    message: /Missing --http_framework_authenticators/,
  });
  for (const flag of ['authenticate_agents', 'authenticate_frameworks']) {
    await t.throwsAsync(TestCluster.start({ flags: { [flag]: true } }), { message: /need --credentials$/ });
  }
});

test('credentials are read again when the master is told to; those that cannot be used change nothing', async (t) => {
  await using temporary = await temporaryFolder();
  const { path: directory } = temporary;
  const credentials = join(directory, 'credentials');
  await writeFile(credentials, 'ann one', { mode: 0o600 });
  await using cluster = await TestCluster.start({ flags: { credentials, authenticate_http_readonly: true } });
  const status = async (password: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
    return (await cluster.runtime.inject({ url: '/state', headers: { authorization } })).status;
  };
  t.false(await cluster.master.reload());
  await writeFile(credentials, 'ann two');
  t.is(await status('two'), 401);
  t.true(await cluster.master.reload());
  t.deepEqual([await status('one'), await status('two')], [401, 200]);
  await writeFile(credentials, 'ann');
  await t.throwsAsync(cluster.master.reload(), { message: /is not a principal and a secret/ });
  t.is(await status('two'), 200);
});

test('a framework over HTTP is who its token names; one without a name, or with another, is refused', async (t) => {
  await using temporary = await temporaryFolder();
  const { path: directory } = temporary;
  const jwt_secret_key = join(directory, 'key');
  await writeFile(jwt_secret_key, 'a key of some length', { mode: 0o600 });
  await using cluster = await TestCluster.start({
    flags: { jwt_secret_key, authenticate_http_frameworks: true, http_framework_authenticators: ['jwt'] },
  });
  const subscribe = async (claims: Record<string, unknown>, principal?: string): Promise<HttpTestScheduler> => {
    const token = await signJwt(claims, { secret: 'a key of some length' });
    const info = principal === undefined ? {} : { principal };
    const headers = { authorization: `Bearer ${token}` };
    const scheduler = new HttpTestScheduler({ runtime: cluster.runtime, info, headers });
    statuses.push((await scheduler.subscribe()).status);
    await cluster.clock.settle();
    return scheduler;
  };
  const statuses: number[] = [];
  const known = await subscribe({ sub: 'ann' });
  await subscribe({ sub: 'ann' }, 'ben');
  await subscribe({ role: 'eng' });
  await subscribe({ sub: 'ann', exp: 1 });
  t.deepEqual(statuses, [200, 400, 403, 401]);
  const { frameworks } = (await cluster.get('/frameworks')) as { frameworks: { principal: string }[] };
  t.is(frameworks[0]?.principal, 'ann');
  t.is((await known.call({ type: 'REVIVE' })).status, 202);
});
