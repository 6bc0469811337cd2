import { masterPort } from '../src/cluster.ts';
import { readMaster, registeredAgents, type TaskView } from '../src/cluster-state.ts';
import { clusterTest } from '../src/testing.ts';
import { sampleTexts, startWordCount, totalOf, wcWords } from '../src/word-count.ts';

clusterTest(
  'a job of a framework on its own host runs on both agents and counts what wc counts',
  async (t, cluster) => {
    const texts = sampleTexts();
    const master = await cluster.startMaster();
    await Promise.all([cluster.startAgent('agent-1'), cluster.startAgent('agent-2')]);
    const ids = await registeredAgents(master, 2);
    const framework = await startWordCount(cluster, texts, 24);
    t.is(await framework.waitForExit(240_000), 0);
    t.is(totalOf(framework), wcWords(texts));

    const { tasks } = (await master.json(masterPort, '/tasks?limit=1000')) as { tasks: readonly TaskView[] };
    const { completed_frameworks: frameworks } = await readMaster(master);
    t.deepEqual(
      frameworks.map(({ name }) => name),
      ['wordcount'],
    );
    t.true(tasks.length >= 24, `${tasks.length} tasks`);
    t.true(tasks.every(({ state }) => state === 'TASK_FINISHED'));
    const ran = new Set(tasks.map(({ slave_id }) => slave_id));
    t.is(ran.size, 2);
    t.true(Object.values(ids).every((id) => ran.has(id)));
  },
);
