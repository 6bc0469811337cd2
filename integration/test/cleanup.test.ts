import { ownLabels } from '../src/docker/ownership.ts';
import { Cluster, findEngine } from '../src/index.ts';
import { clusterTest } from '../src/testing.ts';

const owned = Object.entries(ownLabels()).map((label) => label.join('='));

clusterTest(
  'a stopped cluster leaves nothing behind, however its nodes ended, and others alone',
  async (t, cluster) => {
    const { engine } = await findEngine();
    if (engine === undefined) throw new Error('the engine that ran the cluster is gone');
    const { dockerode } = engine.container;
    const other = await Cluster.start(engine);
    const command = ['sh', '-c', 'echo up; sleep 600'];
    const [killed, cutOff] = await Promise.all(
      ['killed', 'cut-off', 'running'].map((name) => other.startNode({ name, command, ready: /up/ })),
    );
    await Promise.all([killed?.kill(), cutOff?.disconnect()]);
    const survivor = await cluster.startNode({ name: 'survivor', command, ready: /up/ });

    await other.stop();
    await other.stop();
    const containers = await dockerode.listContainers({ all: true, filters: { label: owned } });
    t.deepEqual(
      containers.map(({ Id }) => Id),
      [survivor.id],
    );
    t.is((await dockerode.listNetworks({ filters: { label: owned } })).length, 1);
  },
);
