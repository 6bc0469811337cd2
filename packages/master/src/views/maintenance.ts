import type { Approvers } from '@mesos-ts/daemon';
import type { MaintenanceClusterStatus, MaintenanceSchedule } from '@mesos-ts/protocol';
import type { Maintenance } from '../registrar/maintenance.ts';

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

/** The machines that drain and those that are down, as far as somebody may see them. */
export function maintenanceStatusView({ machines }: Maintenance, approvers: Approvers): MaintenanceClusterStatus {
  const seen = [...machines.values()].filter(({ id }) =>
    approvers.approves('GET_MAINTENANCE_STATUS', { machine_id: id }),
  );
  const draining = seen.filter(({ mode }) => mode === 'DRAINING').map(({ id }) => ({ id }));
  const down = seen.filter(({ mode }) => mode === 'DOWN').map(({ id }) => id);
  return {
    ...(draining.length === 0 ? {} : { draining_machines: draining }),
    ...(down.length === 0 ? {} : { down_machines: down }),
  };
}
