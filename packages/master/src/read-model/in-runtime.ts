import { eventLoopTurn } from '@mesos-ts/daemon/listing';
import { ReadModel, type ReadModelOptions } from './read-model.ts';
import type { ProcessRuntime } from '@mesos-ts/libprocess';

/**
 * A read model with what it needs of a runtime.
 * @param runtime Asked for when it is needed: an actor has none before it is spawned.
 */
export function readModelIn(
  runtime: () => ProcessRuntime,
  options: Pick<ReadModelOptions, 'authorizer' | 'cluster' | 'facts' | 'settings'>,
): ReadModel {
  return new ReadModel({
    ...options,
    turn: eventLoopTurn,
    nowMs: () => runtime().clock.now(),
    startThread: async (facts) => {
      // Loaded by those who need it only.
      const { startThreadAnswers } = await import('./thread-answers.ts');
      return startThreadAnswers(runtime(), facts);
    },
    count: (name) => {
      runtime().metrics.counter(`master/${name}`).increment();
    },
    warn: (text) => {
      runtime().logger.warn(text);
    },
  });
}
