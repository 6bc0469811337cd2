import { CliError } from './errors.ts';
import type { OperatorClient } from '@mesos-ts/operator';
import type { MachineID, MaintenanceSchedule, MaintenanceWindow } from '@mesos-ts/protocol';

/** The machines of a schedule. */
export function machinesOf({ windows = [] }: MaintenanceSchedule): MachineID[] {
  return windows.flatMap(({ machine_ids = [] }) => machine_ids);
}

/** The machines that agents are on: maintenance means them by what their agents tell the master. */
export async function agentMachines(client: OperatorClient): Promise<MachineID[]> {
  const { agents = [] } = await client.getAgents();
  return agents.map(({ agent_info, pid = '' }) => ({
    hostname: agent_info.hostname,
    ip: pid.slice(pid.lastIndexOf('@') + 1, pid.lastIndexOf(':')).replaceAll(/[[\]]/g, ''),
  }));
}

/**
 * The machine that is meant by HOSTNAME or HOSTNAME/IP: of a hostname alone, the one machine of that name that is known. Throws
 * `CLI_NOT_FOUND` when several are.
 */
export function machineNamed(text: string, known: readonly MachineID[]): MachineID {
  const [hostname = '', ip] = text.split('/', 2);
  if (ip !== undefined) return { ...(hostname === '' ? {} : { hostname }), ...(ip === '' ? {} : { ip }) };
  const named = known.filter((machine) => machine.hostname?.toLowerCase() === hostname.toLowerCase());
  const distinct = new Map(named.map((machine) => [machineName(machine), machine]));
  const [only, ...others] = distinct.values();
  if (others.length > 0) {
    throw new CliError('CLI_NOT_FOUND', `Several machines are named '${hostname}': ${[...distinct.keys()].join(', ')}`);
  }
  return only ?? { hostname };
}

/** A schedule without some machines, nor windows that were theirs alone. */
export function without({ windows = [] }: MaintenanceSchedule, machines: readonly MachineID[]): MaintenanceWindow[] {
  const names = new Set(machines.map(machineName));
  return windows
    .map((window) => ({
      ...window,
      machine_ids: (window.machine_ids ?? []).filter((machine) => !names.has(machineName(machine))),
    }))
    .filter(({ machine_ids }) => machine_ids.length > 0);
}

/** HOSTNAME/IP, with the hostname in small letters: machines of one name are one machine. */
export function machineName({ hostname = '', ip = '' }: MachineID): string {
  return `${hostname.toLowerCase()}/${ip}`;
}
