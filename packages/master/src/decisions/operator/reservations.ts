import type { Approvers } from '@mesos-ts/daemon';
import { formatResource, Resources, upgradeResource, validateResources, type Resource } from '@mesos-ts/protocol';
import { validateUniquePersistenceIds, validateUse } from '../../validation/resources.ts';
import { agentName, type Turn } from '../turn.ts';
import { bad, forbidden, unsupported, type OperatorAnswer } from './answer.ts';
import type { AgentRecord } from '../../state/agent.ts';

/** What an operator wants to be done to resources of an agent. */
export interface ResourcesChange {
  readonly agentId: string;
  readonly resources: readonly Resource[];
  /** Who asks, as far as known. */
  readonly principal: string | undefined;
}

/** Reserves resources for a role. */
export function reserveResources(turn: Turn, approvers: Approvers, change: ResourcesChange): OperatorAnswer {
  return prepare(turn, change, (agent, resources) => {
    const error = invalid(resources) ?? first(resources, (each) => reserveError(each, change.principal));
    if (error !== undefined) return bad(`Invalid RESERVE operation on ${agentName(agent)}: ${error}`);
    return allowed(approvers, 'RESERVE_RESOURCES', resources) ? unsupported('Reserving resources') : forbidden;
  });
}

/** Takes a reservation back. */
export function unreserveResources(turn: Turn, approvers: Approvers, change: ResourcesChange): OperatorAnswer {
  return prepare(turn, change, (_agent, resources) => {
    const error = invalid(resources) ?? first(resources, unreserveError);
    if (error !== undefined) return bad(`Invalid UNRESERVE operation: ${error}`);
    return allowed(approvers, 'UNRESERVE_RESOURCES', resources) ? unsupported('Unreserving resources') : forbidden;
  });
}

/** Creates persistent volumes on reserved disk. */
export function createVolumes(turn: Turn, approvers: Approvers, change: ResourcesChange): OperatorAnswer {
  return prepare(turn, change, (agent, volumes) => {
    const error =
      invalid(volumes) ??
      first(volumes, volumeError) ??
      validateUniquePersistenceIds(Resources.of([...agent.totalResources.persistentVolumes(), ...volumes])) ??
      first(volumes, (each) => ownerError(each, change.principal));
    if (error !== undefined) return bad(`Invalid CREATE operation on ${agentName(agent)}: ${error}`);
    return allowed(approvers, 'CREATE_VOLUME', volumes) ? unsupported('Creating volumes') : forbidden;
  });
}

/** Destroys persistent volumes. */
export function destroyVolumes(turn: Turn, approvers: Approvers, change: ResourcesChange): OperatorAnswer {
  return prepare(turn, change, (agent, volumes) => {
    const there = agent.totalResources;
    const missing = volumes.some((volume) => !there.contains(Resources.of([volume])));
    const error =
      invalid(volumes) ?? first(volumes, volumeError) ?? (missing ? 'Persistent volumes not found' : undefined);
    if (error !== undefined) return bad(`Invalid DESTROY operation: ${error}`);
    return allowed(approvers, 'DESTROY_VOLUME', volumes) ? unsupported('Destroying volumes') : forbidden;
  });
}

/** Looks the agent up and brings the resources into the format of today. */
function prepare(
  turn: Turn,
  { agentId, resources }: ResourcesChange,
  decide: (agent: AgentRecord, upgraded: Resource[]) => OperatorAnswer,
): OperatorAnswer {
  const agent = turn.cluster.agents.get(agentId);
  if (agent === undefined) return bad('No agent found with specified ID');
  const error = validateResources(resources);
  return error === undefined ? decide(agent, resources.map(upgradeResource)) : bad(error);
}

function invalid(resources: readonly Resource[]): string | undefined {
  const error = validateUse(resources);
  return error?.startsWith('Invalid resources: ') === false ? `Invalid resources: ${error}` : error;
}

function first(resources: readonly Resource[], check: (resource: Resource) => string | undefined): string | undefined {
  for (const resource of resources) {
    const error = check(resource);
    if (error !== undefined) return error;
  }
  return undefined;
}

function reserveError(resource: Resource, principal: string | undefined): string | undefined {
  const reservation = resource.reservations?.at(-1);
  if (reservation?.type !== 'DYNAMIC') return `Resource ${formatResource(resource)} is not dynamically reserved`;
  if (resource.allocation_info !== undefined) {
    return (
      'A reserve operation was attempted with an allocated resource, ' +
      'but the operator API only allows reservations to be made to unallocated resources'
    );
  }
  if (principal === undefined || reservation.principal === principal) return undefined;
  return reservation.principal === undefined
    ? `A reserve operation was attempted by principal '${principal}', ` +
        'but there is a reserved resource in the request with no principal set'
    : `A reserve operation was attempted by authenticated principal '${principal}', ` +
        `which does not match a reserved resource in the request with principal '${reservation.principal}'`;
}

function unreserveError(resource: Resource): string | undefined {
  const shown = formatResource(resource);
  if (resource.reservations?.at(-1)?.type !== 'DYNAMIC') return `Resource ${shown} is not dynamically reserved`;
  if (resource.disk?.persistence === undefined) return undefined;
  return (
    `A dynamically reserved persistent volume ${shown} cannot be unreserved directly. ` +
    'Please destroy the persistent volume first then unreserve the resource'
  );
}

function volumeError(volume: Resource): string | undefined {
  const { disk } = volume;
  if (disk === undefined) return `Not a persistent volume: Resource ${formatResource(volume)} does not have DiskInfo`;
  if (disk.persistence === undefined) return "Not a persistent volume: 'persistence' is not set in DiskInfo";
  if (disk.volume === undefined) return "Not a persistent volume: Expecting 'volume' to be set for persistent volume";
  return disk.volume.mode === 'RO' ? 'Not a persistent volume: Read-only persistent volume not supported' : undefined;
}

function ownerError(volume: Resource, principal: string | undefined): string | undefined {
  const owner = volume.disk?.persistence?.principal;
  if (principal === undefined || owner === principal) return undefined;
  return owner === undefined
    ? `Create volume operation attempted by principal '${principal}', ` +
        "but there is a volume in the operation with no principal set in 'disk.persistence'"
    : `Create volume operation attempted by authenticated principal '${principal}', ` +
        `which does not match a volume in the operation with principal '${owner}' set in 'disk.persistence'`;
}

function allowed(
  approvers: Approvers,
  action: 'CREATE_VOLUME' | 'DESTROY_VOLUME' | 'RESERVE_RESOURCES' | 'UNRESERVE_RESOURCES',
  resources: readonly Resource[],
): boolean {
  if (resources.length === 0) return approvers.approves(action);
  return resources.every((resource) => approvers.approves(action, { resource }));
}
