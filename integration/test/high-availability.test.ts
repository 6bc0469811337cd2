import { masterPort, type Cluster } from '../src/cluster.ts';
import type { ClusterNode } from '../src/cluster-node.ts';
import { startEtcd, startZooKeeper, type ElectionService } from '../src/election-services.ts';
import { cutOneWay, healOneWay, signalMaster, testimonyOf, wipe } from '../src/masters.ts';
import { clusterTest } from '../src/testing.ts';
import { Trial, type Fault, type SetUp } from '../src/trial.ts';

/** Much more than it takes: a machine may have much else to do. */
const testTimeoutMs = 1_800_000;

/**
 * By default masters that elect among themselves go through everything, and those over a service through what has to do with that. With
 * `HIGH_AVAILABILITY=all` everybody goes through everything.
 */
const isWhole = process.env['HIGH_AVAILABILITY'] === 'all';

/** How masters are elected. */
const setUps: Readonly<Record<string, (cluster: Cluster, names: readonly string[]) => Promise<SetUp>>> = {
  'by themselves': async (cluster, names) => {
    const address = names.map((name) => `${cluster.addressOf(name)}:${masterPort}`).join(',');
    return { flags: { masters: address, master_lease: '6secs' }, address };
  },
  'over ZooKeeper': async (cluster, names) => withService(await startZooKeeper(cluster), names),
  'over etcd': async (cluster, names) => withService(await startEtcd(cluster), names),
};

function withService(service: ElectionService, { length }: readonly string[]): SetUp {
  const { address } = service;
  const quorum = Math.floor(length / 2) + 1;
  return { flags: { zk: address, quorum, zk_session_timeout: '6secs' }, address, service };
}

/** Cuts two groups of hosts off from each other. */
async function cutBothWays(some: readonly ClusterNode[], others: readonly ClusterNode[]): Promise<void> {
  await Promise.all([...some.map((node) => cutOneWay(node, others)), ...others.map((node) => cutOneWay(node, some))]);
}

async function healBothWays(some: readonly ClusterNode[], others: readonly ClusterNode[]): Promise<void> {
  await Promise.all([...some.map((node) => healOneWay(node, others)), ...others.map((node) => healOneWay(node, some))]);
}

/** Starts a host again that was killed. */
async function restart(node: ClusterNode): Promise<void> {
  await node.waitForExit();
  await node.restart();
}

/** A fault that is tried over a service as well, or only where the masters elect among themselves. */
interface ListedFault extends Fault {
  readonly isForServices?: boolean;
}

/** Those of the faults that a set-up goes through. */
function chosen(faults: readonly ListedFault[], service: ElectionService | undefined): readonly Fault[] {
  return faults.filter(({ isForServices = false }) => isWhole || service === undefined || isForServices);
}

/** What one of three masters, the leading one, goes through. */
function faultsOfOne({ agents, lasting, masters }: Trial, service?: ElectionService): ListedFault[] {
  const servers = service?.servers ?? [];
  // Whoever elects is on the other side as well.
  const othersOf = (leader: ClusterNode): ClusterNode[] => [...masters.others(leader), ...servers];
  return [
    { what: 'killed', isForServices: true, strike: (leader) => leader.kill(), heal: restart, end: 'with its host' },
    {
      what: 'frozen',
      isForServices: true,
      strike: (leader) => signalMaster(leader, 'STOP'),
      heal: (former) => signalMaster(former, 'CONT'),
      end: '1',
    },
    {
      what: 'cut off from the masters',
      isForServices: true,
      strike: (leader) => cutBothWays([leader], othersOf(leader)),
      heal: (former) => healBothWays([former], othersOf(former)),
      end: '1',
    },
    {
      what: 'heard by no master',
      strike: (leader) => cutOneWay(leader, othersOf(leader)),
      heal: (former) => healOneWay(former, othersOf(former)),
      end: '1',
    },
    {
      what: 'hearing no master',
      isForServices: true,
      strike: async (leader) => {
        await Promise.all(othersOf(leader).map((other) => cutOneWay(other, [leader])));
      },
      heal: async (former) => {
        await Promise.all(othersOf(former).map((other) => healOneWay(other, [former])));
      },
      end: '1',
    },
    {
      what: 'unplugged, and a framework was killed',
      strike: (leader) => leader.disconnect(),
      meanwhile: () => lasting.dieAndReturn(),
      heal: (former) => former.reconnect(),
      end: '1',
    },
    {
      what: 'killed while an agent was cut off',
      strike: (leader) => leader.kill(),
      heal: restart,
      end: 'with its host',
      ...(agents[2] === undefined ? {} : { agentAway: agents[2] }),
    },
    {
      what: 'robbed of its disk',
      isForServices: true,
      strike: wipe,
      end: 'SIGKILL',
      isBackAtOnce: true,
    },
  ];
}

