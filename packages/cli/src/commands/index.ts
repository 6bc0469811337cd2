import type { Command } from '../io.ts';

/** A command, as the user types it, and what it is for. */
export interface CommandEntry {
  readonly summary: string;
  /** Loads the program, so that `mesos tasks` need not load a master. */
  load(): Promise<Command>;
}

/** The commands of `mesos` by name; a name of two words is a subcommand of the first. */
export const commands: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ['agent', { summary: 'Runs an agent', load: async () => (await import('@mesos-ts/agent')).runAgent }],
  ['agents', { summary: 'Lists the agents', load: async () => (await import('./agents.ts')).agentsCommand }],
  ['execute', { summary: 'Runs a command as a task', load: async () => (await import('./execute.ts')).executeCommand }],
  ['local', { summary: 'Runs a cluster in one process', load: async () => (await import('./local.ts')).localCommand }],
  ['master', { summary: 'Runs a master', load: async () => (await import('@mesos-ts/master')).runMaster }],
  ['task log', { summary: "Prints a task's output", load: async () => (await import('./task-log.ts')).taskLogCommand }],
  ['tasks', { summary: 'Lists the tasks', load: async () => (await import('./tasks.ts')).tasksCommand }],
]);
