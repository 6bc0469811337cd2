import { fromJson, toJson } from '@mesos-ts/protocol';
import { defineFlags, flag, formatDuration, type FlagValues } from '@mesos-ts/flags';
import { errorText } from '@mesos-ts/libprocess';
import { readFile } from 'node:fs/promises';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { CliError } from '../errors.ts';
import { agentMachines, machineName, machineNamed, machinesOf, without } from '../machines.ts';
import { command, refuse } from '../program.ts';
import { printRows } from '../show.ts';
import type { OperatorClient } from '@mesos-ts/operator';
import type {
  MachineID,
  MaintenanceClusterStatus,
  MaintenanceClusterStatus_DrainingMachine,
  MaintenanceSchedule,
  MasterCall,
} from '@mesos-ts/protocol';
import type { Command, Io } from '../io.ts';

const machinesMax = 10_000;

/** `mesos maintenance`: which machines are, or will be, away. */
export const maintenanceCommand = command({
  name: 'mesos maintenance',
  flags: defineFlags({ json: jsonFlag, ...clusterFlags }),
  about:
    'Lists the machines that are down, are draining or are to be away, and how many frameworks have answered that they can give up, or ' +
    "cannot, what they have of them. 'mesos maintenance schedule', 'start' and 'stop' change that.",
  example: 'mesos maintenance',
  run: async (flags, _rest, io, env) => {
    const { client } = await clusterOf(flags, env);
    const status = await client.getMaintenanceStatus();
    const schedule = await client.getMaintenanceSchedule();
    printRows(io, flags.json, {
      json: () => ({
        status: toJson('mesos.v1.maintenance.ClusterStatus', status),
        schedule: toJson('mesos.v1.maintenance.Schedule', schedule),
      }),
      heading: ['HOSTNAME', 'IP', 'STATE', 'FROM', 'FOR', 'ANSWERS'],
      rows: () => rowsOf(status, schedule),
    });
    return 0;
  },
});

function rowsOf(
  { down_machines = [], draining_machines = [] }: MaintenanceClusterStatus,
  { windows = [] }: MaintenanceSchedule,
): string[][] {
  const planned = windows.flatMap(({ machine_ids = [], unavailability }) =>
    machine_ids.map((machine) => ({ machine, unavailability })),
  );
  const row = (machine: MachineID, state: string, answers = '-'): string[] => {
    const { unavailability } = planned.find((window) => machineName(window.machine) === machineName(machine)) ?? {};
    const { duration, start } = unavailability ?? {};
    return [
      machine.hostname ?? '',
      machine.ip ?? '',
      state,
      start === undefined ? '-' : new Date(start.nanoseconds / 1e6).toISOString(),
      duration === undefined ? '-' : formatDuration(duration.nanoseconds / 1e6),
      answers,
    ];
  };
  const told = new Set([...down_machines, ...draining_machines.map(({ id }) => id)].map(machineName));
  return [
    ...down_machines.map((machine) => row(machine, 'down')),
    ...draining_machines.map((machine) => row(machine.id, 'draining', answersOf(machine))),
    ...planned.filter(({ machine }) => !told.has(machineName(machine))).map(({ machine }) => row(machine, 'scheduled')),
  ];
}

/** `2 accept, 1 decline`. */
function answersOf({ statuses = [] }: MaintenanceClusterStatus_DrainingMachine): string {
  const parts = (['ACCEPT', 'DECLINE'] as const).flatMap((each) => {
    const count = statuses.filter(({ status }) => status === each).length;
    return count === 0 ? [] : [`${count} ${each.toLowerCase()}`];
  });
  return parts.length === 0 ? '-' : parts.join(', ');
}

const schedule = 'mesos maintenance schedule';

const scheduleFlags = defineFlags({
  add: flag.boolean({ default: false, help: 'Keeps what is planned for other machines.' }),
  clear: flag.boolean({ default: false, help: 'Makes the schedule empty.' }),
  duration: flag.duration({ min: 0, help: 'For how long. Without it, nobody knows.' }),
  file: flag.string({
    help: "A file with all of the schedule, as 'mesos maintenance --json' and Mesos's API have it.",
  }),
  remove: flag.boolean({ default: false, help: 'Takes the machines out of the schedule, and keeps the others.' }),
  start: flag.string({
    help: 'From when on, as in 2026-12-24T08:00:00Z.',
    validate: (text) =>
      Number.isNaN(Date.parse(text)) ? `'${text}' is no time: Expecting one such as 2026-12-24T08:00:00Z` : undefined,
  }),
  ...clusterFlags,
});

