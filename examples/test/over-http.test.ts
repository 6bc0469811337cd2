import { fileURLToPath } from 'node:url';
import { startLocalCluster } from '@mesos-ts/cli';
import { Resources } from '@mesos-ts/protocol';
import type { Offer, TaskStatus } from '@mesos-ts/protocol';
import { Scheduler, runScheduler } from '@mesos-ts/scheduler';
import test from 'ava';

const needs = Resources.of([
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
]);

const executorProgram = fileURLToPath(new URL('../src/http-executor.js', import.meta.url));

/** Runs a task in the executor of the examples. */
class OneGreeting extends Scheduler {
  readonly seen: string[] = [];

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const resources = Resources.of(offer.resources).find(needs)?.toArray();
      if (resources === undefined || this.seen.length > 0) this.decline(offer);
      else {
        this.seen.push('launched');
        const command = { value: `'${process.execPath}' '${executorProgram}'` };
        const executor = { executor_id: { value: 'greeter' }, command };
        this.launch(offer, { name: 'Ada', task_id: { value: 't' }, resources, executor });
      }
    }
  }
  protected override message({ data }: { readonly data: Uint8Array }): void {
    this.seen.push(Buffer.from(data).toString());
  }
  protected override update({ state }: TaskStatus): void {
    this.seen.push(state);
    if (state === 'TASK_FINISHED' || state === 'TASK_FAILED') this.stop();
  }
}

class OneTask extends Scheduler {
  readonly states: string[] = [];

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const resources = Resources.of(offer.resources).find(needs)?.toArray();
      if (resources === undefined || this.states.length > 0) this.decline(offer);
      else {
        this.states.push('launched');
        this.launch(offer, { name: 't', task_id: { value: 't' }, resources, command: { value: 'true' } });
      }
    }
  }
  protected override update({ state }: TaskStatus): void {
    this.states.push(state);
    if (state === 'TASK_FINISHED') this.stop();
  }
}

for (const type of ['application/json', 'application/x-protobuf'] as const) {
  test(`a scheduler runs a task on a cluster over HTTP with ${type}, and leaves no framework behind`, async (t) => {
    await using cluster = await startLocalCluster({ numAgents: 1 });
    const master = `http://${cluster.masterAddress}`;
    const scheduler = new OneTask({ master, framework: { name: 'over HTTP' }, http: { type } });
    await runScheduler(scheduler);
    t.deepEqual(scheduler.states, ['launched', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    const response = await fetch(`${master}/frameworks`);
    const { completed_frameworks, frameworks } = (await response.json()) as Record<string, { name: string }[]>;
    t.deepEqual(frameworks, []);
    t.deepEqual(
      completed_frameworks?.map(({ name }) => name),
      ['over HTTP'],
    );
  });
}

test('an executor runs a task, and a scheduler hears of it, both over HTTP', async (t) => {
  await using cluster = await startLocalCluster({ numAgents: 1 });
  const scheduler = new OneGreeting({ master: `http://${cluster.masterAddress}`, framework: { name: 'greeting' } });
  await runScheduler(scheduler);
  t.deepEqual(scheduler.seen.toSorted(), ['Hello, Ada!', 'TASK_FINISHED', 'TASK_RUNNING', 'launched']);
});
