import type { MachineID, MachineInfo, MaintenanceSchedule, Unavailability } from '@mesos-ts/protocol';
import type { RegistryRest } from './contents.ts';

/** What is planned for machines, and how far each is: what the registry has of it, and the master. Nothing of it is ever changed in place. */
export interface Maintenance {
  /** At most one, as in Mesos. */
  readonly schedules: readonly MaintenanceSchedule[];
  /** The machines that are draining or down, by `machineKey`. All others are up. */
  readonly machines: ReadonlyMap<string, MachineInfo>;
}

/** Nothing is planned. */
export const noMaintenance: Maintenance = { schedules: [], machines: new Map() };

/** What tells machines apart. Names of hosts are the same in capitals, and a name or an address that is missing differs from any other. */
export function machineKey({ hostname, ip }: MachineID): string {
  return JSON.stringify([hostname?.toLowerCase() ?? null, ip ?? null]);
}

/** The machines of a schedule, and when each is away. */
export function unavailabilities({ windows = [] }: MaintenanceSchedule): Map<string, [MachineID, Unavailability]> {
  return new Map(
    windows.flatMap(({ machine_ids = [], unavailability }) =>
      machine_ids.map((id) => [machineKey(id), [id, unavailability]] as const),
    ),
  );
}

/** Puts a schedule in the place of the one before. Its machines drain from then on, but for those that are down; the others are up. */
export function withSchedule({ machines }: Maintenance, schedule: MaintenanceSchedule): Maintenance | undefined {
  const planned = unavailabilities(schedule);
  for (const [key, { mode }] of machines) if (mode === 'DOWN' && !planned.has(key)) return undefined;
  const kept = [...machines.keys()].filter((key) => planned.has(key));
  const changed = new Map<string, MachineInfo>();
  for (const key of [...kept, ...planned.keys()]) {
    const [id, unavailability] = planned.get(key) ?? [];
    const { id: known = id, mode = 'DRAINING' } = machines.get(key) ?? {};
    if (known !== undefined) changed.set(key, { id: known, mode, unavailability });
  }
  return { schedules: [schedule], machines: changed };
}

/** Takes machines down. Nothing where one of them is not draining. */
export function withDown({ machines, schedules }: Maintenance, ids: readonly MachineID[]): Maintenance | undefined {
  const changed = new Map(machines);
  for (const key of ids.map(machineKey)) {
    const info = changed.get(key);
    if (info?.mode !== 'DRAINING') return undefined;
    changed.set(key, { ...info, mode: 'DOWN' });
  }
  return { schedules, machines: changed };
}

/** Brings machines up, which takes them out of the schedule. Nothing where one of them is not down. */
export function withUp({ machines, schedules }: Maintenance, ids: readonly MachineID[]): Maintenance | undefined {
  const keys = new Set(ids.map(machineKey));
  const changed = new Map(machines);
  for (const key of keys) if (changed.get(key)?.mode !== 'DOWN' || !changed.delete(key)) return undefined;
  const left = schedules.map(({ windows = [] }) => ({
    windows: windows
      .map(({ machine_ids = [], unavailability }) => ({
        machine_ids: machine_ids.filter((id) => !keys.has(machineKey(id))),
        unavailability,
      }))
      .filter(({ machine_ids }) => machine_ids.length > 0),
  }));
  return { schedules: left.filter(({ windows }) => windows.length > 0), machines: changed };
}

/** What a registry has of it. */
export function readMaintenance({ machines, schedules = [] }: RegistryRest): Maintenance {
  const infos = (machines?.machines ?? []).map(({ info }) => [machineKey(info.id), info] as const);
  return { schedules, machines: new Map(infos) };
}

/** The registry with it. */
export function writeMaintenance(rest: RegistryRest, { machines, schedules }: Maintenance): RegistryRest {
  const { machines: _, schedules: __, ...others } = rest;
  return {
    ...others,
    ...(machines.size === 0 ? {} : { machines: { machines: [...machines.values()].map((info) => ({ info })) } }),
    ...(schedules.length === 0 ? {} : { schedules: [...schedules] }),
  };
}
