import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { versionJson } from '../src/index.ts';
import { gitOf } from '../src/version.ts';

test('a version has the time of the build in both forms, and the commit where one was noted', (t) => {
  const version = versionJson(1_577_836_800_000);
  t.like(version, { version: '1.12.0', build_date: '2020-01-01 00:00:00', build_time: 1_577_836_800, build_user: '' });
  t.true(version.git_sha === undefined || /^[0-9a-f]{40}$/.test(version.git_sha));
});

test('what the build noted of the commit is read leniently: without it there is none', async (t) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'build-info.json');
  t.deepEqual(gitOf(file), {});
  writeFileSync(file, '{"git_sha":"abc","git_tag":1,"other":"x"}');
  t.deepEqual(gitOf(file), { git_sha: 'abc' });
  writeFileSync(file, 'null');
  t.deepEqual(gitOf(file), {});
});
