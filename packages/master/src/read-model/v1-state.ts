import { agentView, recoveredAgentsView } from '../views/v1/agents.ts';
import { frameworkView, visibleFrameworks } from '../views/v1/frameworks.ts';
import { executorView } from '../views/v1/tasks.ts';
import { visibleExecutors, visibleTasks } from '../views/visible.ts';
import { messageText, type Keeper } from './keeper.ts';
import { agentMadeOf, frameworkMadeOf } from './made-of.ts';
import { addJson, addProtobuf, type Part } from './v1-parts.ts';
import type { Approvers } from '@mesos-ts/daemon';
import type { Cluster } from '../state/cluster.ts';
import type { TaskRecord } from '../state/task.ts';
import type { ByteText } from './byte-text.ts';

/** The calls whose answers are pieced together. */
export type V1Question = 'GET_STATE' | 'GET_TASKS';

/** Adds the answer to a call: the bytes of its `Response`. Yields where it may be interrupted. */
export function* addV1Answer(
  text: ByteText,
  keeper: Keeper,
  cluster: Cluster,
  approvers: Approvers,
  question: V1Question,
): Generator<undefined, void> {
  const form = keeper.form === 'protobuf' ? 'protobuf' : 'json';
  const tasks = yield* tasksPart(keeper, cluster, approvers, question === 'GET_STATE' ? 1 : 13);
  const part: Part =
    question === 'GET_TASKS'
      ? tasks
      : {
          name: 'get_state',
          number: 9,
          parts: [
            tasks,
            executorsPart(keeper, form, cluster, approvers),
            yield* frameworksPart(keeper, form, cluster, approvers),
            yield* agentsPart(keeper, form, cluster, approvers),
          ],
        };
  const type = messageText(form, 'mesos.v1.master.Response', { type: question });
  if (form === 'protobuf') {
    text.add(type);
    addProtobuf(text, [part]);
    return;
  }
  text.add(`${type.slice(0, -1)},"${part.name}":`);
  if ('parts' in part) addJson(text, part.parts);
  text.add('}');
}

function* tasksPart(
  keeper: Keeper,
  cluster: Cluster,
  approvers: Approvers,
  number: number,
): Generator<undefined, Part> {
  const tasks: string[] = [];
  const unreachable: string[] = [];
  const completed: string[] = [];
  for (const framework of visibleFrameworks(cluster, approvers)) {
    yield* keeper.makeMany(framework.tasks, framework.unreachableTasks, framework.completedTasks);
    listTasks(tasks, keeper, visibleTasks(framework, framework.tasks.values(), approvers));
    listTasks(unreachable, keeper, visibleTasks(framework, framework.unreachableTasks.values(), approvers));
    listTasks(completed, keeper, visibleTasks(framework, framework.completedTasks.values(), approvers));
    yield;
  }
  return {
    name: 'get_tasks',
    number,
    parts: [
      { name: 'tasks', number: 2, items: tasks },
      { name: 'unreachable_tasks', number: 5, items: unreachable },
      { name: 'completed_tasks', number: 3, items: completed },
    ],
  };
}

function listTasks(list: string[], keeper: Keeper, records: Iterable<TaskRecord>): void {
  for (const record of records) list.push(keeper.task(record));
}

function executorsPart(keeper: Keeper, form: 'json' | 'protobuf', cluster: Cluster, approvers: Approvers): Part {
  const items: string[] = [];
  for (const framework of visibleFrameworks(cluster, approvers)) {
    for (const [executor, agentId] of visibleExecutors(framework, approvers)) {
      const name = 'mesos.v1.master.Response.GetExecutors.Executor';
      items.push(keeper.text(executor, [agentId], () => messageText(form, name, executorView(executor, agentId))));
    }
  }
  return { name: 'get_executors', number: 2, parts: [{ name: 'executors', number: 1, items }] };
}

function* frameworksPart(
  keeper: Keeper,
  form: 'json' | 'protobuf',
  cluster: Cluster,
  approvers: Approvers,
): Generator<undefined, Part> {
  const lists = { frameworks: [] as string[], completed: [] as string[] };
  const name = 'mesos.v1.master.Response.GetFrameworks.Framework';
  for (const framework of visibleFrameworks(cluster, approvers)) {
    const list = cluster.frameworks.get(framework.id) === framework ? lists.frameworks : lists.completed;
    const make = (): string => messageText(form, name, frameworkView(framework, cluster));
    list.push(keeper.text(framework, frameworkMadeOf(framework, keeper.scratch), make));
    yield;
  }
  return {
    name: 'get_frameworks',
    number: 3,
    parts: [
      { name: 'frameworks', number: 1, items: lists.frameworks },
      { name: 'completed_frameworks', number: 2, items: lists.completed },
    ],
  };
}

function* agentsPart(
  keeper: Keeper,
  form: 'json' | 'protobuf',
  cluster: Cluster,
  approvers: Approvers,
): Generator<undefined, Part> {
  const items: string[] = [];
  const name = 'mesos.v1.master.Response.GetAgents.Agent';
  for (const agent of cluster.agents.values()) {
    items.push(
      keeper.text(agent, agentMadeOf(agent, keeper.scratch), () =>
        messageText(form, name, agentView(agent, approvers)),
      ),
    );
    yield;
  }
  return {
    name: 'get_agents',
    number: 4,
    parts: [
      { name: 'agents', number: 1, items },
      {
        name: 'recovered_agents',
        number: 2,
        items: recoveredAgentsView(cluster, approvers).map((info) => messageText(form, 'mesos.v1.AgentInfo', info)),
      },
    ],
  };
}
