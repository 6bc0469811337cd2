import { bothViews, readAgent, readMaster, registeredAgents } from '../src/cluster-state.ts';
import type { Cluster } from '../src/cluster.ts';
import type { ClusterNode } from '../src/cluster-node.ts';
import { startKeeper, updatesOf } from '../src/keeper.ts';
import { clusterTest } from '../src/testing.ts';
import { waitUntil } from '../src/wait-until.ts';
import {
  gateFiles,
  gateFlags,
  holdTasks,
  releaseTasks,
  sampleTexts,
  startWordCount,
  totalOf,
  wcWords,
} from '../src/word-count.ts';

/** With these an agent is unreachable some eight seconds after it was cut off: a busy machine does not keep one from answering for as long. */
const impatient = { agent_ping_timeout: '1secs', max_agent_ping_timeouts: 8 };

/** Within this a silent connection counts as broken. */
const connectionLifeMs = 90_000;

const longCommand = 'exec sleep 86400';
/** Runs until the test says that it is over. */
const untilTold = 'until [ -e /tmp/over ]; do sleep 0.1; done';

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

/** The names and states of tasks, without their framework. */
function statesOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^.*\//, ''));
}

/** The tasks of `startTwoTasks`. */
const twoTasks = [
  { id: 'long', host: 'agent-1', command: longCommand },
  { id: 'ends', host: 'agent-1', command: untilTold },
];

/** Starts a master with an agent, and a framework with two tasks there, of which the test ends one. */
async function startTwoTasks(
  cluster: Cluster,
  { flags, isPartitionAware }: { readonly flags?: typeof impatient; readonly isPartitionAware: boolean },
) {
  const master = await cluster.startMaster(flags);
  const agent = await cluster.startAgent('agent-1');
  const keeper = await startKeeper(cluster, { name: 'keeper', isPartitionAware, tasks: twoTasks });
  return { master, agent, keeper };
}

clusterTest(
  'tasks of an agent that was cut off are unreachable, and running again on both sides when it is back',
  async (t, cluster) => {
    const master = await cluster.startMaster(impatient);
    const agent = await cluster.startAgent('agent-1');
    await cluster.startAgent('agent-2');
    const tasks = [
      { id: 'cut-off', host: 'agent-1', command: longCommand },
      { id: 'elsewhere', host: 'agent-2', command: longCommand },
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
    const { master, agent, keeper } = await startTwoTasks(cluster, { isPartitionAware: true, flags: impatient });
    await agent.disconnect();
    await untilUnreachable(master);
    await agent.run(['touch', '/tmp/over']);
    const pending = () => agent.processes(/tmp\/over/);
    await waitUntil('the task has ended', pending, (pids) => pids.length === 0);
    t.false(updatesOf(keeper, 'ends').includes('TASK_FINISHED'));

    await agent.reconnect();
    await keeper.waitForLog(/^update ends TASK_FINISHED/m);
    t.deepEqual(statesOf(await untilAgreed(master, agent, 1)), ['long TASK_RUNNING']);
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
    const { master, agent, keeper } = await startTwoTasks(cluster, { isPartitionAware: false, flags: impatient });
    await agent.disconnect();
    await Promise.all(
      twoTasks.map(({ id }) => keeper.waitForLog(new RegExp(`^update ${id} TASK_LOST REASON_AGENT_REMOVED$`, 'm'))),
    );
    await agent.run(['touch', '/tmp/over']);

    await agent.reconnect();
    await keeper.waitForLog(/^update ends TASK_FINISHED/m);
    t.deepEqual(statesOf(await untilAgreed(master, agent, 1)), ['long TASK_RUNNING']);
    t.is(updatesOf(keeper, 'long').at(-1), 'TASK_RUNNING REASON_AGENT_REREGISTERED');
  },
);

clusterTest('a job through which an agent is cut off and comes back counts every word once', async (t, cluster) => {
  const texts = sampleTexts();
  const master = await cluster.startMaster(impatient);
  const flags = { resources: 'cpus:2;mem:1024;disk:1024', ...gateFlags };
  const [cut, other] = await Promise.all([
    cluster.startAgent('agent-1', flags, { files: gateFiles }),
    cluster.startAgent('agent-2', flags, { files: gateFiles }),
  ]);
  await registeredAgents(master, 2);
  const framework = await startWordCount(cluster, texts, 30);
  await framework.waitForLog(/^[1-9]\d*\/30 shards/m);
  // The other agent's tasks wait, too, so that the job is not over before the agent is back.
  const [held] = await Promise.all([holdTasks(cut, 1), holdTasks(other, 1)]);
  await cut.disconnect();
  for (const { task } of held) {
    await framework.waitForLog(new RegExp(`^shard ${task.replace(/^shard-/, '')} runs again: TASK_UNREACHABLE`, 'm'));
  }
  await releaseTasks(cut);
  await cut.reconnect();
  await releaseTasks(other);
  t.is(await framework.waitForExit(240_000), 0);
  t.is(totalOf(framework), wcWords(texts));
  await untilAgreed(master, cut, 0);
});

clusterTest(
  'a cut that outlasts the connection ends the tasks of a framework without checkpoints, on both sides',
  async (t, cluster) => {
    const master = await cluster.startMaster();
    const agent = await cluster.startAgent('agent-1');
    const tasks = [{ id: 'long', host: 'agent-1', command: longCommand }];
    const keeper = await startKeeper(cluster, { name: 'keeper', isPartitionAware: true, tasks });
    const { id } = await readAgent(agent);
    await agent.disconnect();
    await keeper.waitForLog(/^update long TASK_LOST REASON_AGENT_DISCONNECTED$/m, connectionLifeMs);
    t.is((await agent.processes(/^sleep 86400$/)).length, 1, 'the agent does not know yet');

    await agent.reconnect();
    await untilAgreed(master, agent, 0);
    t.deepEqual(await agent.processes(/^sleep 86400$/), []);
    t.is((await readAgent(agent)).id, id);
    const { slaves } = await readMaster(master);
    t.deepEqual(
      slaves.map((slave) => [slave.id, slave.active]),
      [[id, true]],
    );
  },
);

clusterTest(
  'a framework that was cut off subscribes again and is told at once what it has missed',
  async (t, cluster) => {
    const { master, agent, keeper } = await startTwoTasks(cluster, { isPartitionAware: true });
    await keeper.disconnect();
    await agent.run(['touch', '/tmp/over']);
    await waitUntil(
      'the master has missed the framework',
      () => readMaster(master),
      ({ frameworks }) => frameworks.every(({ active }) => !active),
      connectionLifeMs,
    );

    await keeper.reconnect();
    await keeper.waitForLog(/^resubscribed /m);
    // Later than that the agent would send the update again anyway.
    await keeper.waitForLog(/^update ends TASK_FINISHED/m, 10_000);
    t.deepEqual(statesOf(await untilAgreed(master, agent, 1)), ['long TASK_RUNNING']);
    const [starting, running, ...reconciled] = updatesOf(keeper, 'long');
    t.deepEqual([starting, running], ['TASK_STARTING', 'TASK_RUNNING']);
    for (const update of reconciled) t.is(update, 'TASK_RUNNING REASON_RECONCILIATION');
  },
);
