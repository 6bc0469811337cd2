import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import test from 'ava';
import { projectFiles } from '../../src/docker/project-files.ts';

const imageHome = 'opt/mesos-ts';
const files = projectFiles();
const targets = new Set(files.map((file) => file.target));

test('the image holds the packages and what they need at run time, each once', (t) => {
  for (const path of [
    'packages/flags/dist/src/index.js',
    'packages/flags/package.json',
    'node_modules/ws/package.json',
  ]) {
    t.true(targets.has(`${imageHome}/${path}`), path);
  }
  t.is(targets.size, files.length);
});

test('the image holds neither tests nor tools nor types', (t) => {
  const idle = /\/dist\/test\/|\/node_modules\/(typescript|ava|oxlint|testcontainers)\/|\.d\.ts$|\.map$/;
  t.deepEqual(
    [...targets].filter((target) => idle.test(target)),
    [],
  );
});

test('every file exists and every link leads to something in the image', (t) => {
  for (const file of files) {
    if (file.type === 'file') t.true(existsSync(file.source), file.source);
    if (file.type !== 'link') continue;
    const leadsTo = posix.join('/', posix.dirname(file.target), file.to).slice(1);
    const end = file.to.startsWith('/') ? file.to.slice(1) : leadsTo;
    t.true(
      [...targets].some((target) => target === end || target.startsWith(`${end}/`)),
      `${file.target} -> ${end}`,
    );
  }
});
