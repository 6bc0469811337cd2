import test, { type ExecutionContext } from 'ava';
import { Cluster } from './cluster.ts';
import { findEngine, isEngineRequired } from './docker/engine.ts';

const search = await findEngine();

/**
 * Declares a test with a cluster of its own, which is removed at the end. Fails with what the nodes printed last.
 *
 * Without a Docker engine the test is skipped, or fails where an engine is required.
 */
export function clusterTest(title: string, body: (t: ExecutionContext, cluster: Cluster) => Promise<void>): void {
  const { engine } = search;
  if (engine !== undefined) {
    test.serial(title, async (t) => {
      await using cluster = await Cluster.start(engine);
      try {
        await body(t, cluster);
        if (!t.passed) t.log(cluster.report());
      } catch (error) {
        t.log(cluster.report());
        throw error;
      }
    });
  } else if (isEngineRequired(process.env)) {
    test.serial(title, (t) => t.fail(search.reason));
  } else {
    test.serial.skip(title, (t) => t.pass());
  }
}
