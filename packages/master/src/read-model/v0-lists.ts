import { approveAll, taskJson, type Approvers } from '@mesos-ts/daemon';
import { agentJson, recoveredAgentJson } from '../views/v0/agent.ts';
import { executorJson } from '../views/v0/executor.ts';
import { frameworkHead, frameworkTail, offersJson, visibleFrameworks } from '../views/v0/framework.ts';
import { visibleTasks } from '../views/visible.ts';
import { jsonText, listKind, literal, type Kind, type ListKind, type SectionWriter } from '@mesos-ts/daemon/listing';
import type { AgentCopy, ExecutorCopy, Face, FrameworkCopy, RecoveredAgentCopy, Replica, TaskCopy } from './replica.ts';

// A millisecond's worth or so, after which others may have their turn.
const madePerTurn = 100;

const agents = listKind<Face<AgentCopy>>((face, approvers) => {
  const texts = approvers === approveAll ? face : face.seenBy(approvers);
  return (texts.v0 ??= jsonText(agentJson(face.of, approvers)));
});
const recoveredAgents = listKind<Face<RecoveredAgentCopy>>(
  (face) => (face.v0 ??= jsonText(recoveredAgentJson(face.of.id, face.of.info))),
);
const tasks = listKind<TaskCopy>((copy) => (copy.v0 ??= jsonText(taskJson(copy.task))));
const executors = listKind<ExecutorCopy>((copy) => (copy.v0 ??= jsonText(executorJson(copy.info, copy.agentId))));

/** The kinds of the parts of a framework, which depend on where its offers are told. */
interface FrameworkKinds {
  readonly head: ListKind<Face<FrameworkCopy>>;
  readonly middle: Kind<Face<FrameworkCopy>>;
}

const tail: Kind<Face<FrameworkCopy>> = {
  lead: ',',
  tag: 0,
  text: (face) => (face.v0Tail ??= jsonText(frameworkTail(face.of)).slice(1)),
};

/** What `/state` and `/frameworks` list of version 0. */
export class V0Lists {
  readonly #replica: Replica;
  readonly #kinds: FrameworkKinds;

  constructor(replica: Replica) {
    this.#replica = replica;
    this.#kinds = {
      head: listKind((face) => (face.v0 ??= `${jsonText(frameworkHead(face.of)).slice(0, -1)},"tasks":`)),
      middle: {
        lead: '',
        tag: 0,
        text: (face) => (face.v0Middle ??= `,"offers":${jsonText(offersJson(face.of, replica))},"executors":`),
      },
    };
  }

  /** The agents and those that have not come to this master yet: members of an object. */
  *agents(writer: SectionWriter): Generator<undefined, void> {
    writer.add('"slaves":', literal);
    let kind = agents.first;
    for (const { face } of this.#replica.agents.values()) {
      writer.add(face, kind);
      kind = agents.further;
      if (isTurnOver(writer)) yield;
    }
    writer.add(`${kind === agents.first ? '[]' : ']'},"recovered_slaves":`, literal);
    let recovered = recoveredAgents.first;
    for (const { face } of this.#replica.recoveredAgents.values()) {
      writer.add(face, recovered);
      recovered = recoveredAgents.further;
      if (isTurnOver(writer)) yield;
    }
    writer.add(recovered === recoveredAgents.first ? '[]' : ']', literal);
  }

  /** The frameworks and the completed ones, with all that they have: members of an object. */
  *frameworks(writer: SectionWriter, approvers: Approvers): Generator<undefined, void> {
    writer.add('"frameworks":', literal);
    yield* this.#list(writer, approvers, this.#replica.frameworks.values());
    writer.add(',"completed_frameworks":', literal);
    yield* this.#list(writer, approvers, this.#replica.completedFrameworks.values());
  }

  *#list(writer: SectionWriter, approvers: Approvers, frameworks: Iterable<FrameworkCopy>): Generator<undefined, void> {
    const { head, middle } = this.#kinds;
    let kind = head.first;
    for (const framework of visibleFrameworks(frameworks, approvers, undefined)) {
      const { face } = framework;
      writer.add(face, kind);
      kind = head.further;
      yield* addTasks(writer, framework, framework.tasks, approvers, ',"unreachable_tasks":');
      yield* addTasks(writer, framework, framework.unreachableTasks, approvers, ',"completed_tasks":');
      yield* addTasks(writer, framework, framework.completedTasks, approvers, '');
      writer.add(face, middle);
      addExecutors(writer, framework, approvers);
      writer.add(face, tail);
      if (isTurnOver(writer)) yield;
    }
    writer.add(kind === head.first ? '[]' : ']', literal);
  }
}

function* addTasks(
  writer: SectionWriter,
  framework: FrameworkCopy,
  copies: ReadonlyMap<number | string, TaskCopy>,
  approvers: Approvers,
  next: string,
): Generator<undefined, void> {
  let kind = tasks.first;
  for (const copy of visibleTasks(framework, copies.values(), approvers)) {
    writer.add(copy, kind);
    kind = tasks.further;
    if (isTurnOver(writer)) yield;
  }
  writer.add(kind === tasks.first ? `[]${next}` : `]${next}`, literal);
}

function addExecutors(writer: SectionWriter, framework: FrameworkCopy, approvers: Approvers): void {
  let kind = executors.first;
  for (const copy of visibleExecutorCopies(framework, approvers)) {
    writer.add(copy, kind);
    kind = executors.further;
  }
  writer.add(kind === executors.first ? '[]' : ']', literal);
}

/** The executors of a framework that somebody may see. */
export function* visibleExecutorCopies(
  { executorCopies, info }: FrameworkCopy,
  approvers: Approvers,
): Generator<ExecutorCopy, void> {
  for (const copies of executorCopies.values()) {
    for (const copy of copies) {
      if (approvers.approves('VIEW_EXECUTOR', { executor_info: copy.info, framework_info: info })) yield copy;
    }
  }
}

/** Whether so much was made that others may have their turn. */
export function isTurnOver(writer: SectionWriter): boolean {
  if (writer.made < madePerTurn) return false;
  writer.made = 0;
  return true;
}
