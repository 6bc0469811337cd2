import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import type { Offer } from '@mesos-ts/protocol';
import test from 'ava';
import { launchedTasks } from '../src/launches.ts';
import { FakeMaster, offer, subscribed } from './support/fake-master.ts';

const path = fileURLToPath(new URL('examples/greetings.js', import.meta.url));

function offerOf(id: string, cpus: number): Offer {
  const amounts = [
    ['cpus', cpus],
    ['mem', 1_024],
  ] as const;
  return {
    ...offer(id),
    resources: amounts.map(([name, value]) => ({ name, type: 'SCALAR', scalar: { value } })),
  };
}

test('the program in the README runs its tasks where there is room, and ends', async (t) => {
  await using runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  const master = new FakeMaster();
  runtime.spawn(master);
  const events: unknown[] = [];
  master.answer = subscribed('f-1');
  master.onCall = (call) => {
    if (call.type === 'SUBSCRIBE') {
      const offers = ['a', 'b', 'c', 'd'].map((id) => offerOf(id, 4));
      master.emit({ type: 'OFFERS', offers: { offers: [offerOf('small', 0.01), ...offers] } });
    }
    for (const task of call.accept === undefined ? [] : launchedTasks(call.accept)) {
      events.push(task.command?.value);
      master.emit({ type: 'UPDATE', update: { status: { task_id: task.task_id, state: 'TASK_FINISHED' } } });
    }
    if (call.type === 'DECLINE') events.push(call.decline?.offer_ids?.[0]?.value);
  };
  const env = { ...process.env, MESOS_MASTER: runtime.address };
  const { stdout } = await promisify(execFile)(process.execPath, [path], { env });
  t.is(stdout, 'task 1: TASK_FINISHED\ntask 2: TASK_FINISHED\ntask 3: TASK_FINISHED\n');
  t.deepEqual(events, ['small', ...['1', '2', '3'].map((id) => `echo hello from task ${id}`), 'd']);
});
