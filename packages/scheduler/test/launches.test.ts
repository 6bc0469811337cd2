import type { TaskInfo } from '@mesos-ts/protocol';
import test from 'ava';
import { droppedLaunches } from '../src/launches.ts';

const task = (id: string): TaskInfo => ({ name: id, task_id: { value: id }, agent_id: { value: 'a' } });

test('every task of launches and task groups is answered, other operations are not', (t) => {
  const statuses = droppedLaunches(
    {
      offer_ids: [{ value: 'o' }],
      operations: [
        { type: 'LAUNCH', launch: { task_infos: [task('1'), task('2')] } },
        { type: 'RESERVE', reserve: {} },
        {
          type: 'LAUNCH_GROUP',
          launch_group: { executor: { executor_id: { value: 'e' } }, task_group: { tasks: [task('3')] } },
        },
      ],
    },
    false,
    5_000,
  );
  t.deepEqual(
    statuses.map(({ task_id, state, reason, timestamp, uuid }) => [task_id.value, state, reason, timestamp, uuid]),
    ['1', '2', '3'].map((id) => [id, 'TASK_LOST', 'REASON_MASTER_DISCONNECTED', 5, undefined]),
  );
});

test('a partition-aware framework is told TASK_DROPPED', (t) => {
  const accept = { operations: [{ type: 'LAUNCH' as const, launch: { task_infos: [task('1')] } }] };
  t.is(droppedLaunches(accept, true, 0)[0]?.state, 'TASK_DROPPED');
});
