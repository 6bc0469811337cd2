import { isIPv4 } from 'node:net';
import type { Approvers } from '@mesos-ts/daemon';
import { deferred } from '@mesos-ts/libprocess';
import { toJson, type MachineID, type MaintenanceSchedule } from '@mesos-ts/protocol';
import {
  machineKey,
  unavailabilities,
  withDown,
  withSchedule,
  withUp,
  type Maintenance,
} from '../../registrar/maintenance.ts';
import { bad, done, forbidden, type LaterAnswer, type OperatorAnswer } from './answer.ts';
import { replan, takeDown } from '../machines.ts';
import type { RegistryOperation } from '../../registrar/operations.ts';
import type { Turn } from '../turn.ts';

/** Sets which machines will be away, and when. Those that are new in it drain. Answered when the registry has it. */
export function updateSchedule(turn: Turn, approvers: Approvers, schedule: MaintenanceSchedule): LaterAnswer {
  const error = validateSchedule(turn, schedule);
  if (error !== undefined) return bad(error);
  const { machines } = turn.cluster.machines.maintenance;
  const planned = unavailabilities(schedule);
  // Who may not plan for a machine may not take it out of the plan, either.
  const removed = [...machines].filter(([key]) => !planned.has(key)).map(([, { id }]) => id);
  const affected = [...[...planned.values()].map(([id]) => id), ...removed];
  if (!affected.every((machine_id) => approvers.approves('UPDATE_MAINTENANCE_SCHEDULE', { machine_id }))) {
    return forbidden;
  }
  return change(
    turn,
    { type: 'update-schedule', schedule },
    (before) => withSchedule(before, schedule),
    (later, after) => {
      later.info(`Updated the maintenance schedule: ${after.machines.size} machines are draining or down`);
      replan(later, after);
    },
  );
}

function validateSchedule(turn: Turn, { windows = [] }: MaintenanceSchedule): string | undefined {
  const seen = new Set<string>();
  for (const { machine_ids = [], unavailability } of windows) {
    if (machine_ids.length === 0) return 'List of machines in the maintenance window is empty';
    if ((unavailability.duration?.nanoseconds ?? 0) < 0) return "Unavailability 'duration' is negative";
    const error = validateMachines(machine_ids, seen);
    if (error !== undefined) return error;
  }
  for (const [key, { id, mode }] of turn.cluster.machines.maintenance.machines) {
    if (mode === 'DOWN' && !seen.has(key)) {
      return `Machine '${nameOf(id)}' is deactivated and cannot be removed from the schedule`;
    }
  }
  return undefined;
}

/** Takes machines down that drain: their agents end, and are let in no more. Answered when the registry has it. */
export function startMaintenance(turn: Turn, approvers: Approvers, machines: readonly MachineID[]): LaterAnswer {
  const refusal = refuseMachines(turn, machines, {
    mode: 'DRAINING',
    otherwise: 'is not in DRAINING mode and cannot be brought down',
    approves: (machine_id) => approvers.approves('START_MAINTENANCE', { machine_id }),
  });
  if (refusal !== undefined) return refusal;
  return change(
    turn,
    { type: 'start-maintenance', machines },
    (before) => withDown(before, machines),
    (later, after) => {
      takeDown(later, after, machines);
    },
  );
}

/** Brings machines up that are down, and forgets that they were to be away. Answered when the registry has it. */
export function stopMaintenance(turn: Turn, approvers: Approvers, machines: readonly MachineID[]): LaterAnswer {
  const refusal = refuseMachines(turn, machines, {
    mode: 'DOWN',
    otherwise: 'is not in DOWN mode and cannot be brought up',
    approves: (machine_id) => approvers.approves('STOP_MAINTENANCE', { machine_id }),
  });
  if (refusal !== undefined) return refusal;
  return change(
    turn,
    { type: 'stop-maintenance', machines },
    (before) => withUp(before, machines),
    (later, after) => {
      later.info(`Machines ${machines.map(nameOf).join(', ')} are up again`);
      replan(later, after);
    },
  );
}

/** Why machines cannot change their mode, or nothing. What is wrong with one comes before what may not be done with the next. */
function refuseMachines(
  { cluster }: Turn,
  machines: readonly MachineID[],
  must: {
    readonly mode: 'DRAINING' | 'DOWN';
    readonly otherwise: string;
    readonly approves: (machine: MachineID) => boolean;
  },
): OperatorAnswer | undefined {
  if (machines.length === 0) return bad('List of machines is empty');
  const error = validateMachines(machines, new Set());
  if (error !== undefined) return bad(error);
  for (const machine of machines) {
    if (!cluster.machines.isKnown(machine)) {
      return bad(`Machine '${nameOf(machine)}' is not part of a maintenance schedule`);
    }
    if (cluster.machines.info(machine)?.mode !== must.mode)
      return bad(`Machine '${nameOf(machine)}' ${must.otherwise}`);
    if (!must.approves(machine)) return forbidden;
  }
  return undefined;
}

/** Has the registry changed, and then the master's own plan in the same way. */
function change(
  turn: Turn,
  operation: RegistryOperation,
  apply: (before: Maintenance) => Maintenance | undefined,
  applied: (later: Turn, after: Maintenance) => void,
): LaterAnswer {
  const answer = deferred<OperatorAnswer>();
  turn.registry(operation, (later, isMade) => {
    const after = isMade ? apply(later.cluster.machines.maintenance) : undefined;
    if (after === undefined) {
      // Another call was first.
      answer.resolve({ status: 409, text: 'The modes of machines have changed while processing the call' });
    } else {
      applied(later, after);
      answer.resolve(done);
    }
  });
  return answer.promise;
}

/** What is wrong with machines, or nothing. */
function validateMachines(machines: readonly MachineID[], seen: Set<string>): string | undefined {
  for (const machine of machines) {
    const { hostname = '', ip = '' } = machine;
    if (hostname === '' && ip === '') return "Both 'hostname' and 'ip' for a machine are empty";
    if (ip !== '' && !isIPv4(ip)) return `Failed to parse IPv4: ${ip}`;
    const key = machineKey(machine);
    if (seen.has(key)) return `Machine '${nameOf(machine)}' appears more than once in the schedule`;
    seen.add(key);
  }
  return undefined;
}

function nameOf(machine: MachineID): string {
  return JSON.stringify(toJson('mesos.v1.MachineID', machine));
}
