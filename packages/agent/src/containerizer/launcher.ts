/** What a containerizer asks of whatever starts and kills the processes of containers. */

/** A user and a group, as numbers. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** A process to start. */
export interface LaunchSpec {
  /** The program: a path, or a name looked up in the environment's `PATH`. */
  readonly file: string;
  /** What the program sees as its own name. @default file */
  readonly argv0?: string | undefined;
  readonly arguments: readonly string[];
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The sandbox: the working directory, and where the files `stdout` and `stderr` are. */
  readonly directory: string;
  /** Whose process it is; undefined: the agent's own user. */
  readonly identity?: Identity | undefined;
}

/** A process that was started. */
export interface LaunchedProcess {
  readonly pid: number;
  /** Resolves to the raw wait status when it has ended: the exit code times 256, or the number of the signal. */
  readonly exited: Promise<number>;
}

/** Starts one process for each container, and kills it with everything that came of it. */
export interface Launcher {
  /** Rejects with `AGENT_LAUNCH_FAILED` when the process cannot be started. */
  launch(containerId: string, spec: LaunchSpec): Promise<LaunchedProcess>;
  /** Resolves when no process of the container is left. Rejects with `CONTAINER_DESTROY_FAILED` when some cannot be killed. */
  destroy(containerId: string): Promise<void>;
}
