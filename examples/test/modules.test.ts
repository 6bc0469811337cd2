import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { startMaster } from '@mesos-ts/master';
import type { JsonObject } from '@mesos-ts/flags';

const file = fileURLToPath(new URL('../src/modules/house.js', import.meta.url));

function manifest(...modules: readonly JsonObject[]): JsonObject {
  return { libraries: [{ file, modules }] };
}

test('a master is guarded by modules that its flags name: one knows clients by a key, the other lets them look only', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'modules-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const keys = join(folder, 'keys.json');
  await writeFile(keys, JSON.stringify({ k1: 'ann', k2: 'ben' }));
  await using master = await startMaster({
    flags: {
      ip: '127.0.0.1',
      port: 0,
      modules: manifest(
        { name: 'org_example_ApiKeys', parameters: [{ key: 'file', value: keys }] },
        { name: 'org_example_LookOnly', parameters: [{ key: 'admins', value: 'ann' }] },
      ),
      authenticate_http_readonly: true,
      authenticate_http_readwrite: true,
      http_authenticators: ['org_example_ApiKeys'],
      authorizers: 'org_example_LookOnly',
    },
  });
  const status = async (path: string, key?: string): Promise<number> => {
    const headers: Record<string, string> = key === undefined ? {} : { 'x-api-key': key };
    const { status: answered, headers: answers } = await fetch(`${master.url}${path}`, { headers });
    if (answered === 401) t.is(answers.get('www-authenticate'), 'ApiKey realm="mesos-master-readonly"');
    return answered;
  };
  t.is(await status('/state'), 401);
  t.is(await status('/state', 'k3'), 401);
  t.deepEqual([await status('/state', 'k1'), await status('/flags', 'k1')], [200, 200]);
  t.deepEqual([await status('/state', 'k2'), await status('/flags', 'k2')], [200, 403]);
});

test('a module that is told too little hinders the start, in its own words', async (t) => {
  const flags = {
    ip: '127.0.0.1',
    port: 0,
    modules: manifest({ name: 'org_example_LookOnly' }, { name: 'org_example_Spiffe' }),
  };
  await t.throwsAsync(startMaster({ flags: { ...flags, authorizers: 'org_example_LookOnly' } }), {
    message: "The parameter 'admins' is missing",
  });
  await t.throwsAsync(startMaster({ flags: { ...flags, authenticators: ['org_example_Spiffe'] } }), {
    message: "The parameter 'domain' is missing",
  });
});
