import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '@mesos-ts/agent';
import { TestContainerizer, TestExecutor } from '@mesos-ts/agent/testing';
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { startMaster } from '@mesos-ts/master';
import { runScheduler } from '@mesos-ts/scheduler';
import { pingPongNact } from './local-actors.ts';
import { LaunchAll } from './task-framework.ts';
import type { ExecutorInfo } from '@mesos-ts/protocol';
import type { Suite } from './benchmark.ts';

const noop: ExecutorInfo = { type: 'CUSTOM', executor_id: { value: 'no-op' }, command: { value: 'no-op' } };

interface Cluster {
  readonly master: string;
  close(): Promise<void>;
}

/** A master and one agent of this OS process, each on a port of its own. */
async function startCluster(executors: 'actors' | 'processes'): Promise<Cluster> {
  const workDir = await mkdtemp(join(tmpdir(), 'benchmark-'));
  const master = await startMaster({
    flags: {
      ip: '127.0.0.1',
      hostname: 'localhost',
      port: 0,
      work_dir: join(workDir, 'master'),
      allocation_interval: 100,
    },
  });
  const agent = await startAgent({
    flags: {
      master: master.address,
      ip: '127.0.0.1',
      hostname: 'localhost',
      port: 0,
      work_dir: join(workDir, 'agent'),
      resources: 'cpus:1000;mem:1000000;disk:1000000',
      registration_backoff_factor: 1,
    },
    ...(executors === 'actors'
      ? {
          containerizer: (runtime) =>
            new TestContainerizer(
              runtime,
              (config) =>
                new TestExecutor({ config, states: () => ['TASK_RUNNING', 'TASK_FINISHED'], endsWithTasks: false }),
            ),
        }
      : {}),
  });
  await agent.registered;
  return {
    master: master.address,
    close: async () => {
      await agent.shutdown();
      await master.close();
      await rm(workDir, { recursive: true, force: true });
    },
  };
}

async function launch(cluster: Cluster, count: number, executor?: ExecutorInfo): Promise<number> {
  await using runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  await runScheduler(new LaunchAll(cluster.master, count, 'cpus:0.01;mem:1', executor), { runtime });
  return count;
}

/** So many Node.js processes that do nothing, two at a time: what an executor of its own for each task costs at least. */
async function spawnNode(count: number): Promise<number> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  };
  await Promise.all([worker(), worker()]);
  return count;
}

/** Tasks through the master and one agent. */
export const tasks: Suite = {
  name: 'tasks',
  start: async () => {
    const actors = await startCluster('actors');
    const processes = await startCluster('processes');
    return {
      benchmarks: [
        {
          name: 'launches, no-op executor, 5,000 at once: all finished',
          against: 'exchanges of nact actors',
          target: 0.005,
          unit: 'tasks',
          subject: () => launch(actors, 5_000, noop),
          baseline: pingPongNact(200_000, 250),
        },
        {
          name: 'launches, command executor, 20 at once: all finished',
          against: 'bare node processes, 2 at a time',
          target: 0.57,
          unit: 'tasks',
          subject: () => launch(processes, 20),
          baseline: () => spawnNode(40),
        },
        {
          name: 'launches, command executor, 1: finished',
          against: 'bare node processes, 2 at a time',
          target: 0.15,
          unit: 'tasks',
          subject: () => launch(processes, 1),
          baseline: () => spawnNode(10),
        },
      ],
      stop: async () => {
        await actors.close();
        await processes.close();
      },
    };
  },
};
