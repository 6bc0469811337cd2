import { Allocator } from '../../src/index.ts';
import { resources } from '../resources.ts';

/** An allocator that does not offer less than one of the minima, which are told apart by `|`, if there are any. */
export function allocatorOf(minima = ''): Allocator {
  const minAllocatable = minima.split('|').flatMap((text) => (text === '' ? [] : [resources(text).quantities]));
  return new Allocator({ allocationIntervalMs: 1000, filterGpuResources: true, minAllocatable });
}
