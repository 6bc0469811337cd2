/** What the calls of version 1 list, piece by piece. */
import { fieldTag, literal, messageText } from '@mesos-ts/daemon/listing';
import type { Approvers } from '@mesos-ts/daemon';
import type { Kind, SectionWriter } from '@mesos-ts/daemon/listing';
import type { ExecutorInfo, FrameworkInfo, Task } from '@mesos-ts/protocol';

import { executorView, queuedTaskView } from '../views/v1/state.ts';
import { mayViewExecutor, mayViewFramework, mayViewQueuedTask, mayViewTask } from '../views/visible.ts';
import { Pace } from './pace.ts';
import type { AgentSnapshot, ExecutorSnapshot, FrameworkSnapshot, QueuedTask, Snapshotter } from './snapshot.ts';

/** A form of messages. */
export type V1Form = 'json' | 'protobuf';

/** The messages of `GetState`, which are answers of their own, too. */
export type V1List = 'executors' | 'frameworks' | 'tasks';

/** How the members of the lists are told in one form. */
interface Texts {
  readonly task: (task: Task) => string;
  readonly queuedTask: (task: QueuedTask) => string;
  readonly executor: (info: ExecutorInfo) => string;
  readonly framework: (info: FrameworkInfo) => string;
}

/** A list of a message. */
interface Field<L> {
  readonly name: string;
  readonly first: Kind<L>;
  readonly further: Kind<L>;
}

/** The lists of each message, in one form; in the order of their numbers, which is that of JSON, too. */
export class V1Lists {
  readonly #form: V1Form;
  readonly #queued: Field<QueuedTask>;
  readonly #launched: Field<Task>;
  readonly #terminated: Field<Task>;
  readonly #completed: Field<Task>;
  readonly #executors: Field<ExecutorInfo>;
  readonly #completedExecutors: Field<ExecutorInfo>;
  readonly #frameworks: Field<FrameworkInfo>;
  readonly #completedFrameworks: Field<FrameworkInfo>;

  constructor(form: V1Form) {
    this.#form = form;
    const texts: Texts = {
      task: (task) => messageText(form, 'mesos.v1.Task', task),
      queuedTask: ({ frameworkId, info }) => messageText(form, 'mesos.v1.Task', queuedTaskView(info, frameworkId)),
      executor: (info) => messageText(form, 'mesos.v1.agent.Response.GetExecutors.Executor', executorView(info)),
      framework: (framework_info) =>
        messageText(form, 'mesos.v1.agent.Response.GetFrameworks.Framework', { framework_info }),
    };
    const field = <L>(name: string, number: number, text: (leaf: L) => string): Field<L> => {
      if (form === 'json') return { name, first: { lead: '', tag: 0, text }, further: { lead: ',', tag: 0, text } };
      const kind: Kind<L> = { lead: '', tag: fieldTag(number), text };
      return { name, first: kind, further: kind };
    };
    this.#queued = field('queued_tasks', 2, texts.queuedTask);
    this.#launched = field('launched_tasks', 3, texts.task);
    this.#terminated = field('terminated_tasks', 4, texts.task);
    this.#completed = field('completed_tasks', 5, texts.task);
    this.#executors = field('executors', 1, texts.executor);
    this.#completedExecutors = field('completed_executors', 2, texts.executor);
    this.#frameworks = field('frameworks', 1, texts.framework);
    this.#completedFrameworks = field('completed_frameworks', 2, texts.framework);
  }

