import { isIPv4 } from 'node:net';
import type { Approvers } from '@mesos-ts/daemon';
import { toJson, type MachineID, type MaintenanceSchedule } from '@mesos-ts/protocol';
import { bad, done, forbidden, unsupported, type OperatorAnswer } from './answer.ts';

/** Sets which machines will be unavailable, and when. */
export function updateSchedule(approvers: Approvers, { windows = [] }: MaintenanceSchedule): OperatorAnswer {
  for (const { machine_ids = [], unavailability } of windows) {
    if (machine_ids.length === 0) return bad('List of machines in the maintenance window is empty');
    if ((unavailability.duration?.nanoseconds ?? 0) < 0) return bad("Unavailability 'duration' is negative");
  }
  const machines = windows.flatMap(({ machine_ids = [] }) => machine_ids);
  const error = validateMachines(machines);
  if (error !== undefined) return bad(error);
  if (!machines.every((machine_id) => approvers.approves('UPDATE_MAINTENANCE_SCHEDULE', { machine_id }))) {
    return forbidden;
  }
  // An empty one is what there is.
  return machines.length === 0 ? done : unsupported('Scheduling maintenance');
}

/** Brings machines down that are scheduled for it. None can be yet. */
export function startMaintenance(machines: readonly MachineID[]): OperatorAnswer {
  return unscheduled(machines);
}

/** Brings machines up that were brought down. None can be yet. */
export function stopMaintenance(machines: readonly MachineID[]): OperatorAnswer {
  return unscheduled(machines);
}

function unscheduled(machines: readonly MachineID[]): OperatorAnswer {
  const [first] = machines;
  if (first === undefined) return bad('List of machines is empty');
  return bad(validateMachines(machines) ?? `Machine '${nameOf(first)}' is not part of a maintenance schedule`);
}

function validateMachines(machines: readonly MachineID[]): string | undefined {
  const seen = new Set<string>();
  for (const machine of machines) {
    const { hostname = '', ip = '' } = machine;
    if (hostname === '' && ip === '') return "Both 'hostname' and 'ip' for a machine are empty";
    if (ip !== '' && !isIPv4(ip)) return `Failed to parse IPv4: ${ip}`;
    // Names of hosts are the same in capitals.
    const key = `${hostname.toLowerCase()} ${ip}`;
    if (seen.has(key)) return `Machine '${nameOf(machine)}' appears more than once in the schedule`;
    seen.add(key);
  }
  return undefined;
}

function nameOf(machine: MachineID): string {
  return JSON.stringify(toJson('mesos.v1.MachineID', machine));
}
