import { bothViews, readMaster, registeredAgents } from '../src/cluster-state.ts';
import type { ClusterNode } from '../src/cluster-node.ts';
import { masterPort } from '../src/cluster.ts';
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

const agentNames = ['agent-1', 'agent-2'];

/** Kills a master's host and starts it again; what only its memory held is lost. */
async function restart(master: ClusterNode): Promise<void> {
  await master.kill();
  await master.waitForExit();
  await master.restart();
  await master.waitForHttp(masterPort, '/health');
}

clusterTest('tasks outlive a master that is killed, and keep their agents and their framework', async (t, cluster) => {
  const master = await cluster.startMaster();
  const agents = await Promise.all(agentNames.map((name) => cluster.startAgent(name)));
  const ids = await registeredAgents(master, agentNames.length);
  const tasks = agentNames.map((host) => ({ id: `on-${host}`, host, command: 'exec sleep 86400' }));
  const keeper = await startKeeper(cluster, { name: 'keeper', isPartitionAware: true, tasks });
  const before = await Promise.all(agents.map((agent) => bothViews(master, agent)));
  // A task that runs is a shell for a moment.
  const processes = await waitUntil(
    'both tasks sleep',
    () => Promise.all(agents.map((agent) => agent.processes(/^sleep 86400$/))),
    (all) => all.every(({ length }) => length === 1),
  );

  await restart(master);
  await keeper.waitForLog(/^resubscribed /m);
  t.deepEqual(await registeredAgents(master, agentNames.length), ids);
  await Promise.all(
    agents.map(async (agent, index) => {
      const view = await waitUntil(
        'the master knows the tasks of the agent again',
        () => bothViews(master, agent),
        (now) => now.master.join() === now.agent.join(),
      );
      t.deepEqual(view, before[index]);
      t.deepEqual([await agent.processes(/^sleep 86400$/)], processes.slice(index, index + 1));
    }),
  );
  const [, id = ''] = /^subscribed (.*)$/m.exec(keeper.logs()) ?? [];
  t.regex(keeper.logs(), new RegExp(`^resubscribed ${id}$`, 'm'));
  const { frameworks } = await readMaster(master);
  t.deepEqual(
    frameworks.map((framework) => [framework.id, framework.active]),
    [[id, true]],
  );
  for (const task of tasks)
    t.true(updatesOf(keeper, task.id).every((update) => /^TASK_(STARTING|RUNNING)/.test(update)));
});

clusterTest('a job goes on where it was when its master is killed, and counts every word once', async (t, cluster) => {
  const texts = sampleTexts();
  const master = await cluster.startMaster();
  const agents = await Promise.all(
    agentNames.map((name) =>
      cluster.startAgent(name, { resources: 'cpus:2;mem:1024', ...gateFlags }, { files: gateFiles }),
    ),
  );
  const ids = await registeredAgents(master, agentNames.length);
  const framework = await startWordCount(cluster, texts, 30);
  await framework.waitForLog(/^[1-9]\d*\/30 shards/m);
  const held = await Promise.all(agents.map((agent) => holdTasks(agent, 2)));

  await restart(master);
  t.deepEqual(await registeredAgents(master, agentNames.length), ids);
  await Promise.all(
    agents.map(async (agent, index) => {
      const running = await agent.processes(/ count\.mjs /);
      for (const { pid, task } of held[index] ?? []) {
        t.true(running.includes(pid), `${task} still runs`);
      }
    }),
  );
  await Promise.all(agents.map(releaseTasks));
  t.is(await framework.waitForExit(240_000), 0);
  t.is(totalOf(framework), wcWords(texts));
  t.notRegex(framework.logs(), /runs again/);
});
