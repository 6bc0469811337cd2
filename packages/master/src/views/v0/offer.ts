import { optionalJson, resourcesJson } from '@mesos-ts/daemon';
import type { JsonObject } from '@mesos-ts/daemon';
import type { Offer } from '@mesos-ts/protocol';

/** An offer as the v0 endpoints show it. */
export function offerJson(offer: Offer): JsonObject {
  return {
    id: offer.id.value,
    framework_id: offer.framework_id.value,
    allocation_info: optionalJson('mesos.v1.Resource.AllocationInfo', offer.allocation_info ?? {}),
    slave_id: offer.agent_id.value,
    resources: resourcesJson(offer.resources ?? []),
  };
}
