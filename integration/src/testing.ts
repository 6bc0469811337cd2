import test, { type ExecutionContext } from 'ava';
import { Semaphore } from '@mesos-ts/libprocess';
import { Cluster } from './cluster.ts';
import { findEngine, isEngineRequired } from './docker/engine.ts';

const search = await findEngine();

/** How a test is run. */
export interface ClusterTestOptions {
  /** Whether it may run beside others of its file that may, a few at a time. @default false */
  readonly isBesideOthers?: boolean;
}

/**
 * So many clusters of a file at a time: tests that wait for failovers leave two cores idle most of the time. Another file has one beside
 * them, and a fourth would make two cores too slow for the leases of masters.
 */
const clusters = new Semaphore(2);

/**
 * Declares a test with a cluster of its own, which is removed at the end. Fails with what the nodes printed last.
 *
 * Without a Docker engine the test is skipped, or fails where an engine is required.
 */
export function clusterTest(
  title: string,
  body: (t: ExecutionContext, cluster: Cluster) => Promise<void>,
  { isBesideOthers = false }: ClusterTestOptions = {},
): void {
  const { engine } = search;
  if (engine !== undefined) {
    const declare = isBesideOthers ? test : test.serial;
    declare(title, async (t) => {
      using _place = await clusters.acquire();
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
