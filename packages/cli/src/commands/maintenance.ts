import { toJson } from '@mesos-ts/protocol';
import { defineFlags, flag } from '@mesos-ts/flags';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { command, refuse } from '../program.ts';
import { printRows } from '../show.ts';
import type { Command } from '../io.ts';
import type { MachineID, MaintenanceClusterStatus, MaintenanceSchedule, MasterCall } from '@mesos-ts/protocol';

const machinesMax = 10_000;

/** `mesos maintenance`: which machines are, or will be, away. */
export const maintenanceCommand = command({
  name: 'mesos maintenance',
  flags: defineFlags({ json: jsonFlag, ...clusterFlags }),
  about:
    "Lists the machines that are down, are draining or are to be away. 'mesos maintenance schedule', 'start' and 'stop' change that.",
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
      heading: ['HOSTNAME', 'IP', 'STATE', 'FROM', 'FOR'],
      rows: () => rowsOf(status, schedule),
    });
    return 0;
  },
});

function rowsOf(
  { down_machines = [], draining_machines = [] }: MaintenanceClusterStatus,
  schedule: MaintenanceSchedule,
): string[][] {
  const windows = (schedule.windows ?? []).flatMap(({ machine_ids = [], unavailability }) =>
    machine_ids.map((machine) => ({ machine, unavailability })),
  );
  const row = (machine: MachineID, state: string): string[] => {
    const { unavailability } = windows.find((window) => nameOf(window.machine) === nameOf(machine)) ?? {};
    const { duration, start } = unavailability ?? {};
    return [
      machine.hostname ?? '',
      machine.ip ?? '',
      state,
      start === undefined ? '-' : new Date(start.nanoseconds / 1e6).toISOString(),
      duration === undefined ? '-' : `${duration.nanoseconds / 1e9}s`,
    ];
  };
  const told = new Set([...down_machines, ...draining_machines.map(({ id }) => id)].map(nameOf));
  return [
    ...down_machines.map((machine) => row(machine, 'down')),
    ...draining_machines.map(({ id }) => row(id, 'draining')),
    ...windows.filter(({ machine }) => !told.has(nameOf(machine))).map(({ machine }) => row(machine, 'scheduled')),
  ];
}

function nameOf({ hostname = '', ip = '' }: MachineID): string {
  return `${hostname}/${ip}`;
}

const schedule = 'mesos maintenance schedule';

/** `mesos maintenance schedule`: plans when machines will be away. */
export const maintenanceScheduleCommand = command({
  name: schedule,
  flags: defineFlags({
    clear: flag.boolean({ default: false, help: 'Makes the schedule empty.' }),
    duration: flag.duration({ min: 0, help: 'For how long. Without it, nobody knows.' }),
    start: flag.string({
      help: 'From when on, as in 2026-12-24T08:00:00Z.',
      validate: (text) => (Number.isNaN(Date.parse(text)) ? `'${text}' is no time` : undefined),
    }),
    ...clusterFlags,
  }),
  about: 'Plans that machines, HOSTNAME or HOSTNAME/IP, will be away together, in place of the schedule before.',
  example: 'mesos maintenance schedule node-1/10.0.0.2 node-2 --start=2026-12-24T08:00:00Z --duration=2hrs',
  usage: 'HOSTNAME[/IP]... --start=TIME [options]',
  positionalsMax: machinesMax,
  run: async (flags, rest, io, env) => {
    const { clear, duration, start } = flags;
    if (rest.length === 0 && !clear) return refuse(io, schedule, 'Expecting a machine, or --clear');
    if (rest.length > 0 && clear) return refuse(io, schedule, 'Expecting either machines or --clear');
    if (rest.length > 0 && start === undefined) return refuse(io, schedule, 'Expecting --start');
    const unavailability = {
      start: { nanoseconds: Date.parse(start ?? '') * 1e6 },
      ...(duration === undefined ? {} : { duration: { nanoseconds: duration * 1e6 } }),
    };
    const windows = rest.length === 0 ? [] : [{ machine_ids: rest.map(machineOf), unavailability }];
    const { client } = await clusterOf(flags, env);
    await client.call({
      type: 'UPDATE_MAINTENANCE_SCHEDULE',
      update_maintenance_schedule: { schedule: { windows } },
    });
    return 0;
  },
});

/** `mesos maintenance start`: takes machines down. */
export const maintenanceStartCommand = machinesCommand({
  name: 'mesos maintenance start',
  about: 'Takes machines down that are scheduled to be away: their agents end, and are not let in.',
  example: 'mesos maintenance start node-1/10.0.0.2',
  call: (machines) => ({ type: 'START_MAINTENANCE', start_maintenance: { machines } }),
});

/** `mesos maintenance stop`: lets machines in again. */
export const maintenanceStopCommand = machinesCommand({
  name: 'mesos maintenance stop',
  about: 'Brings machines up that were taken down: their agents are let in again.',
  example: 'mesos maintenance stop node-1/10.0.0.2',
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
      await client.call(call(rest.map(machineOf)));
      return 0;
    },
  });
}

function machineOf(text: string): MachineID {
  const [hostname = '', ip = ''] = text.split('/', 2);
  return { ...(hostname === '' ? {} : { hostname }), ...(ip === '' ? {} : { ip }) };
}
