import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { LocalCluster } from '../../src/local/local-cluster.ts';
import { buildMesosGo, findMesosGo } from '../../src/local/tools.ts';

const go = findMesosGo();
const withGo = go === undefined ? test.serial.skip : test.serial;
const missing = go === undefined ? ' (no go with golang-github-mesos-mesos-go-dev here)' : '';

let folder = '';
let program = '';

test.before(async () => {
  if (go === undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'mesos-ts-go-'));
  program = await buildMesosGo(go, folder);
});

test.after.always(async () => {
  if (folder !== '') await rm(folder, { recursive: true, force: true });
});

interface Fact {
  readonly what: string;
  readonly [name: string]: unknown;
}

function facts(text: string): Fact[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Fact);
}

/** How a task went: its states, with what else a reader of the update learns. */
function story(all: readonly Fact[], task: string): string[] {
  return all
    .filter((fact) => fact.what === 'update' && fact['task'] === task)
    .map(({ state, source, message, data, acknowledged }) =>
      [state, source, message, data, acknowledged === true ? 'acknowledged' : '']
        .filter((part) => part !== '' && part !== null)
        .join(' '),
    );
}

withGo(`mesos-go runs commands and an executor of its own, acknowledges, kills and tears down${missing}`, async (t) => {
  await using cluster = await LocalCluster.start();
  try {
    const watcher = cluster.run('events', program, ['events', cluster.master, '3']);
    await watcher.output.waitFor(/"SUBSCRIBED"/, 120_000);
    const framework = cluster.run('scheduler', program, ['scheduler', cluster.master]);
    t.is(await framework.waitForExit(), 0);
    const all = facts(framework.output.text);
    t.like(all[0], { what: 'subscribed', heartbeat: 15 });
    t.like(all[1], { what: 'heartbeat' });
    t.like(all[2], { what: 'offer', cpus: 4, mem: 2048, ports: 1000, hostname: 'localhost' });
    t.deepEqual(story(all, 'command'), [
      'TASK_STARTING SOURCE_EXECUTOR acknowledged',
      'TASK_RUNNING SOURCE_EXECUTOR acknowledged',
      'TASK_FAILED SOURCE_EXECUTOR Command exited with status 3 acknowledged',
    ]);
    // Its data are the bytes 0, 1 and 255, which are no text.
    t.deepEqual(story(all, 'executor'), [
      'TASK_RUNNING SOURCE_EXECUTOR AAH/ acknowledged',
      'TASK_FINISHED SOURCE_EXECUTOR acknowledged',
    ]);
    t.deepEqual(story(all, 'killed'), [
      'TASK_STARTING SOURCE_EXECUTOR acknowledged',
      'TASK_RUNNING SOURCE_EXECUTOR acknowledged',
      'TASK_RUNNING SOURCE_MASTER Reconciliation: Latest task state',
      'TASK_KILLED SOURCE_EXECUTOR Command terminated with signal Terminated acknowledged',
    ]);
    t.like(
      all.find(({ what }) => what === 'message'),
      { executor: 'own', data: 'heard finish' },
    );
    t.is(all.at(-1)?.what, 'torn down');
    t.is(await watcher.waitForExit(), 0);
    const events = facts(watcher.output.text);
    t.deepEqual(
      events
        .filter(({ type }) => type === 'TASK_ADDED')
        .map(({ task, state }) => `${String(task)} ${String(state)}`)
        .toSorted(),
      ['command TASK_STAGING', 'executor TASK_STAGING', 'killed TASK_STAGING'],
    );
  } catch (error) {
    t.log(cluster.report());
    throw error;
  }
});

withGo(
  `mesos-go proves who it is by its principal and secret, and is refused with a wrong one${missing}`,
  async (t) => {
    const credentials = join(folder, 'credentials.json');
    await writeFile(credentials, JSON.stringify({ credentials: [{ principal: 'ann', secret: 'sesame' }] }), {
      mode: 0o600,
    });
    await using cluster = await LocalCluster.start([
      '--authenticate_http_frameworks',
      '--http_framework_authenticators=basic',
      `--credentials=${credentials}`,
    ]);
    try {
      const right = cluster.run('scheduler', program, ['scheduler', cluster.master, 'ann', 'sesame']);
      t.is(await right.waitForExit(), 0);
      t.is(facts(right.output.text).at(-1)?.what, 'torn down');
      const wrong = cluster.run('scheduler', program, ['scheduler', cluster.master, 'ann', 'open']);
      t.is(await wrong.waitForExit(), 1);
      t.regex(wrong.output.text, /not authenticated/);
    } catch (error) {
      t.log(cluster.report());
      throw error;
    }
  },
);

withGo(`mesos-go reads every answer of the master and the agent${missing}`, async (t) => {
  await using cluster = await LocalCluster.start();
  try {
    const operator = cluster.run('operator', program, ['operator', cluster.master, cluster.agent]);
    t.is(await operator.waitForExit(), 0);
    const all = facts(operator.output.text);
    const answers = all.filter(({ what }) => what === 'answer');
    t.is(answers.length, 29);
    t.deepEqual(
      answers.filter(({ call, type }) => !String(call).endsWith(` ${String(type)}`)),
      [],
    );
    t.like(
      all.find(({ what }) => what === 'state'),
      { agents: 1, pid: `slave(1)@${cluster.agent.slice('http://'.length)}`, cpus: 4 },
    );
  } catch (error) {
    t.log(cluster.report());
    throw error;
  }
});
