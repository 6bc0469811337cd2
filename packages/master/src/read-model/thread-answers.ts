import { actorModule, spawnThread } from '@mesos-ts/libprocess/threads';
import type { ProcessRuntime } from '@mesos-ts/libprocess';
import type { AnswersProcess } from './answers-process.ts';
import type { AnswersSource } from './read-model.ts';
import type { ReadModelFacts } from './question.ts';

/** Starts a thread that answers questions about a cluster. Rejects where there can be no threads. */
export async function startThreadAnswers(runtime: ProcessRuntime, facts: ReadModelFacts): Promise<AnswersSource> {
  const thread = await spawnThread(runtime, { id: `read-model(${facts.generation})` });
  try {
    const module = actorModule<{ AnswersProcess: typeof AnswersProcess }>(
      new URL('answers-process.js', import.meta.url),
    );
    const pid = await thread.spawn(module, 'AnswersProcess', [facts]);
    return {
      apply: (changes) => runtime.dispatch(pid, 'apply', [changes]),
      ask: (ask) => runtime.dispatch(pid, 'ask', [ask]),
      close: () => thread.close(),
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}
