// Secrets in environments on a real cluster: tasks see them, and nobody else does.
import { deferred } from '@mesos-ts/libprocess';
import { parseResources } from '@mesos-ts/protocol';
import { Scheduler, runScheduler } from '@mesos-ts/scheduler';
import test from 'ava';
import { startLocalCluster } from '../src/index.ts';
import type { Logger } from '@mesos-ts/libprocess';
import type { Environment_Variable, Offer, TaskInfo, TaskStatus } from '@mesos-ts/protocol';

/** Launches tasks, and collects what is said of them. */
class Launching extends Scheduler {
  readonly statuses: TaskStatus[] = [];
  readonly #tasks: Partial<TaskInfo>[];
  #awaited: { isIt: (status: TaskStatus) => boolean; resolve: (status: TaskStatus) => void } | undefined;

  constructor(master: string, tasks: readonly Partial<TaskInfo>[]) {
    super({ master, framework: { name: 'launching' } });
    this.#tasks = [...tasks];
  }

  /** The first status of this kind, if it has come or when it comes. */
  async status(isIt: (status: TaskStatus) => boolean): Promise<TaskStatus> {
    const come = this.statuses.find(isIt);
    if (come !== undefined) return come;
    const { promise, resolve } = deferred<TaskStatus>();
    this.#awaited = { isIt, resolve };
    return promise;
  }

  protected override offers(offers: readonly Offer[]): void {
    const resources = parseResources('cpus:0.1;mem:32').value?.toArray() ?? [];
    for (const offer of offers) {
      const tasks = this.#tasks.splice(0).map((task, index) => {
        const name = `t${index}`;
        return { name, task_id: { value: name }, resources, ...task };
      });
      if (tasks.length > 0) this.launch(offer, tasks);
      else this.decline(offer);
    }
  }

  protected override update(status: TaskStatus): void {
    this.statuses.push(status);
    if (this.#awaited?.isIt(status) === true) this.#awaited.resolve(status);
  }
}

const secretVariable = (name: string, value: string): Environment_Variable => ({
  name,
  type: 'SECRET',
  secret: { type: 'VALUE', value: { data: Buffer.from(value) } },
});

const answers = [
  ...['/state', '/tasks', '/frameworks', '/slaves', '/state-summary'].map((path) => ({ of: 'master', path, call: '' })),
  ...['/state', '/containers'].map((path) => ({ of: 'agent', path, call: '' })),
  ...['master', 'agent'].flatMap((of) =>
    ['GET_STATE', 'GET_TASKS', 'GET_EXECUTORS', 'GET_FRAMEWORKS'].map((call) => ({ of, path: '/api/v1', call })),
  ),
];

test('a task and its executor see their secrets; no view, no event and no log tells them', async (t) => {
  const lines: string[] = [];
  const note = (line: string): void => {
    lines.push(line);
  };
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  await using cluster = await startLocalCluster({
    resources: 'cpus:1;mem:512;disk:512;ports:[]',
    logger: () => logger,
  });
  const stream = await fetch(`${cluster.masterUrl}/events`);
  const launching = new Launching(cluster.masterAddress, [
    {
      command: {
        value: 'case "$PASSWORD" in sesam*1) exec sleep 1000; esac',
        environment: { variables: [secretVariable('PASSWORD', 'sesame1')] },
      },
      health_check: {
        type: 'COMMAND',
        command: {
          value: 'case "$PASSWORD$CHECK" in sesam*1sesam*2) exit 0; esac; exit 1',
          environment: { variables: [secretVariable('CHECK', 'sesame2')] },
        },
        delay_seconds: 0,
        interval_seconds: 0.2,
      },
    },
    {
      executor: {
        executor_id: { value: 'own' },
        command: {
          value: 'case "$PASSWORD" in sesam*3) echo seen; exec sleep 1000; esac',
          environment: { variables: [secretVariable('PASSWORD', 'sesame3')] },
        },
      },
    },
  ]);
  const ran = runScheduler(launching);
  await launching.status(({ healthy }) => healthy === true);
  const [agentUrl = ''] = cluster.agentUrls;
  const frameworks = (await (await fetch(`${cluster.masterUrl}/frameworks`)).json()) as {
    frameworks: { id: string }[];
  };
  const stdout = `/frameworks/${frameworks.frameworks[0]?.id}/executors/own/runs/latest/stdout`;
  const seen = async (): Promise<boolean> => {
    const response = await fetch(`${agentUrl}/files/download?path=${encodeURIComponent(stdout)}`);
    return response.ok && (await response.text()) === 'seen\n';
  };
  while (!(await seen()));

  const told: string[] = [];
  for (const { call, of, path } of answers) {
    const url = `${of === 'master' ? cluster.masterUrl : agentUrl}${path}`;
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: call }),
    };
    const response = await fetch(url, call === '' ? {} : post);
    t.is(response.status, 200, url);
    told.push(await response.text());
  }
  const naming = (name: string): string[] =>
    answers
      .filter((_, index) => told[index]?.includes(`"${name}"`))
      .map(({ call, of, path }) => `${of} ${call || path}`);
  t.deepEqual(naming('PASSWORD'), [
    'master /state',
    'master /frameworks',
    'master GET_STATE',
    'master GET_EXECUTORS',
    'agent GET_STATE',
    'agent GET_EXECUTORS',
  ]);
  t.deepEqual(naming('CHECK'), [
    'master /state',
    'master /tasks',
    'master /frameworks',
    'agent /state',
    'master GET_STATE',
    'master GET_TASKS',
    'agent GET_STATE',
    'agent GET_TASKS',
  ]);
  launching.stop();
  await ran;
  await cluster.close();
  told.push(...lines, await stream.text());
  for (const text of told) {
    for (const value of ['sesame1', 'sesame2', 'sesame3']) {
      t.false(text.includes(value) || text.includes(btoa(value)), text);
    }
  }
});

test('a secret that refers to a store needs somebody who resolves it', async (t) => {
  await using cluster = await startLocalCluster({ resources: 'cpus:1;mem:512;disk:512;ports:[]' });
  const secret = { type: 'REFERENCE', reference: { name: 'db' } } as const;
  const environment = { variables: [{ name: 'PASSWORD', type: 'SECRET' as const, secret }] };
  const launching = new Launching(cluster.masterAddress, [{ command: { value: 'true', environment } }]);
  const ran = runScheduler(launching);
  t.like(await launching.status(() => true), {
    state: 'TASK_FAILED',
    reason: 'REASON_CONTAINER_LAUNCH_FAILED',
    message:
      "Failed to launch container: Failed to resolve the secret of environment variable 'PASSWORD': " +
      'Default secret resolver cannot resolve references',
  });
  launching.stop();
  await ran;
});
