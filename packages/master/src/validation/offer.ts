import type { Cluster } from '../state/cluster.ts';

/** Says why these offers cannot be accepted together by a framework, in Mesos's words, or nothing. */
export function validateOffers(cluster: Cluster, frameworkId: string, offerIds: readonly string[]): string | undefined {
  if (offerIds.length === 0) return 'No offers specified';
  const seen = new Set<string>();
  let first: { agentId: string; role: string } | undefined;
  for (const id of offerIds) {
    if (seen.has(id)) return `Duplicate offer ${id} in offer list`;
    seen.add(id);
    const offer = cluster.offers.get(id);
    if (offer === undefined) return `Offer ${id} is no longer valid`;
    if (offer.frameworkId !== frameworkId) {
      return `Offer ${id} has invalid framework ${offer.frameworkId} while framework ${frameworkId} is expected`;
    }
    first ??= offer;
    if (offer.role !== first.role) {
      return (
        'Aggregated offers must be allocated to the same role. ' +
        `Offer ${id} uses role '${offer.role}' but another is using role '${first.role}'`
      );
    }
    if (offer.agentId !== first.agentId) {
      return (
        'Aggregated offers must belong to one single agent. ' +
        `Offer ${id} uses agent ${offer.agentId} and agent ${first.agentId}`
      );
    }
  }
  return undefined;
}