/** `mesos maintenance schedule`: plans when machines will be away. */
export const maintenanceScheduleCommand = command({
  name: schedule,
  flags: scheduleFlags,
  about:
    'Plans that machines will be away together, in place of the schedule before unless told to add them to it. A machine is HOSTNAME/IP as its ' +
    'agents tell the master; of an agent that is there, HOSTNAME is enough.',
  example: 'mesos maintenance schedule node-1 node-2/10.0.0.3 --start=2026-12-24T08:00:00Z --duration=2hrs',
  usage: 'HOSTNAME[/IP]... --start=TIME [options]',
  positionalsMax: machinesMax,
  run: async (flags, rest, io, env) => {
    const problem = problemOf(flags, rest.length);
    if (problem !== undefined) return refuse(io, schedule, problem);
    // What cannot be read is told before anybody is asked.
    const given = flags.file === undefined ? { windows: [] } : await readSchedule(flags.file);
    const { client } = await clusterOf(flags, env);
    const planned = rest.length === 0 ? given : await plan(client, flags, rest, io);
    await client.call({ type: 'UPDATE_MAINTENANCE_SCHEDULE', update_maintenance_schedule: { schedule: planned } });
    return 0;
  },
});

function problemOf(flags: FlagValues<typeof scheduleFlags>, machines: number): string | undefined {
  const { add, clear, duration, file, remove, start } = flags;
  const whole = [clear, file !== undefined].filter(Boolean).length;
  if (machines === 0 && whole === 0) return 'Expecting a machine, --file or --clear';
  if (whole > 1 || (machines > 0 && whole > 0)) return 'Expecting either machines, --file or --clear';
  if (add && remove) return 'Expecting either --add or --remove';
  if (machines === 0 && (add || remove)) return 'Expecting a machine';
  const isTimed = start !== undefined || duration !== undefined;
  if ((remove || whole > 0) && isTimed) return 'Expecting neither --start nor --duration';
  return machines > 0 && !remove && start === undefined ? 'Expecting --start' : undefined;
}

async function readSchedule(path: string): Promise<MaintenanceSchedule> {
  try {
    const json: unknown = JSON.parse(await readFile(path, 'utf8'));
    // What the command prints has the schedule beside the status.
    const isPrinted = typeof json === 'object' && json !== null && 'schedule' in json;
    return fromJson('mesos.v1.maintenance.Schedule', isPrinted ? json.schedule : json);
  } catch (error) {
    throw new CliError('CLI_NOT_FOUND', `There is no schedule in '${path}': ${errorText(error)}`, { cause: error });
  }
}

async function plan(
  client: OperatorClient,
  { add, duration, remove, start = '' }: FlagValues<typeof scheduleFlags>,
  names: readonly string[],
  io: Io,
): Promise<MaintenanceSchedule> {
  const before = await client.getMaintenanceSchedule();
  const scheduled = machinesOf(before);
  if (remove) {
    const machines = names.map((name) => machineNamed(name, scheduled));
    const unknown = machines.find((machine) => !scheduled.some((each) => machineName(each) === machineName(machine)));
    if (unknown !== undefined) {
      throw new CliError('CLI_NOT_FOUND', `Machine '${machineName(unknown)}' is not in the schedule`);
    }
    return { windows: without(before, machines) };
  }
  const known = [...(await agentMachines(client)), ...scheduled];
  const machines = names.map((name) => machineNamed(name, known));
  for (const { hostname, ip } of machines) {
    if (hostname !== undefined && ip !== undefined) continue;
    const told = hostname === undefined ? `${ip} without a hostname` : `${hostname} without an IP address`;
    io.stderr(`${schedule}: No agent is meant by ${told}\n`);
  }
  const unavailability = {
    start: { nanoseconds: Date.parse(start) * 1e6 },
    ...(duration === undefined ? {} : { duration: { nanoseconds: duration * 1e6 } }),
  };
  return { windows: [...(add ? without(before, machines) : []), { machine_ids: machines, unavailability }] };
}

/** `mesos maintenance start`: takes machines down. */
export const maintenanceStartCommand = machinesCommand({
  name: 'mesos maintenance start',
  about: 'Takes machines down that are scheduled to be away: their agents end, and are not let in.',
  example: 'mesos maintenance start node-1',
  call: (machines) => ({ type: 'START_MAINTENANCE', start_maintenance: { machines } }),
});

/** `mesos maintenance stop`: lets machines in again. */
export const maintenanceStopCommand = machinesCommand({
  name: 'mesos maintenance stop',
  about: 'Brings machines up that were taken down, out of the schedule: their agents are let in again.',
  example: 'mesos maintenance stop node-1',
  call: (machines) => ({ type: 'STOP_MAINTENANCE', stop_maintenance: { machines } }),
});

function machinesCommand(options: {
  readonly name: string;
  readonly about: string;
  readonly example: string;
  readonly call: (machines: MachineID[]) => MasterCall;
}): Command {
  const { about, call, example, name } = options;
  return command({
    name,
    flags: defineFlags(clusterFlags),
    about,
    example,
    usage: 'HOSTNAME[/IP]... [options]',
    positionalsMax: machinesMax,
    run: async (flags, rest, io, env) => {
      if (rest.length === 0) return refuse(io, name, 'Expecting a machine');
      const { client } = await clusterOf(flags, env);
      const scheduled = machinesOf(await client.getMaintenanceSchedule());
      await client.call(call(rest.map((each) => machineNamed(each, scheduled))));
      return 0;
    },
  });
}