/** What two of five masters go through, the leading one among them, each in its own way. */
function faultsOfTwo({ masters }: Trial, service?: ElectionService): ListedFault[] {
  const servers = service?.servers ?? [];
  const besides = (leader: ClusterNode): ClusterNode => {
    const [standby] = masters.others(leader);
    if (standby === undefined) throw new Error('There is no other master');
    return standby;
  };
  /** The two, and everybody else. */
  const sides = (leader: ClusterNode): [ClusterNode[], ClusterNode[]] => {
    const some = [leader, besides(leader)];
    return [some, [...masters.nodes.filter((node) => !some.includes(node)), ...servers]];
  };
  return [
    {
      what: 'killed, and another frozen',
      strike: async (leader) => {
        masters.leaveOut(besides(leader));
        await Promise.all([leader.kill(), signalMaster(besides(leader), 'STOP')]);
      },
      heal: async (former) => {
        await restart(former);
        await signalMaster(besides(former), 'CONT');
        masters.isBack(besides(former));
      },
      end: 'with its host',
    },
    {
      what: 'cut off together with another',
      isForServices: true,
      strike: (leader) => cutBothWays(...sides(leader)),
      heal: (former) => healBothWays(...sides(former)),
      end: '1',
    },
    {
      what: 'robbed of its disk, and another unplugged',
      strike: async (leader) => {
        const standby = besides(leader);
        masters.leaveOut(standby);
        await Promise.all([wipe(leader), standby.disconnect()]);
      },
      heal: async (former) => {
        await besides(former).reconnect();
        masters.isBack(besides(former));
      },
      end: 'SIGKILL',
      isBackAtOnce: true,
    },
  ];
}

for (const [kind, setUp] of Object.entries(setUps)) {
  clusterTest(
    `three masters, elected ${kind}: whatever happens to them, one leads, and no task is lost or run twice`,
    async (t, cluster) => {
      t.timeout(testTimeoutMs);
      const names = ['master-1', 'master-2', 'master-3'];
      const { service, ...told } = await setUp(cluster, names);
      const trial = await Trial.start(t, cluster, names, told);
      const { masters } = trial;
      const faults = chosen(faultsOfOne(trial, service), service);
      for (const fault of faults) await trial.failover(fault);

      const [emptied] = masters.others(await masters.leader());
      if (emptied === undefined) throw new Error('There is no other master');
      const lives = (await testimonyOf(emptied)).length;
      await wipe(emptied);
      await masters.untilReborn(emptied, lives);
      await trial.goesOn('a standby lost its disk');
      await trial.check('a standby lost its disk');

      // Where no service does, the masters elect that stand by.
      const who = service === undefined ? 'masters' : 'servers that elect';
      const gone: ClusterNode[] = [];
      await trial.nobodyLeads(
        `two of three ${who} were killed`,
        async (former) => {
          gone.push(...(service?.servers.slice(1) ?? masters.others(former)));
          await Promise.all(gone.map((node) => node.kill()));
        },
        async () => {
          await Promise.all(gone.map(restart));
        },
      );

      await Promise.all(masters.nodes.map((node) => node.kill()));
      await Promise.all(masters.nodes.map(restart));
      await trial.goesOn('all masters started anew');
      await trial.check('all masters started anew');
      await trial.end();
    },
    { isBesideOthers: true },
  );
}

for (const [kind, setUp] of Object.entries(setUps)) {
  clusterTest(
    `of five masters, elected ${kind}, any two may be lost at once, each in its own way, the leading one among them`,
    async (t, cluster) => {
      t.timeout(testTimeoutMs);
      const names = ['master-1', 'master-2', 'master-3', 'master-4', 'master-5'];
      const { service, ...told } = await setUp(cluster, names);
      const trial = await Trial.start(t, cluster, names, told);
      for (const fault of chosen(faultsOfTwo(trial, service), service)) await trial.failover(fault);
      await trial.end();
    },
    { isBesideOthers: true },
  );
}
