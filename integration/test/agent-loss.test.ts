import { readMaster, registeredAgents } from '../src/cluster-state.ts';
import { clusterTest } from '../src/testing.ts';
import { waitUntil } from '../src/wait-until.ts';
import { gateFiles, gateFlags, holdTasks, sampleTexts, startWordCount, totalOf, wcWords } from '../src/word-count.ts';

const shardCount = 30;

clusterTest(
  'the shards that ran on an agent whose host dies are run again elsewhere, and every word counts once',
  async (t, cluster) => {
    const texts = sampleTexts();
    const master = await cluster.startMaster({ agent_ping_timeout: '1secs', max_agent_ping_timeouts: 8 });
    const resources = 'cpus:2;mem:1024;disk:1024';
    const [, doomed] = await Promise.all([
      cluster.startAgent('survivor', { resources }),
      cluster.startAgent('doomed', { resources, ...gateFlags }, { files: gateFiles }),
    ]);
    await registeredAgents(master, 2);
    const framework = await startWordCount(cluster, texts, shardCount);
    await framework.waitForLog(new RegExp(`^[1-9]\\d*/${shardCount} shards`, 'm'));
    const held = await holdTasks(doomed, 1);
    await doomed.kill();
    t.is(await doomed.waitForExit(), 137);

    t.is(await framework.waitForExit(240_000), 0);
    t.is(totalOf(framework), wcWords(texts));
    for (const { task } of held) {
      t.regex(framework.logs(), new RegExp(`^shard ${task.replace(/^shard-/, '')} runs again: TASK_`, 'm'));
    }
    await waitUntil(
      'the master has given the dead agent up',
      () => readMaster(master),
      (state) => state.unreachable_slaves === 1,
    );
  },
);
