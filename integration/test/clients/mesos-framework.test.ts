import { join } from 'node:path';
import test from 'ava';
import { LocalCluster } from '../../src/local/local-cluster.ts';
import { repositoryRoot } from '../../src/repository.ts';
import { waitUntil } from '../../src/wait-until.ts';
import type { Program } from '../../src/local/program.ts';

const client = join(repositoryRoot, 'integration/dist/src/clients/mesos-framework.js');
const waitMs = 120_000;

interface Task {
  readonly name: string;
  readonly state: string;
  readonly slave_id: string;
}

interface Frameworks {
  readonly frameworks: readonly { readonly id: string; readonly tasks: readonly Task[]; readonly connected: boolean }[];
  readonly completed_frameworks: readonly { readonly id: string; readonly completed_tasks: readonly Task[] }[];
}

function start(cluster: LocalCluster, frameworkId?: string): Program {
  const port = new URL(cluster.master).port;
  const args = [client, port, cluster.folder, ...(frameworkId === undefined ? [] : [frameworkId])];
  return cluster.run('mesos-framework', process.execPath, args);
}

test.serial(
  'mesos-framework of npm runs, reconciles, kills and tears down, and its next life takes over',
  async (t) => {
    // It gives up after 10 seconds of silence, and Mesos's interval is 15.
    await using cluster = await LocalCluster.start(['--http_heartbeat_interval=3secs']);
    try {
      const framework = start(cluster);
      const heard = (pattern: RegExp): Promise<RegExpExecArray> => framework.output.waitFor(pattern, waitMs);
      const [, id = ''] = await heard(/^subscribed \{"frameworkId":"([^"]+)","mesosStreamId":"[^"]+"\}$/m);
      await heard(/^heartbeat \d+$/m);
      // It takes one task from an offer, and the next one from the next.
      for (const name of ['sleeper-1', 'sleeper-2']) {
        await heard(new RegExp(`^update .*"mesos-framework\\.${name}\\..*"TASK_STARTING".*"SOURCE_EXECUTOR"`, 'm'));
        await heard(new RegExp(`^update .*"mesos-framework\\.${name}\\..*"TASK_RUNNING".*"SOURCE_EXECUTOR"`, 'm'));
      }
      await heard(/^sent_acknowledge/m);
      framework.say('reconcile');
      await heard(/^update .*"mesos-framework\.sleeper-2\..*"TASK_RUNNING".*"SOURCE_MASTER".*"REASON_RECONCILIATION"/m);
      framework.say('message sleeper-1');
      await heard(/^sent_message/m);
      await heard(/(?:^heartbeat [^]*){5}/m);
      framework.say('kill sleeper-1');
      await heard(
        /^update .*"mesos-framework\.sleeper-1\..*"TASK_KILLED".*"Command terminated with signal Terminated"/m,
      );

      await framework.kill();
      const isLeft = ({ frameworks }: Frameworks): boolean => frameworks[0]?.connected === false;
      await waitUntil('the master has noticed', () => cluster.json<Frameworks>('/frameworks'), isLeft);
      const next = start(cluster, id);
      await next.output.waitFor(new RegExp(`^subscribed \\{"frameworkId":"${id}"`, 'm'), waitMs);
      next.say('reconcile');
      await next.output.waitFor(/^update .*"mesos-framework\.sleeper-2\..*"TASK_RUNNING"/m, waitMs);
      next.say('teardown');
      await next.output.waitFor(/^sent_teardown/m, waitMs);
      const { completed_frameworks: done } = await waitUntil(
        'the framework is removed',
        () => cluster.json<Frameworks>('/frameworks'),
        ({ frameworks }) => frameworks.length === 0,
      );
      t.deepEqual(
        done.map((framework_) => [
          framework_.id,
          framework_.completed_tasks.map(({ name, state }) => `${name} ${state}`),
        ]),
        [[id, ['sleeper-1 TASK_KILLED', 'sleeper-2 TASK_KILLED']]],
      );
      t.notRegex(framework.output.text, /^error /m);
    } catch (error) {
      t.log(cluster.report());
      throw error;
    }
  },
);
