/** The frameworks of `/state`, piece by piece. */
import { taskJson } from '@mesos-ts/daemon';
import { jsonText, listKind, literal } from '@mesos-ts/daemon/listing';
import type { Approvers } from '@mesos-ts/daemon';
import type { Kind, ListKind, SectionWriter } from '@mesos-ts/daemon/listing';
import type { FrameworkInfo, Task } from '@mesos-ts/protocol';

import { executorHead, frameworkHead, queuedTaskJson } from '../views/v0/state.ts';
import { mayViewExecutor, mayViewFramework, mayViewQueuedTask, mayViewTask } from '../views/visible.ts';
import { Pace } from './pace.ts';
import type {
  AgentSnapshot,
  ExecutorSnapshot,
  ExecutorSummary,
  FrameworkSnapshot,
  QueuedTask,
  Snapshotter,
} from './snapshot.ts';

const frameworks = openKind<FrameworkInfo>((info) => frameworkHead(info), 'executors');
const executors = openKind<ExecutorSummary>(({ allocated, executor }) => executorHead(executor, allocated), 'tasks');
const tasks = listKind<Task>((task) => jsonText(taskJson(task)));
const queuedTasks = listKind<QueuedTask>(({ info }) => jsonText(queuedTaskJson(info)));

/** The members of a list, which are objects that go on with a list of that name. */
function openKind<L>(head: (leaf: L) => object, next: string): ListKind<L> {
  return listKind((leaf) => `${jsonText(head(leaf)).slice(0, -1)},"${next}":`);
}

/** Members of an object: the frameworks and the completed ones, with all that somebody may see of them. */
export function* listFrameworks(
  writer: SectionWriter,
  snapshot: AgentSnapshot,
  snapshotter: Snapshotter,
  approvers: Approvers,
): Generator<undefined, void> {
  const list = new FrameworksWriter(writer, snapshotter, approvers);
  writer.add('"frameworks":', literal);
  yield* list.frameworks(snapshot.frameworks);
  writer.add(',"completed_frameworks":', literal);
  yield* list.frameworks(snapshot.completedFrameworks);
}

class FrameworksWriter {
  readonly #writer: SectionWriter;
  readonly #snapshotter: Snapshotter;
  readonly #approvers: Approvers;
  readonly #pace: Pace;

  constructor(writer: SectionWriter, snapshotter: Snapshotter, approvers: Approvers) {
    this.#writer = writer;
    this.#snapshotter = snapshotter;
    this.#approvers = approvers;
    this.#pace = new Pace(writer);
  }

  *frameworks(snapshots: readonly FrameworkSnapshot[]): Generator<undefined, void> {
    let kind: Kind<FrameworkInfo> = frameworks.first;
    for (const { completedExecutors, executors: running, info } of snapshots) {
      if (!mayViewFramework(info, this.#approvers)) continue;
      this.#writer.add(info, kind);
      kind = frameworks.further;
      yield* this.#executors(running, info);
      this.#writer.add(',"completed_executors":', literal);
      yield* this.#executors(this.#snapshots(completedExecutors), info);
      this.#writer.add('}', literal);
    }
    this.#end(kind === frameworks.first);
  }

  *#snapshots(list: FrameworkSnapshot['completedExecutors']): Generator<ExecutorSnapshot> {
    for (const executor of list) yield this.#snapshotter.executor(executor);
  }

  *#executors(snapshots: Iterable<ExecutorSnapshot>, framework: FrameworkInfo): Generator<undefined, void> {
    let kind: Kind<ExecutorSummary> = executors.first;
    for (const { completed, summary, launched, queued, terminated } of snapshots) {
      if (this.#pace.isTurnOver()) yield;
      if (!mayViewExecutor(summary.executor.info, framework, this.#approvers)) continue;
      this.#writer.add(summary, kind);
      kind = executors.further;
      yield* this.#list(launched, tasks, (task) => mayViewTask(task, framework, this.#approvers));
      this.#writer.add(',"queued_tasks":', literal);
      yield* this.#list(queued, queuedTasks, ({ info }) => mayViewQueuedTask(info, framework, this.#approvers));
      this.#writer.add(',"completed_tasks":', literal);
      const ended = terminated.length === 0 ? completed : [...completed, ...terminated];
      yield* this.#list(ended, tasks, (task) => mayViewTask(task, framework, this.#approvers));
      this.#writer.add('}', literal);
    }
    this.#end(kind === executors.first);
  }

  *#list<L>(
    leaves: readonly L[],
    { first, further }: ListKind<L>,
    mayView: (leaf: L) => boolean,
  ): Generator<undefined> {
    let kind = first;
    for (const leaf of leaves) {
      if (this.#pace.isTurnOver()) yield;
      if (!mayView(leaf)) continue;
      this.#writer.add(leaf, kind);
      kind = further;
    }
    this.#end(kind === first);
  }

  #end(isEmpty: boolean): void {
    this.#writer.add(isEmpty ? '[]' : ']', literal);
  }
}
