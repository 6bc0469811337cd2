import type { Command } from '../io.ts';
import type { CompletedCommand } from '../completion-script.ts';

/** A command, as the user types it, and what it is for. */
export interface CommandEntry {
  readonly summary: string;
  /** Loads the program, so that `mesos tasks` need not load a master. */
  load(): Promise<Command>;
}

type Row = readonly [name: string, summary: string, load: () => Promise<Command>];

const rows: readonly Row[] = [
  ['agent', 'Runs an agent', async () => (await import('@mesos-ts/agent')).runAgent],
  ['agents', 'Lists the agents', async () => (await import('./agents.ts')).agentsCommand],
  [
    'agents deactivate',
    'Has nothing of an agent offered',
    async () => (await import('./agents.ts')).agentsDeactivateCommand,
  ],
  ['agents mark-gone', 'Gives an agent up for good', async () => (await import('./agents.ts')).agentsMarkGoneCommand],
  [
    'agents reactivate',
    'Has an agent offered again',
    async () => (await import('./agents.ts')).agentsReactivateCommand,
  ],
  [
    'completion',
    'Has your shell complete commands and flags',
    async () => (await import('./completion.ts')).completionCommand(completed),
  ],
  ['drain', 'Empties an agent', async () => (await import('./drain.ts')).drainCommand],
  ['events', 'Tells what happens in the cluster', async () => (await import('./events.ts')).eventsCommand],
  ['execute', 'Runs a command as a task', async () => (await import('./execute.ts')).executeCommand],
  ['explain', 'Tells why tasks do not start', async () => (await import('./explain.ts')).explainCommand],
  ['frameworks', 'Lists the frameworks', async () => (await import('./frameworks.ts')).frameworksCommand],
  ['local', 'Runs a cluster in one process', async () => (await import('./local.ts')).localCommand],
  ['log', "Prints the master's or an agent's log", async () => (await import('./log.ts')).logCommand],
  ['maintenance', 'Lists machines that are away', async () => (await import('./maintenance.ts')).maintenanceCommand],
  [
    'maintenance schedule',
    'Plans when machines are away',
    async () => (await import('./maintenance.ts')).maintenanceScheduleCommand,
  ],
  ['maintenance start', 'Takes machines down', async () => (await import('./maintenance.ts')).maintenanceStartCommand],
  ['maintenance stop', 'Brings machines up', async () => (await import('./maintenance.ts')).maintenanceStopCommand],
  ['master', 'Runs a master', async () => (await import('@mesos-ts/master')).runMaster],
  ['metrics', "Prints the master's or an agent's metrics", async () => (await import('./metrics.ts')).metricsCommand],
  ['quota', 'Lists the quotas of roles', async () => (await import('./quota.ts')).quotaCommand],
  ['quota remove', "Takes a role's quota away", async () => (await import('./quota.ts')).quotaRemoveCommand],
  ['quota update', "Sets a role's quota", async () => (await import('./quota.ts')).quotaUpdateCommand],
  ['reserve', 'Keeps resources for a role', async () => (await import('./reserve.ts')).reserveCommand],
  ['roles', 'Lists the roles', async () => (await import('./roles.ts')).rolesCommand],
  ['state', 'Counts, or tells, all that there is', async () => (await import('./state.ts')).stateCommand],
  ['task attach', 'Connects a terminal with a task', async () => (await import('./later.ts')).taskAttachCommand],
  ['task exec', 'Runs a command beside a task', async () => (await import('./later.ts')).taskExecCommand],
  ['task log', "Prints a task's output", async () => (await import('./task-log.ts')).taskLogCommand],
  ['tasks', 'Lists the tasks', async () => (await import('./tasks.ts')).tasksCommand],
  ['teardown', 'Ends a framework', async () => (await import('./teardown.ts')).teardownCommand],
  ['unreserve', 'Gives resources back to everybody', async () => (await import('./reserve.ts')).unreserveCommand],
  ['volumes', 'Lists the persistent volumes', async () => (await import('./volumes.ts')).volumesCommand],
  ['volumes create', 'Makes a persistent volume', async () => (await import('./volumes.ts')).volumesCreateCommand],
  ['volumes destroy', 'Ends a persistent volume', async () => (await import('./volumes.ts')).volumesDestroyCommand],
  ['volumes grow', 'Makes a persistent volume larger', async () => (await import('./volumes.ts')).volumesGrowCommand],
  [
    'volumes shrink',
    'Makes a persistent volume smaller',
    async () => (await import('./volumes.ts')).volumesShrinkCommand,
  ],
  ['weights', 'Lists the weights of roles', async () => (await import('./weights.ts')).weightsCommand],
  ['weights update', 'Sets weights of roles', async () => (await import('./weights.ts')).weightsUpdateCommand],
];

/** The commands of `mesos` by name; a name of two words is a subcommand of the first. */
export const commands: ReadonlyMap<string, CommandEntry> = new Map(
  rows.map(([name, summary, load]) => [name, { summary, load }]),
);

function completed(): Promise<CompletedCommand[]> {
  return Promise.all(
    [...commands].map(async ([name, entry]) => ({
      name,
      summary: entry.summary,
      flags: (await entry.load()).flagNames ?? [],
    })),
  );
}
