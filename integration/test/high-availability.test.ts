import type { ExecutionContext } from 'ava';
import { registeredAgents } from '../src/cluster-state.ts';
import type { ClusterNode } from '../src/cluster-node.ts';
import { MASTER_PORT, MASTER_WORK_DIR, type Cluster, type NodeFlags } from '../src/cluster.ts';
import { Masters, untilLogsAgree, cutOneWay, failover, healOneWay, signalMaster } from '../src/masters.ts';
import { startEtcd, startZooKeeper } from '../src/election-services.ts';
import { finishedTasks, startSteady, tasksOf } from '../src/steady.ts';
import { clusterTest } from '../src/testing.ts';
import { waitUntil } from '../src/wait-until.ts';

const MASTERS = ['master-1', 'master-2', 'master-3'];
const AGENTS = ['agent-1', 'agent-2', 'agent-3'];

/** How masters are elected: what they and the others have to know. */
const SET_UPS = {
  'by themselves': async (cluster: Cluster) => {
    const address = MASTERS.map((name) => `${cluster.addressOf(name)}:${MASTER_PORT}`).join(',');
    return { flags: { masters: address }, address };
  },
  'over ZooKeeper': async (cluster: Cluster) => {
    const service = await startZooKeeper(cluster);
    const address = `zk://${service.ip}:2181/mesos`;
    return { flags: { zk: address, quorum: 2, zk_session_timeout: '3secs' }, address, service };
  },
  'over etcd': async (cluster: Cluster) => {
    const service = await startEtcd(cluster);
    const address = `etcd://${service.ip}:2379/mesos`;
    return { flags: { zk: address, quorum: 2, zk_session_timeout: '3secs' }, address, service };
  },
};

/** Everything that is done to masters here, one after the other. */
async function everythingGoesWrong(
  t: ExecutionContext,
  cluster: Cluster,
  { flags, address, service }: { readonly flags: NodeFlags; readonly address: string; readonly service?: ClusterNode },
): Promise<void> {
  const names = MASTERS;
  const masters = await Masters.start(cluster, names, flags);
  const agents = await Promise.all(AGENTS.map((name) => cluster.startAgent(name, { master: address })));
  const ids = await registeredAgents(await masters.leader(), AGENTS.length);
  const steady = await startSteady(cluster, address);
  const goesOn = async (after: string) => {
    const before = finishedTasks(steady);
    await waitUntil(
      `tasks finish after ${after}`,
      async () => finishedTasks(steady),
      (now) => now >= before + 6,
    );
  };

  for (const what of ['killed', 'frozen', 'cut off from the masters', 'heard by no master', 'unplugged']) {
    const former = await masters.leader();
    // Whoever elects is on the other side as well.
    const others = [...masters.others(former), ...(service === undefined ? [] : [service])];
    await failover(t, {
      what,
      masters,
      agents: AGENTS.length,
      fault: async () => {
        if (what === 'killed') await former.kill();
        else if (what === 'frozen') await signalMaster(former, 'STOP');
        else if (what === 'unplugged') await former.disconnect();
        else await cutOneWay(former, others);
        if (what === 'cut off from the masters') await Promise.all(others.map((other) => cutOneWay(other, [former])));
      },
    });
    await goesOn(`the leader was ${what}`);
    if (what === 'frozen') await signalMaster(former, 'CONT');
    if (what === 'cut off from the masters') await Promise.all(others.map((other) => healOneWay(other, [former])));
    // One that has led ends when it does no more: nobody could say what it still believes.
    await former.waitForExit();
    if (what === 'unplugged') await former.reconnect();
    await masters.startAgain(former);
    t.deepEqual(
      await registeredAgents(await masters.leader(), AGENTS.length),
      ids,
      `agents after the leader was ${what}`,
    );
  }

  const leader = await masters.leader();
  const [emptied] = masters.others(leader);
  if (emptied === undefined) throw new Error('There is no other master');
  await signalMaster(emptied, 'STOP');
  await emptied.run(['rm', '-rf', MASTER_WORK_DIR]);
  await signalMaster(emptied, 'KILL');
  await masters.startAgain(emptied);
  await goesOn('a standby lost its disk');
  t.is(await masters.leader(), leader);

  await masters.killAll();
  await Promise.all(masters.nodes.map((node) => masters.startAgain(node)));
  const last = await masters.leader();
  t.deepEqual(await registeredAgents(last, AGENTS.length), ids, 'agents after all masters started anew');
  await goesOn('all masters started anew');

  const tasks = await tasksOf(steady, agents);
  t.log(`${tasks.launched.length} tasks, ${tasks.dropped.length} of them never started`);
  t.deepEqual(tasks.ran, tasks.finished, 'what ran has finished, once');
  t.deepEqual([...tasks.finished, ...tasks.dropped].toSorted(), tasks.launched, 'every task has one end');
  t.log(`${await untilLogsAgree(masters)} positions are the same in the logs of all masters`);
}

for (const [kind, setUp] of Object.entries(SET_UPS)) {
  clusterTest(
    `three masters, elected ${kind}: whatever happens to them, no task is lost or run twice`,
    async (t, cluster) => {
      await everythingGoesWrong(t, cluster, await setUp(cluster));
    },
  );
}

clusterTest('of five masters any two may be lost at once, the leading one among them', async (t, cluster) => {
  const names = [...MASTERS, 'master-4', 'master-5'];
  const address = names.map((name) => `${cluster.addressOf(name)}:${MASTER_PORT}`).join(',');
  const masters = await Masters.start(cluster, names, { masters: address });
  const agents = await Promise.all(AGENTS.map((name) => cluster.startAgent(name, { master: address })));
  const ids = await registeredAgents(await masters.leader(), AGENTS.length);
  const steady = await startSteady(cluster, address);

  const lost: ClusterNode[] = [];
  const fault = async (leader: ClusterNode) => {
    const [standby] = masters.others(leader);
    if (standby === undefined) throw new Error('There is no other master');
    lost.push(leader, standby);
    masters.leaveOut(standby);
    await Promise.all([leader.kill(), standby.kill()]);
  };
  const before = finishedTasks(steady);
  const leader = await failover(t, { what: 'killed with another', masters, agents: AGENTS.length, fault });
  t.deepEqual(await registeredAgents(leader, AGENTS.length), ids);
  await waitUntil(
    'tasks finish without two masters',
    async () => finishedTasks(steady),
    (now) => now >= before + 6,
  );
  await Promise.all(lost.map((node) => masters.startAgain(node)));
  t.is(await masters.leader(), leader, 'those that come back disturb nobody');

  const tasks = await tasksOf(steady, agents);
  t.deepEqual(tasks.ran, tasks.finished, 'what ran has finished, once');
  t.deepEqual([...tasks.finished, ...tasks.dropped].toSorted(), tasks.launched, 'every task has one end');
  t.log(`${await untilLogsAgree(masters)} positions are the same in the logs of all masters`);
});
