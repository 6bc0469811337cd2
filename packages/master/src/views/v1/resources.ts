import { approveAll, mayViewResource, type Approvers } from '@mesos-ts/daemon';
import { unreservedRole, downgradeResource, type Resource } from '@mesos-ts/protocol';

/** The resources that somebody may see. */
export function visibleResources(approvers: Approvers, resources: Iterable<Resource>): Resource[] {
  const all = [...resources];
  return approvers === approveAll ? all : all.filter((resource) => mayViewResource(approvers, resource));
}

/** A resource as Mesos shows it to operators: its reservations, and the older way to say them where that can. */
export function shownResource(resource: Resource): Resource {
  // Nearly all: there are very many of these.
  if (resource.reservations === undefined) return { ...resource, role: resource.role ?? unreservedRole };
  return { ...resource, ...downgradeResource(resource) };
}
