import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineFlags, flag } from '@mesos-ts/flags';
import { SystemClock, streamLogger } from '@mesos-ts/libprocess';
import { parseResources } from '@mesos-ts/protocol';
import type { Io } from '../io.ts';
import { startLocalCluster } from '../local-cluster.ts';
import type { LocalCluster } from '../local-cluster.ts';
import { command } from '../program.ts';

const localFlags = defineFlags({
  cluster: flag.string({ help: 'A name of the cluster for people.' }),
  ip: flag.string({ default: '127.0.0.1', help: 'IP address that the master and the agents listen on.' }),
  num_agents: flag.integer({
    default: 1,
    min: 0,
    max: 1_000,
    deprecatedAlias: 'num_slaves',
    help: 'How many agents to start.',
  }),
  port: flag.integer({ default: 5050, min: 0, max: 65_535, help: 'Port of the master; 0: any free one.' }),
  resources: flag.string({
    help: 'What each agent offers. Without it, each offers what is found on this machine.',
    validate: (text) => parseResources(text).error,
  }),
  work_dir: flag.path({
    default: join(tmpdir(), 'mesos', 'work'),
    help: 'Where the master and the agents keep their files: master, agents/0, agents/1, ...',
  }),
});

/** `mesos local`: a whole cluster in this OS process, until it is told to end. */
export const localCommand = command({
  name: 'mesos local',
  flags: localFlags,
  about: 'Runs a master and agents in one OS process, for development. Ends, with every task, on Ctrl-C.',
  example: "mesos local --num_agents=3 --resources='cpus:2;mem:1024'",
  run: async (flags, _rest, io) => {
    const interrupted = new Promise<void>((resolve) => {
      // A terminal that is closed must not leave a cluster's tasks behind either.
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) io.onSignal(signal, resolve);
    });
    const clock = new SystemClock();
    const cluster = await startLocalCluster({
      ip: flags.ip,
      port: flags.port,
      numAgents: flags.num_agents,
      workDir: flags.work_dir,
      ...(flags.resources === undefined ? {} : { resources: flags.resources }),
      ...(flags.cluster === undefined ? {} : { masterFlags: { cluster: flags.cluster } }),
      logger: (component) => streamLogger({ write: (line) => io.stderr(line), now: () => clock.now(), component }),
    });
    announce(cluster, io);
    const failed = await Promise.race([interrupted.then(() => false), cluster.failed.then(() => true)]);
    io.stderr(failed ? 'A part of the cluster has failed\n' : 'Ending the cluster and its tasks\n');
    await cluster.close();
    return failed ? 1 : 0;
  },
});

function announce(cluster: LocalCluster, io: Io): void {
  io.stdout(`Master is ready and serves ${cluster.masterUrl}\n`);
  for (const [index, url] of cluster.agentUrls.entries()) io.stdout(`Agent ${index} is ready and serves ${url}\n`);
}
