import { OperatorError } from '@mesos-ts/operator';
import { isTerminalState } from '@mesos-ts/protocol';
import { CliError } from './errors.ts';
import { taskOfId } from './tasks.ts';
import type { AgentClient, OperatorClient } from '@mesos-ts/operator';
import type { ContainerID, Task } from '@mesos-ts/protocol';
import type { ClusterAccess } from './cluster.ts';
import type { FilePiece, GrowingFile } from './growing-file.ts';

/** Looks at the agent, which knows few tasks, before the master, which knows all, is asked again what became of one. */
const agentLooksMax = 20;

/** Which file of which task. */
export interface AskedFile {
  readonly id: string;
  readonly frameworkId: string | undefined;
  /** Its path in the sandbox. */
  readonly file: string;
  /** Whether a file that is not there is one that the task may yet make, for as long as it has not ended. */
  readonly isAwaited: boolean;
  readonly signal: AbortSignal;
}

/** A file in the sandbox of a task, which its agent serves. */
export class TaskLog implements GrowingFile {
  readonly #master: OperatorClient;
  readonly #agent: AgentClient;
  readonly #path: string;
  readonly #isAwaited: boolean;
  readonly #signal: AbortSignal;
  #task: Task;
  #looks = 0;

  private constructor(master: OperatorClient, agent: AgentClient, task: Task, asked: AskedFile) {
    this.#master = master;
    this.#agent = agent;
    this.#task = task;
    this.#path = `${sandboxOf(task)}/${asked.file}`;
    this.#isAwaited = asked.isAwaited;
    this.#signal = asked.signal;
  }

  /** Finds the newest task of an id. Throws `CLI_NOT_FOUND`. */
  static async find({ agent, client }: ClusterAccess, asked: AskedFile): Promise<TaskLog> {
    const task = await taskOfId(client, asked.id, asked.frameworkId);
    const { agents = [] } = await client.getAgents();
    const { pid = '' } = agents.find(({ agent_info }) => agent_info.id?.value === task.agent_id.value) ?? {};
    if (pid !== '') return new TaskLog(client, agent(pid), task, asked);
    throw new CliError(
      'CLI_NOT_FOUND',
      `Agent ${task.agent_id.value} of task '${asked.id}', which has its files, is not there`,
    );
  }

  /** Throws `CLI_NOT_FOUND`. */
  async read(offset: number, length: number): Promise<FilePiece> {
    try {
      return await this.#agent.readFile(this.#path, { offset, length }, { signal: this.#signal });
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'OPERATOR_NOT_FOUND') throw error;
      const { state, task_id } = this.#task;
      if (this.#isAwaited && !isTerminalState(state)) return { data: new Uint8Array(), size: 0 };
      throw new CliError('CLI_NOT_FOUND', `Task '${task_id.value}' (${state}) has no file '${this.#path}'`, {
        cause: error,
      });
    }
  }

  /** Whether the task has ended, as far as its agent or the master knows. */
  async hasEnded(): Promise<boolean> {
    if (isTerminalState(this.#task.state)) return true;
    const options = { signal: this.#signal };
    const {
      completed_tasks = [],
      launched_tasks = [],
      queued_tasks = [],
      terminated_tasks = [],
    } = await this.#agent.getTasks(options);
    const known = [...terminated_tasks, ...completed_tasks, ...launched_tasks, ...queued_tasks].find((task) =>
      isSame(task, this.#task),
    );
    if (known !== undefined) {
      this.#task = known;
      return isTerminalState(known.state);
    }
    this.#looks++;
    if (this.#looks % agentLooksMax !== 0) return false;
    return this.#isUnknown();
  }

  /** Agents forget tasks that have ended when there are many, or have never heard of one that was lost. */
  async #isUnknown(): Promise<boolean> {
    const { task_id, framework_id } = this.#task;
    try {
      this.#task = await taskOfId(this.#master, task_id.value, framework_id.value);
      return isTerminalState(this.#task.state);
    } catch (error) {
      if (error instanceof CliError) return true;
      throw error;
    }
  }
}

function isSame(one: Task, other: Task): boolean {
  return one.task_id.value === other.task_id.value && one.framework_id.value === other.framework_id.value;
}

/**
 * The virtual path of a task's sandbox on its agent. The executor of a command task has the task's id; a task of a group has a container
 * within that of its executor.
 */
function sandboxOf({ executor_id, framework_id, statuses = [], task_id }: Task): string {
  const containers = statuses.map(({ container_status }) => container_status?.container_id);
  const container = containers.findLast((id) => id !== undefined);
  const executor = executor_id?.value ?? '';
  const run = container === undefined ? 'latest' : rootOf(container);
  const own = container?.parent === undefined ? '' : `/tasks/${task_id.value}`;
  return `/frameworks/${framework_id.value}/executors/${executor === '' ? task_id.value : executor}/runs/${run}${own}`;
}

function rootOf({ parent, value }: ContainerID): string {
  return parent === undefined ? value : rootOf(parent);
}
