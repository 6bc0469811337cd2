import { bothViews, readAgent, readMaster } from '../src/cluster-state.ts';
import type { ClusterNode } from '../src/cluster-node.ts';
import { startKeeper, updatesOf } from '../src/keeper.ts';
import { clusterTest } from '../src/testing.ts';
import { waitUntil } from '../src/wait-until.ts';

/** With these an agent is unreachable some three seconds after it was cut off. */
const IMPATIENT = { agent_ping_timeout: '1secs', max_agent_ping_timeouts: 3 };

const LONG = 'exec sleep 86400';
/** Runs until the test says that it is over. */
const UNTIL_TOLD = 'until [ -e /tmp/over ]; do sleep 0.1; done';

async function untilUnreachable(master: ClusterNode): Promise<void> {
  await waitUntil(
    'the agent is unreachable',
    () => readMaster(master),
    (state) => state.unreachable_slaves === 1,
  );
}

/** Waits until a healed agent is registered, and master and agent tell the same of the tasks, which is returned. */
async function untilAgreed(master: ClusterNode, agent: ClusterNode, tasks: number): Promise<readonly string[]> {
  await waitUntil(
    'the agent is registered again',
    () => readMaster(master),
    (state) => state.unreachable_slaves === 0 && state.slaves.every(({ active }) => active),
  );
  const agreed = await waitUntil(
    `master and agent agree on ${tasks} tasks`,
    () => bothViews(master, agent),
    (views) => views.master.length === tasks && views.master.join() === views.agent.join(),
  );
  return agreed.master;
}

clusterTest(
  'tasks of an agent that was cut off are unreachable, and running again on both sides when it is back',
  async (t, cluster) => {
    const master = await cluster.startMaster(IMPATIENT);
    const agent = await cluster.startAgent('agent-1');
    await cluster.startAgent('agent-2');
    const tasks = [
      { id: 'cut-off', host: 'agent-1', command: LONG },
      { id: 'elsewhere', host: 'agent-2', command: LONG },
    ];
    const keeper = await startKeeper(cluster, { name: 'keeper', isPartitionAware: true, tasks });
    const { id } = await readAgent(agent);
    const before = await bothViews(master, agent);

    await agent.disconnect();
    await keeper.waitForLog(/^update cut-off TASK_UNREACHABLE REASON_AGENT_REMOVED$/m);
    const cut = await readMaster(master);
    t.deepEqual(
      cut.slaves.map(({ hostname }) => hostname),
      ['agent-2'],
    );
    t.deepEqual(
      cut.frameworks.map((framework) => framework.unreachable_tasks.map((task) => [task.id, task.state])),
      [[['cut-off', 'TASK_UNREACHABLE']]],
    );
    t.deepEqual((await bothViews(master, agent)).agent, before.agent, 'the task runs on during the cut');

    await agent.reconnect();
    await keeper.waitForLog(/^update cut-off TASK_RUNNING REASON_AGENT_REREGISTERED$/m);
    t.deepEqual(await untilAgreed(master, agent, 1), before.master);
    t.is((await readAgent(agent)).id, id);
    const healed = await readMaster(master);
    t.deepEqual(healed.slaves.map(({ hostname }) => hostname).toSorted(), ['agent-1', 'agent-2']);
    t.deepEqual(
      healed.frameworks.map((framework) => [...framework.unreachable_tasks, ...framework.completed_tasks]),
      [[]],
    );
    t.deepEqual(updatesOf(keeper, 'elsewhere'), ['TASK_STARTING', 'TASK_RUNNING']);
  },
);

clusterTest(
  'the end of a task during a cut is told when the agent is back, and the task is gone on both sides',
  async (t, cluster) => {
    const master = await cluster.startMaster(IMPATIENT);
    const agent = await cluster.startAgent('agent-1');
    const tasks = [
      { id: 'long', host: 'agent-1', command: LONG },
      { id: 'ends', host: 'agent-1', command: UNTIL_TOLD },
    ];
    const keeper = await startKeeper(cluster, { name: 'keeper', isPartitionAware: true, tasks });
    await agent.disconnect();
    await untilUnreachable(master);
    await agent.run(['touch', '/tmp/over']);
    const pending = () => agent.processes(/tmp\/over/);
    await waitUntil('the task has ended', pending, (pids) => pids.length === 0);
    t.false(updatesOf(keeper, 'ends').includes('TASK_FINISHED'));

    await agent.reconnect();
    await keeper.waitForLog(/^update ends TASK_FINISHED/m);
    t.deepEqual(
      (await untilAgreed(master, agent, 1)).map((line) => line.replace(/^.*\//, '')),
      ['long TASK_RUNNING'],
    );
    const { frameworks } = await readMaster(master);
    t.deepEqual(
      frameworks.map(({ completed_tasks, unreachable_tasks }) => [
        completed_tasks.map(({ id, state }) => `${id} ${state}`),
        unreachable_tasks,
      ]),
      [[['ends TASK_FINISHED'], []]],
    );
  },
);

clusterTest(
  'a framework that knows nothing of partitions is told that its tasks are lost, and then how they are',
  async (t, cluster) => {
    const master = await cluster.startMaster(IMPATIENT);
    const agent = await cluster.startAgent('agent-1');
    const tasks = [
      { id: 'long', host: 'agent-1', command: LONG },
      { id: 'ends', host: 'agent-1', command: UNTIL_TOLD },
    ];
    const keeper = await startKeeper(cluster, { name: 'keeper', isPartitionAware: false, tasks });
    await agent.disconnect();
    await Promise.all(
      tasks.map(({ id }) => keeper.waitForLog(new RegExp(`^update ${id} TASK_LOST REASON_AGENT_REMOVED$`, 'm'))),
    );
    await agent.run(['touch', '/tmp/over']);

    await agent.reconnect();
    await keeper.waitForLog(/^update ends TASK_FINISHED/m);
    t.deepEqual(
      (await untilAgreed(master, agent, 1)).map((line) => line.replace(/^.*\//, '')),
      ['long TASK_RUNNING'],
    );
    t.is(updatesOf(keeper, 'long').at(-1), 'TASK_RUNNING REASON_AGENT_REREGISTERED');
  },
);
