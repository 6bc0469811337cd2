import { isTerminalState } from '@mesos-ts/protocol';
import type { TaskState } from '@mesos-ts/protocol';
import { CliError } from './errors.ts';
import { AgentFiles } from './http/agent-files.ts';
import { MasterClient } from './http/master-client.ts';
import type { HttpClient } from './http/http-client.ts';
import type { TaskView } from './http/master-client.ts';
import type { Io } from './io.ts';
import { pause } from './pause.ts';

/** How often to look for more, in milliseconds. */
const pollMs = 500;

/** Tasks of the same id that are looked at. */
const sameIdMax = 100;

/** A file in the sandbox of a task. */
export class TaskLog {
  readonly #master: MasterClient;
  readonly #files: AgentFiles;
  readonly #task: TaskView;
  readonly #path: string;

  private constructor(master: MasterClient, files: AgentFiles, task: TaskView, file: string) {
    this.#master = master;
    this.#files = files;
    this.#task = task;
    this.#path = `${sandboxOf(task)}/${file}`;
  }

  /** Finds the newest task of an id by asking the master at `host:port`. Throws `CLI_NOT_FOUND`. */
  static async find(http: HttpClient, address: string, id: string, file: string): Promise<TaskLog> {
    const master = new MasterClient(http, address);
    const [task] = await master.tasks({ limit: 1, taskId: id });
    // A server that does not know the parameter answers with other tasks.
    if (task === undefined || task.id !== id) throw new CliError('CLI_NOT_FOUND', `There is no task '${id}'`);
    const agent = (await master.agents()).find((candidate) => candidate.id === task.agentId);
    if (agent === undefined) {
      throw new CliError('CLI_NOT_FOUND', `Agent ${task.agentId} of task '${id}' is not registered`);
    }
    return new TaskLog(master, new AgentFiles(http, agent.address), task, file);
  }

  /** Prints what there is, byte by byte. */
  async print(io: Io): Promise<void> {
    await io.pipe(await this.#files.download(this.#path));
  }

  /** Prints what there is and what is added, until the task has ended or the signal is aborted. */
  async follow(io: Io, signal: AbortSignal): Promise<void> {
    for (let offset = 0; !signal.aborted;) {
      // Asked first: what a task has written before its end is there when its end is known.
      const ended = await this.#hasEnded();
      offset = await this.#printFrom(offset, ended, io);
      if (ended) return;
      await pause(pollMs, signal);
    }
  }

  async #printFrom(start: number, ended: boolean, io: Io): Promise<number> {
    for (let offset = start; ;) {
      const piece = await this.#read(offset, ended);
      if (piece === undefined || piece.text === '') return offset;
      io.stdout(piece.text);
      offset = piece.end;
    }
  }

  /** A task that has only just been launched has no files yet. */
  async #read(offset: number, ended: boolean): Promise<{ text: string; end: number } | undefined> {
    try {
      return await this.#files.read(this.#path, offset);
    } catch (error) {
      if (!ended && error instanceof CliError && error.code === 'CLI_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async #hasEnded(): Promise<boolean> {
    const { frameworkId, id } = this.#task;
    const tasks = await this.#master.tasks({ limit: sameIdMax, taskId: id });
    const task = tasks.find((candidate) => candidate.frameworkId === frameworkId && candidate.id === id);
    // The master forgets ended tasks when there are many. States it may have that are unknown here are no ends.
    return task === undefined || isTerminalState(task.state as TaskState);
  }
}

/** The virtual path of a task's sandbox on its agent. The executor of a command task has the task's id. */
function sandboxOf({ containerId, executorId, frameworkId, id }: TaskView): string {
  return `/frameworks/${frameworkId}/executors/${executorId === '' ? id : executorId}/runs/${containerId ?? 'latest'}`;
}
