import { downgradeResource, type Resource } from '@mesos-ts/protocol';

/** A resource as Mesos shows it to operators: its reservations, and the older way to say them where that can. */
export function shownResource(resource: Resource): Resource {
  return { ...resource, ...downgradeResource(resource) };
}
