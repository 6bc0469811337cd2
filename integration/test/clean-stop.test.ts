import { readdirSync, readFileSync } from 'node:fs';
import { readAgent } from '../src/cluster-state.ts';
import { findEngine } from '../src/index.ts';
import { startKeeper } from '../src/keeper.ts';
import { clusterTest } from '../src/testing.ts';
import { waitUntil } from '../src/wait-until.ts';

/** Nobody else sleeps for as many seconds. */
const sleepSeconds = `8${process.pid}`;
const sleepCommand = new RegExp(`^sleep ${sleepSeconds}$`);

/** Runs an agent and outlives it. */
const supervisorCommand = ['sh', '-c', '"$@"; echo "the agent ended with $?"; exec sleep 3600', 'supervisor'];

/** The processes of this machine that sleep for so long; those in containers too if the engine is here. */
function sleepers(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && sleepCommand.test(commandOf(name)));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // It has just ended.
  }
}

clusterTest(
  'an agent that is told to end leaves its tasks alone, and of its host nothing stays when it is removed',
  async (t, cluster) => {
    const { engine } = await findEngine();
    if (engine === undefined) throw new Error('the engine that ran the cluster is gone');
    const { dockerode } = engine.container;
    await cluster.startMaster();
    const agent = await cluster.startAgent('agent-1', {}, { supervisor: supervisorCommand });
    const tasks = [{ id: 'long', host: 'agent-1', command: `exec sleep ${sleepSeconds}` }];
    await startKeeper(cluster, { name: 'keeper', isPartitionAware: true, tasks });
    const { frameworks } = await readAgent(agent);
    t.is(frameworks.flatMap(({ executors }) => executors).length, 1);

    const running = async () => [await agent.processes(/mesos-executor\.js$/), await agent.processes(sleepCommand)];
    // A task that runs is a shell for a moment.
    const before = await waitUntil('the task sleeps', running, (all) => all.every(({ length }) => length === 1));
    for (const pid of await agent.processes(/^node .*\/mesos-agent /)) await agent.run(['kill', '-TERM', String(pid)]);
    await agent.waitForLog(/^the agent ended with 0$/m);
    t.deepEqual(await running(), before);

    const ids = new Set(cluster.nodes.map(({ id }) => id));
    const inspected = await dockerode.getContainer(agent.id).inspect();
    const networks = Object.values(inspected.NetworkSettings.Networks).map(({ NetworkID }) => NetworkID);
    t.is(networks.length, 1);
    const isEngineHere = commandOf(String(inspected.State.Pid)).includes(supervisorCommand.join(' '));
    t.is(sleepers().length, isEngineHere ? 1 : 0);
    await cluster.stop();
    const containers = await dockerode.listContainers({ all: true });
    t.deepEqual(
      containers.filter(({ Id }) => ids.has(Id)),
      [],
    );
    t.deepEqual(
      (await dockerode.listNetworks()).filter(({ Id }) => networks.includes(Id)),
      [],
    );
    t.deepEqual(sleepers(), []);
  },
);
