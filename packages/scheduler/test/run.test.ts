import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import type { Offer, TaskStatus } from '@mesos-ts/protocol';
import test from 'ava';
import { Scheduler, runScheduler } from '../src/index.ts';
import { FakeMaster, offer, status } from './support/fake-master.ts';

class OneTask extends Scheduler {
  readonly states: string[] = [];

  protected override offers(offers: readonly Offer[]): void {
    for (const one of offers) this.launch(one, { name: 'task', task_id: { value: 't' } });
  }

  protected override update({ state }: TaskStatus): void {
    this.states.push(state);
    this.stop();
  }
}

test('runScheduler makes a runtime of its own that the master reaches, and closes it', async (t) => {
  await using runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  const master = new FakeMaster();
  runtime.spawn(master);
  const scheduler = new OneTask({ master: runtime.address, framework: { name: 'one task' } });
  const run = runScheduler(scheduler);
  master.onCall = ({ type }) => {
    if (type !== 'SUBSCRIBE') return;
    master.emit({ type: 'OFFERS', offers: { offers: [offer('o')] } });
    master.emit({ type: 'UPDATE', update: { status: status('TASK_FINISHED', 1) } });
  };
  await run;
  t.deepEqual(scheduler.states, ['TASK_FINISHED']);
  t.regex(scheduler.master?.address ?? '', /^127\.0\.0\.1:/);
  t.regex(master.scheduler?.toString() ?? '', /^scheduler-[\w-]+@127\.0\.0\.1:\d+$/);
});

test('runScheduler says so when the name of the master cannot be resolved', async (t) => {
  const scheduler = new OneTask({ master: 'no-such-host.invalid:5050', framework: { name: 'one task' } });
  await t.throwsAsync(runScheduler(scheduler), { code: 'SCHEDULER_MASTER_UNKNOWN', message: /no-such-host\.invalid/ });
});

test.serial('runScheduler says so when LIBPROCESS_PORT is no port', async (t) => {
  const before = process.env['LIBPROCESS_PORT'];
  t.teardown(() => {
    if (before === undefined) delete process.env['LIBPROCESS_PORT'];
    else process.env['LIBPROCESS_PORT'] = before;
  });
  for (const value of ['99999', '-1', 'http', '']) {
    process.env['LIBPROCESS_PORT'] = value;
    const scheduler = new OneTask({ master: '127.0.0.1:5050', framework: { name: 'one task' } });
    await t.throwsAsync(runScheduler(scheduler), {
      code: 'SCHEDULER_ENVIRONMENT_INVALID',
      message: `LIBPROCESS_PORT must be a port, 0 to 65535, got '${value}'`,
    });
  }
});
