import type { Approvers } from '@mesos-ts/daemon';
import type { MaintenanceClusterStatus, MaintenanceSchedule } from '@mesos-ts/protocol';
import { machineKey, type Maintenance } from '../registrar/maintenance.ts';
import type { InverseOffers } from '../state/inverse-offers.ts';
import type { Machines } from '../state/machines.ts';

/** The schedule of maintenance, with the machines of it that somebody may see. */
export function scheduleView({ schedules }: Maintenance, approvers: Approvers): MaintenanceSchedule {
  const windows = (schedules[0]?.windows ?? [])
    .map(({ machine_ids = [], unavailability }) => ({
      machine_ids: machine_ids.filter((machine_id) => approvers.approves('GET_MAINTENANCE_SCHEDULE', { machine_id })),
      unavailability,
    }))
    .filter(({ machine_ids }) => machine_ids.length > 0);
  return windows.length === 0 ? {} : { windows };
}

/** The machines that drain, with the answers of frameworks, and those that are down, as far as somebody may see them. */
export function maintenanceStatusView(
  { inverseOffers, machines }: { readonly inverseOffers: InverseOffers; readonly machines: Machines },
  approvers: Approvers,
): MaintenanceClusterStatus {
  const seen = [...machines.maintenance.machines.values()].filter(({ id }) =>
    approvers.approves('GET_MAINTENANCE_STATUS', { machine_id: id }),
  );
  const draining = seen
    .filter(({ mode }) => mode === 'DRAINING')
    .map(({ id }) => {
      const statuses = machines.agentsOn(machineKey(id)).flatMap((agentId) => inverseOffers.answers(agentId));
      return { id, ...(statuses.length === 0 ? {} : { statuses }) };
    });
  const down = seen.filter(({ mode }) => mode === 'DOWN').map(({ id }) => id);
  return {
    ...(draining.length === 0 ? {} : { draining_machines: draining }),
    ...(down.length === 0 ? {} : { down_machines: down }),
  };
}
