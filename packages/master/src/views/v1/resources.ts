import { mayViewResource, type Approvers } from '@mesos-ts/daemon';
import { downgradeResource, type Resource } from '@mesos-ts/protocol';

/** The resources that somebody may see. */
export function visibleResources(approvers: Approvers, resources: Iterable<Resource>): Resource[] {
  return [...resources].filter((resource) => mayViewResource(approvers, resource));
}

/** A resource as Mesos shows it to operators: its reservations, and the older way to say them where that can. */
export function shownResource(resource: Resource): Resource {
  return { ...resource, ...downgradeResource(resource) };
}