  /** A whole message in its form, without what is before it. */
  *list(
    which: V1List,
    writer: SectionWriter,
    snapshot: AgentSnapshot,
    snapshotter: Snapshotter,
    approvers: Approvers,
  ): Generator<undefined, void> {
    const message = new MessageWriter(writer, this.#form);
    const shown = new Shown(snapshot, snapshotter, approvers);
    if (which === 'tasks') {
      yield* message.field(this.#queued, shown.queuedTasks());
      yield* message.field(this.#launched, shown.tasks('launched'));
      yield* message.field(this.#terminated, shown.tasks('terminated'));
      yield* message.field(this.#completed, shown.tasks('completed'));
    } else if (which === 'executors') {
      yield* message.field(this.#executors, shown.executorInfos('running'));
      yield* message.field(this.#completedExecutors, shown.executorInfos('completed'));
    } else {
      yield* message.field(this.#frameworks, shown.frameworkInfos(snapshot.frameworks));
      yield* message.field(this.#completedFrameworks, shown.frameworkInfos(snapshot.completedFrameworks));
    }
    message.end();
  }
}

/** Nothing to be told, of what is not shown: others may have their turn while it is passed over. */
const hidden = Symbol('hidden');

/** What somebody may see. */
class Shown {
  readonly #snapshot: AgentSnapshot;
  readonly #snapshotter: Snapshotter;
  readonly #approvers: Approvers;

  constructor(snapshot: AgentSnapshot, snapshotter: Snapshotter, approvers: Approvers) {
    this.#snapshot = snapshot;
    this.#snapshotter = snapshotter;
    this.#approvers = approvers;
  }

  *frameworkInfos(snapshots: readonly FrameworkSnapshot[]): Generator<FrameworkInfo> {
    for (const { info } of snapshots) if (mayViewFramework(info, this.#approvers)) yield info;
  }

  *executorInfos(which: 'completed' | 'running'): Generator<ExecutorInfo | typeof hidden> {
    for (const { completedExecutors, executors, info: framework } of this.#frameworks()) {
      const list = which === 'completed' ? completedExecutors : executors.map(({ summary }) => summary.executor);
      for (const { info } of list) yield mayViewExecutor(info, framework, this.#approvers) ? info : hidden;
    }
  }

  *tasks(which: 'completed' | 'launched' | 'terminated'): Generator<Task | typeof hidden> {
    for (const [executor, framework] of this.#executors()) {
      yield hidden;
      for (const task of executor[which]) yield mayViewTask(task, framework, this.#approvers) ? task : hidden;
    }
  }

  *queuedTasks(): Generator<QueuedTask | typeof hidden> {
    for (const [{ queued }, framework] of this.#executors()) {
      yield hidden;
      for (const task of queued) yield mayViewQueuedTask(task.info, framework, this.#approvers) ? task : hidden;
    }
  }

  *#frameworks(): Generator<FrameworkSnapshot> {
    for (const list of [this.#snapshot.frameworks, this.#snapshot.completedFrameworks]) {
      for (const framework of list) if (mayViewFramework(framework.info, this.#approvers)) yield framework;
    }
  }

  *#executors(): Generator<readonly [ExecutorSnapshot, FrameworkInfo]> {
    for (const { completedExecutors, executors, info } of this.#frameworks()) {
      for (const executor of executors) {
        if (mayViewExecutor(executor.summary.executor.info, info, this.#approvers)) yield [executor, info];
      }
      for (const executor of completedExecutors) {
        if (mayViewExecutor(executor.info, info, this.#approvers)) yield [this.#snapshotter.executor(executor), info];
      }
    }
  }
}

/** Writes a message of lists, of which JSON leaves out the empty ones. */
class MessageWriter {
  readonly #writer: SectionWriter;
  readonly #isJson: boolean;
  readonly #pace: Pace;
  #isEmpty = true;

  constructor(writer: SectionWriter, form: V1Form) {
    this.#writer = writer;
    this.#isJson = form === 'json';
    this.#pace = new Pace(writer);
  }

  *field<L>({ first, further, name }: Field<L>, leaves: Iterable<L | typeof hidden>): Generator<undefined, void> {
    let kind: Kind<L> | undefined;
    for (const leaf of leaves) {
      if (this.#pace.isTurnOver()) yield;
      if (leaf === hidden) continue;
      if (kind === undefined) this.#begin(name);
      this.#writer.add(leaf, kind ?? first);
      kind = further;
    }
    if (kind !== undefined && this.#isJson) this.#writer.add(']', literal);
  }

  end(): void {
    if (this.#isJson) this.#writer.add(this.#isEmpty ? '{}' : '}', literal);
  }

  #begin(name: string): void {
    if (this.#isJson) this.#writer.add(`${this.#isEmpty ? '{' : ','}"${name}":[`, literal);
    this.#isEmpty = false;
  }
}
