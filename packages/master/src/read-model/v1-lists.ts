import { approveAll, type Approvers } from '@mesos-ts/daemon';
import { agentInfoView, agentView } from '../views/v1/agents.ts';
import { frameworkView } from '../views/v1/frameworks.ts';
import { executorView } from '../views/v1/tasks.ts';
import { visibleFrameworks } from '../views/v0/framework.ts';
import { visibleTasks } from '../views/visible.ts';
import { fieldTag, literal, messageText, type Kind, type SectionWriter } from '@mesos-ts/daemon/listing';
import { isTurnOver, visibleExecutorCopies } from './v0-lists.ts';
import type { AgentCopy, ExecutorCopy, Face, FrameworkCopy, RecoveredAgentCopy, Replica, TaskCopy } from './replica.ts';

/** A form of messages. */
export type V1Form = 'json' | 'protobuf';

/** The messages of `GetState`, which are answers of their own, too. */
export type V1List = 'agents' | 'executors' | 'frameworks' | 'tasks';

type Lists<K extends string> = readonly (readonly [name: string, number: number, which: K])[];

/** A field that is a list: how its first and its further members are told. */
interface Members<L> {
  readonly first: Kind<L>;
  readonly further: Kind<L>;
}

// In the order in which JSON has them.
const taskLists: Lists<'completedTasks' | 'tasks' | 'unreachableTasks'> = [
  ['tasks', 2, 'tasks'],
  ['unreachable_tasks', 5, 'unreachableTasks'],
  ['completed_tasks', 3, 'completedTasks'],
];
const frameworkLists: Lists<'completedFrameworks' | 'frameworks'> = [
  ['frameworks', 1, 'frameworks'],
  ['completed_frameworks', 2, 'completedFrameworks'],
];

/** What answers of version 1 list, in one form: the contents of messages. */
export class V1Lists {
  readonly #replica: Replica;
  readonly #form: V1Form;
  readonly #tasks: ReadonlyMap<number, Members<TaskCopy>>;
  readonly #executors: Members<ExecutorCopy>;
  readonly #frameworks: ReadonlyMap<number, Members<Face<FrameworkCopy>>>;
  readonly #agents: Members<Face<AgentCopy>>;
  readonly #recoveredAgents: Members<Face<RecoveredAgentCopy>>;

