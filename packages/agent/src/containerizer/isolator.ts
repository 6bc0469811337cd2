import type { Resource, ResourceStatistics } from '@mesos-ts/protocol';

import type { ContainerConfig } from './containerizer.ts';

/** What an isolator has made ready for a container. */
export interface Preparation {
  /** Variables for the command, below those that it has itself. The command executor keeps them for its task. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Watches over one kind of resource of all containers. A containerizer calls its isolators in their order, and in the reverse order
 * to clean up. `cleanup` is called once for each container that was prepared, whatever happened since.
 */
export interface Isolator {
  /** As in the agent's `--isolation`. */
  readonly name: string;
  /**
   * Before the URIs of a container are fetched and its first process starts. Rejecting prevents the launch.
   * @param signal Is aborted when the container is to be destroyed, which waits for this.
   */
  prepare(containerId: string, config: ContainerConfig, signal: AbortSignal): Promise<Preparation | undefined>;
  /** The first process runs. */
  isolate(containerId: string, pid: number): Promise<void>;
  /** What the container holds has changed. */
  update(containerId: string, resources: readonly Resource[]): Promise<void>;
  /** What the container uses of this isolator's resource. */
  usage(containerId: string): Promise<Partial<ResourceStatistics>>;
  /** The container is gone. */
  cleanup(containerId: string): Promise<void>;
}
