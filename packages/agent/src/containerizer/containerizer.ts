/** What the agent asks of whatever runs its executors. */
import type {
  CommandInfo,
  ContainerStatus,
  ExecutorInfo,
  Resource,
  ResourceStatistics,
  TaskInfo,
  TaskState,
  TaskStatus_Reason,
} from '@mesos-ts/protocol';

/** What is to run in a container. */
export interface ContainerConfig {
  readonly executorInfo: ExecutorInfo;
  readonly frameworkId: string;
  /** What the container's first process is, and which URIs it needs. */
  readonly command: CommandInfo;
  /** What the executor and its first tasks hold. */
  readonly resources: readonly Resource[];
  /** The sandbox. It exists and belongs to the user. */
  readonly directory: string;
  /** Whose processes they are; undefined: the agent's own user. */
  readonly user: string | undefined;
  /** The whole environment of the first process. */
  readonly environment: Readonly<Record<string, string>>;
  /** The task that the agent made the executor up for, if it did. */
  readonly task: TaskInfo | undefined;
}

/** How a container ended. */
export interface ContainerTermination {
  /** The raw wait status of the first process: the exit code times 256, or the number of the signal. Absent: never started. */
  readonly status?: number | undefined;
  /** The state, reason and message of tasks that end with the container, when it was not the executor's own doing. */
  readonly state?: TaskState | undefined;
  readonly reason?: TaskStatus_Reason | undefined;
  readonly message?: string | undefined;
}

/**
 * Runs containers. A container is known by its id from the moment `launch` is called until it is destroyed, by itself or by a call.
 * Implementations: `MesosContainerizer` (child processes), `TestContainerizer` (actors, for tests).
 */
export interface Containerizer {
  /**
   * Starts a container; resolves when its first process runs. Rejects with a message fit for a task's status when it cannot; the
   * container must then still be destroyed.
   */
  launch(containerId: string, config: ContainerConfig): Promise<void>;
  /** Resolves when the container is gone with all its processes; to undefined if there is no such container. */
  wait(containerId: string): Promise<ContainerTermination | undefined>;
  /** Kills every process of the container and resolves when it is gone. Harmless if there is no such container. */
  destroy(containerId: string): Promise<void>;
  /** Changes what the container holds. Harmless if there is no such container. */
  update(containerId: string, resources: readonly Resource[]): Promise<void>;
  /** What the container uses. Rejects with `CONTAINER_UNKNOWN` if there is no such container. */
  usage(containerId: string): Promise<ResourceStatistics>;
  /** What a task's status tells about the container. Rejects with `CONTAINER_UNKNOWN` if there is no such container. */
  status(containerId: string): Promise<ContainerStatus>;
  /** The ids of all containers. */
  containers(): Promise<string[]>;
}