  constructor(replica: Replica, form: V1Form) {
    this.#replica = replica;
    this.#form = form;
    const members = <L>(number: number, text: Kind<L>['text']): Members<L> => {
      if (form === 'json') return { first: { lead: '[', tag: 0, text }, further: { lead: ',', tag: 0, text } };
      const field: Kind<L> = { lead: '', tag: fieldTag(number), text };
      return { first: field, further: field };
    };
    const ofTask = (copy: TaskCopy): string => (copy[form] ??= messageText(form, 'mesos.v1.Task', copy.task));
    this.#tasks = new Map(taskLists.map(([, number]) => [number, members(number, ofTask)]));
    const ofFramework = (face: Face<FrameworkCopy>): string => (face[form] ??= this.#frameworkText(face.of));
    this.#frameworks = new Map(frameworkLists.map(([, number]) => [number, members(number, ofFramework)]));
    this.#executors = members(1, (copy) => (copy[form] ??= this.#executorText(copy)));
    this.#agents = members(1, (face, approvers) => {
      const texts = approvers === approveAll ? face : face.seenBy(approvers);
      return (texts[form] ??= this.#agentText(face.of, approvers));
    });
    this.#recoveredAgents = members(2, (face, approvers) => {
      const texts = approvers === approveAll ? face : face.seenBy(approvers);
      return (texts[form] ??= messageText(form, 'mesos.v1.AgentInfo', agentInfoView(face.of.info, approvers)));
    });
  }

  /** The content of the message of a list. */
  list(which: V1List, writer: SectionWriter, approvers: Approvers): Generator<undefined, void> {
    if (which === 'tasks') return this.#listTasks(writer, approvers);
    if (which === 'frameworks') return this.#listFrameworks(writer, approvers);
    return which === 'executors' ? this.#listExecutors(writer, approvers) : this.#listAgents(writer);
  }

  *#listTasks(writer: SectionWriter, approvers: Approvers): Generator<undefined, void> {
    for (const [name, number, which] of this.#ordered(taskLists)) {
      const list = this.#begin(writer, name, this.#tasks.get(number), which === 'tasks');
      for (const framework of this.#visible(approvers)) {
        for (const copy of visibleTasks(framework, framework[which].values(), approvers)) {
          list.add(copy);
          if (isTurnOver(writer)) yield;
        }
      }
      list.end();
    }
    this.#end(writer);
  }

  *#listExecutors(writer: SectionWriter, approvers: Approvers): Generator<undefined, void> {
    const list = this.#begin(writer, 'executors', this.#executors);
    for (const framework of this.#visible(approvers)) {
      for (const copy of visibleExecutorCopies(framework, approvers)) list.add(copy);
      if (isTurnOver(writer)) yield;
    }
    list.end();
    this.#end(writer);
  }

  *#listFrameworks(writer: SectionWriter, approvers: Approvers): Generator<undefined, void> {
    for (const [name, number, which] of this.#ordered(frameworkLists)) {
      const list = this.#begin(writer, name, this.#frameworks.get(number), which === 'frameworks');
      for (const { face } of visibleFrameworks(this.#replica[which].values(), approvers, undefined)) {
        list.add(face);
        if (isTurnOver(writer)) yield;
      }
      list.end();
    }
    this.#end(writer);
  }

  *#listAgents(writer: SectionWriter): Generator<undefined, void> {
    const list = this.#begin(writer, 'agents', this.#agents);
    for (const { face } of this.#replica.agents.values()) {
      list.add(face);
      if (isTurnOver(writer)) yield;
    }
    list.end();
    const recovered = this.#begin(writer, 'recovered_agents', this.#recoveredAgents, false);
    for (const { face } of this.#replica.recoveredAgents.values()) {
      recovered.add(face);
      if (isTurnOver(writer)) yield;
    }
    recovered.end();
    this.#end(writer);
  }

  /** Fields of protobuf are in the order of their numbers. */
  #ordered<K extends string>(lists: Lists<K>): Lists<K> {
    return this.#form === 'json' ? lists : lists.toSorted(([, left], [, right]) => left - right);
  }

  #begin<L>(writer: SectionWriter, name: string, members: Members<L> | undefined, isFirst = true): ListWriter<L> {
    if (members === undefined) throw new RangeError(`There is no list ${name}`);
    return new ListWriter(writer, this.#form === 'json' ? `${isFirst ? '{' : ','}"${name}":` : undefined, members);
  }

  #end(writer: SectionWriter): void {
    if (this.#form === 'json') writer.add('}', literal);
  }

  *#visible(approvers: Approvers): Generator<FrameworkCopy> {
    yield* visibleFrameworks(this.#replica.frameworks.values(), approvers, undefined);
    yield* visibleFrameworks(this.#replica.completedFrameworks.values(), approvers, undefined);
  }

  #executorText({ agentId, info }: ExecutorCopy): string {
    return messageText(this.#form, 'mesos.v1.master.Response.GetExecutors.Executor', executorView(info, agentId));
  }

  #frameworkText(framework: FrameworkCopy): string {
    const view = frameworkView(framework, this.#replica);
    return messageText(this.#form, 'mesos.v1.master.Response.GetFrameworks.Framework', view);
  }

  #agentText(agent: AgentCopy, approvers: Approvers): string {
    return messageText(this.#form, 'mesos.v1.master.Response.GetAgents.Agent', agentView(agent, approvers));
  }
}

/** Writes the members of a list. */
class ListWriter<L> {
  readonly #writer: SectionWriter;
  readonly #isJson: boolean;
  readonly #further: Kind<L>;
  #kind: Kind<L>;
  #isEmpty = true;

  constructor(writer: SectionWriter, name: string | undefined, { first, further }: Members<L>) {
    this.#writer = writer;
    this.#isJson = name !== undefined;
    this.#kind = first;
    this.#further = further;
    if (name !== undefined) writer.add(name, literal);
  }

  add(leaf: L): void {
    this.#writer.add(leaf, this.#kind);
    this.#kind = this.#further;
    this.#isEmpty = false;
  }

  end(): void {
    if (this.#isJson) this.#writer.add(this.#isEmpty ? '[]' : ']', literal);
  }
}
