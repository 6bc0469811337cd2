import { SeededRandom } from '@mesos-ts/libprocess';
import { Allocator, type Allocation } from '../../src/index.ts';
import { resources } from '../resources.ts';

/** An allocator that does not offer less than one of the minima, which are told apart by `|`, if there are any. */
export function allocatorOf(minima = '', { filterGpuResources = true } = {}): Allocator {
  const minAllocatable = minima.split('|').flatMap((text) => (text === '' ? [] : [resources(text).quantities]));
  return new Allocator({ allocationIntervalMs: 1000, filterGpuResources, minAllocatable });
}

/** Tells an allocator of an agent with nothing on it, which knows all about roles unless its capabilities are given. */
export function addAgent(
  allocator: Allocator,
  agentId: string,
  total: string,
  more: { capabilities?: readonly ('MULTI_ROLE' | 'HIERARCHICAL_ROLE')[]; incarnation?: number } = {},
): void {
  const { capabilities = ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT'], incarnation = 0 } = more;
  const agent = { agentId, capabilities: new Set(capabilities), total: resources(total), used: new Map(), incarnation };
  allocator.apply({ type: 'add-agent', agent }, 0);
}

/** Gives out what there is, in the same order each time. */
export function allocate(allocator: Allocator, nowMs = 0): Allocation[] {
  const random = new SeededRandom(1);
  return allocator.allocate('all', nowMs, () => random.next());
}

/** What was given out, as `framework role agent resources`. */
export function told(allocations: readonly Allocation[]): string[] {
  return allocations
    .flatMap(({ frameworkId, offers }) =>
      offers.map((it) => `${frameworkId} ${it.role} ${it.agentId} ${it.resources.unallocate().toString()}`),
    )
    .toSorted();
}
