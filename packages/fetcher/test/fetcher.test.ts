import { execFileSync } from 'node:child_process';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import test from 'ava';
import type { ExecutionContext } from 'ava';

import { FetchError } from '../src/errors.ts';
import { Fetcher } from '../src/fetcher.ts';
import type { FetchUri } from '../src/options.ts';
import { resolveSystemUser } from '../src/users.ts';
import { tarOf } from './support/archives.ts';
import { ManualClock } from './support/clock.ts';
import { TestDirectories, fails } from './support/sandbox.ts';
import { serve } from './support/server.ts';

const isRoot = process.geteuid?.() === 0;

test("a container's URIs are fetched, and fetches are counted by how they end", async (t) => {
  const { directories, fetcher, request } = await setUp(t);
  await writeFile(join(directories.published, 'a'), 'one');
  await fetcher.fetch(request([{ cache: true, value: join(directories.published, 'a') }]));
  await fetcher.fetch(request([]));
  await fails(
    t,
    fetcher.fetch(request([{ value: 'hdfs://h/a' }])),
    'FETCH_SCHEME_UNSUPPORTED',
    /^Failed to fetch 'hdfs:/,
  );
  t.deepEqual(fetcher.statistics(), { task_fetches_failed: 1, task_fetches_succeeded: 2 });
  t.deepEqual(await directories.files(), { a: 'one' });
});

test("killing a container's fetches aborts them and no others", async (t) => {
  const { clock, directories, fetcher, request } = await setUp(t);
  await writeFile(join(directories.published, 'a'), 'one');
  const url = await serve(t, (_request, response) => void response.writeHead(200, { 'content-length': 9 }).write('x'));
  const killed = [
    fetcher.fetch(request([{ value: `${url}/a` }])),
    fetcher.fetch({ ...request([{ value: `${url}/b` }]), containerId: 'c1' }),
  ];
  const other = fetcher.fetch({ ...request([{ value: join(directories.published, 'a') }]), containerId: 'c2' });
  await clock.nextReading();
  fetcher.kill('c1');
  fetcher.kill('unknown');
  for (const fetch of killed) await fails(t, fetch, 'FETCH_ABORTED', /aborted/);
  await other;
  t.deepEqual(await directories.files(), { a: 'one' });
  t.deepEqual(fetcher.statistics(), { task_fetches_failed: 2, task_fetches_succeeded: 1 });
  t.is(clock.timers, 0);
});

test("a caller's signal aborts its fetch", async (t) => {
  const { clock, fetcher, request } = await setUp(t);
  const url = await serve(t, () => {});
  const controller = new AbortController();
  const fetch = fetcher.fetch({ ...request([{ value: `${url}/a` }]), signal: controller.signal });
  await clock.nextReading();
  controller.abort();
  await fails(t, fetch, 'FETCH_ABORTED', /aborted/);
});

test('a user that does not exist fails the fetch', async (t) => {
  const { directories, fetcher, request } = await setUp(t);
  await writeFile(join(directories.published, 'a'), 'one');
  for (const user of ['no-such-user-here', '-u', '', 'a b', '0 0']) {
    const fetch = fetcher.fetch({ ...request([{ value: join(directories.published, 'a') }]), user });
    await fails(t, fetch, 'FETCH_USER_UNKNOWN', /There is no user/);
  }
  t.deepEqual(await directories.files(), {});
});

test("the numbers of this process's own user are found", async (t) => {
  const { gid, uid, username } = userInfo();
  t.deepEqual(await resolveSystemUser(username), { gid, uid });
});

test("the command's user comes before the container's", async (t) => {
  const asked: string[] = [];
  const resolveUser = async (name: string) => {
    asked.push(name);
    throw new FetchError('FETCH_USER_UNKNOWN', name);
  };
  const { fetcher, request } = await setUp(t, { resolveUser });
  await t.throwsAsync(fetcher.fetch({ ...request([]), command: { user: 'theirs' }, user: 'ours' }));
  await t.throwsAsync(fetcher.fetch({ ...request([]), user: 'ours' }));
  t.deepEqual(asked, ['theirs', 'ours']);
});

test("results belong to the task's user, directories and links included, if the agent is root", async (t) => {
  const { directories, fetcher, request } = await setUp(t, { resolveUser: async () => ({ gid: 4322, uid: 4321 }) });
  await chmod(directories.root, 0o755);
  const tar = tarOf({ path: 'd/x' }, { linkpath: 'x', path: 'd/l', type: 'SymbolicLink' });
  await writeFile(join(directories.published, 'a.tar'), tar);
  const uri = { output_file: 'o/a.tar', value: join(directories.published, 'a.tar') };
  await fetcher.fetch({ ...request([uri]), user: 'somebody' });
  for (const path of ['o', 'o/a.tar', 'd', 'd/x', 'd/l']) {
    const owner = execFileSync('stat', ['-c', '%u:%g', join(directories.sandbox, path)], { encoding: 'utf8' });
    t.is(owner, isRoot ? '4321:4322\n' : `${userInfo().uid}:${userInfo().gid}\n`, path);
  }
  t.is((await stat(directories.sandbox)).uid, userInfo().uid);
});

test("a local file is read with the rights of the task's user if the agent is root", async (t) => {
  const { directories, fetcher, request } = await setUp(t, { resolveUser: async () => ({ gid: 4322, uid: 4321 }) });
  await chmod(directories.root, 0o755);
  await writeFile(join(directories.published, 'secret'), 'secret', { mode: 0o600 });
  const fetch = fetcher.fetch({ ...request([{ value: join(directories.published, 'secret') }]), user: 'somebody' });
  if (isRoot) await fails(t, fetch, 'FETCH_SOURCE_UNREADABLE', /Permission denied/);
  else await fetch;
  t.deepEqual(await directories.files(), isRoot ? {} : { secret: 'secret' });
});

async function setUp(t: ExecutionContext, options: Partial<ConstructorParameters<typeof Fetcher>[0]> = {}) {
  const clock = new ManualClock();
  const directories = await TestDirectories.create(t);
  const request = (uris: FetchUri[]) => ({
    command: { uris },
    containerId: 'c1',
    sandboxDirectory: directories.sandbox,
  });
  return { clock, directories, fetcher: new Fetcher({ clock, ...options }), request };
}
