import type { Resource, ResourceStatistics } from '@mesos-ts/protocol';

import type { ContainerConfig } from './containerizer.ts';

/**
 * Watches over one kind of resource of all containers. A containerizer calls its isolators in their order, and in the reverse order
 * to clean up. `cleanup` is called once for each container that was prepared, whatever happened since.
 */
export interface Isolator {
  /** As in the agent's `--isolation`. */
  readonly name: string;
  /** Before the first process of a container starts. Rejecting prevents the launch. */
  prepare(containerId: string, config: ContainerConfig): Promise<void>;
  /** The first process runs. */
  isolate(containerId: string, pid: number): Promise<void>;
  /** What the container holds has changed. */
  update(containerId: string, resources: readonly Resource[]): Promise<void>;
  /** What the container uses of this isolator's resource. */
  usage(containerId: string): Promise<Partial<ResourceStatistics>>;
  /** The container is gone. */
  cleanup(containerId: string): Promise<void>;
}
