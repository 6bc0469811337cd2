import { agentJson, recoveredAgentsJson } from '../views/v0/agent.ts';
import { executorJson } from '../views/v0/executor.ts';
import { frameworkHead, frameworkTail, offersJson, visibleFrameworks } from '../views/v0/framework.ts';
import { stateHead } from '../views/v0/state.ts';
import { visibleExecutors, visibleTasks } from '../views/visible.ts';
import { jsonText, type Keeper } from './keeper.ts';
import { agentMadeOf, frameworkMadeOf } from './made-of.ts';
import type { Approvers } from '@mesos-ts/daemon';
import type { FrameworkRecord } from '../state/framework.ts';
import type { TaskRecord } from '../state/task.ts';
import type { V0Source } from '../views/v0/source.ts';
import type { ByteText } from './byte-text.ts';

/** Adds what `/state` shows: the bytes of `JSON.stringify(stateView(...))`. Yields where it may be interrupted. */
export function* addV0State(
  text: ByteText,
  keeper: Keeper,
  source: V0Source,
  approvers: Approvers,
): Generator<undefined, void> {
  const { cluster } = source;
  text.add(`${jsonText(stateHead(source, approvers)).slice(0, -1)},"slaves":`);
  let separator = '[';
  for (const agent of cluster.agents.values()) {
    text.add(separator);
    text.add(keeper.text(agent, agentMadeOf(agent, keeper.scratch), () => jsonText(agentJson(agent, approvers))));
    separator = ',';
    yield;
  }
  const recovered = jsonText(recoveredAgentsJson(cluster));
  text.add(`${separator === '[' ? '[]' : ']'},"recovered_slaves":${recovered},"frameworks":`);
  yield* addFrameworks(text, keeper, source, approvers, cluster.frameworks.values());
  text.add(',"completed_frameworks":');
  yield* addFrameworks(text, keeper, source, approvers, cluster.completedFrameworks.values());
  text.add(',"unregistered_frameworks":[],"orphan_tasks":[]}');
}

function* addFrameworks(
  text: ByteText,
  keeper: Keeper,
  source: V0Source,
  approvers: Approvers,
  frameworks: Iterable<FrameworkRecord>,
): Generator<undefined, void> {
  let separator = '[';
  for (const framework of visibleFrameworks(frameworks, approvers, undefined)) {
    text.add(separator);
    separator = ',';
    yield* keeper.makeMany(framework.tasks, framework.unreachableTasks, framework.completedTasks);
    addFramework(text, keeper, source, approvers, framework);
    yield;
  }
  text.add(separator === '[' ? '[]' : ']');
}

function addFramework(
  text: ByteText,
  keeper: Keeper,
  { cluster }: V0Source,
  approvers: Approvers,
  framework: FrameworkRecord,
): void {
  const [head = '', middle = '', tail = ''] = keeper.texts(
    framework,
    frameworkMadeOf(framework, keeper.scratch),
    () => [
      `${jsonText(frameworkHead(framework)).slice(0, -1)},"tasks":`,
      `,"offers":${jsonText(offersJson(framework, cluster))},"executors":`,
      `,${jsonText(frameworkTail(framework)).slice(1)}`,
    ],
  );
  text.add(head);
  addTasks(text, keeper, visibleTasks(framework, framework.tasks.values(), approvers));
  text.add(',"unreachable_tasks":');
  addTasks(text, keeper, visibleTasks(framework, framework.unreachableTasks.values(), approvers));
  text.add(',"completed_tasks":');
  addTasks(text, keeper, visibleTasks(framework, framework.completedTasks.values(), approvers));
  text.add(middle);
  let separator = '[';
  for (const [executor, agentId] of visibleExecutors(framework, approvers)) {
    text.add(separator);
    text.add(keeper.text(executor, [agentId], () => jsonText(executorJson(executor, agentId))));
    separator = ',';
  }
  text.add(separator === '[' ? '[]' : ']');
  text.add(tail);
}

function addTasks(text: ByteText, keeper: Keeper, records: Iterable<TaskRecord>): void {
  let separator = '[';
  for (const record of records) {
    text.add(separator);
    text.add(keeper.task(record));
    separator = ',';
  }
  text.add(separator === '[' ? '[]' : ']');
}
