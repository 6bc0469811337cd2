/**
 * Limits and defaults of the agent, with Mesos's values where Mesos has them (`src/slave/constants.hpp`). Defaults that an
 * operator can change stand in `flags.ts`.
 */

/** The actor's name. Frameworks, executors and tools expect the agent under it. */
export const AGENT_PROCESS_ID = 'slave(1)';

/** The master's name in its own runtime. */
export const MASTER_PROCESS_ID = 'master';

/** How long registrations go without an answer before the log says so. */
export const MASTER_SILENCE_TOLD_AFTER_MS = 1000;

/** The shortest pause between two attempts to register: a master answers only once its registry is written, and links take their time. */
export const REGISTRATION_RETRY_MIN_MS = 200;

/** The longest pause between two attempts to register. */
export const REGISTER_RETRY_INTERVAL_MAX_MS = 60_000;

/** How long a registered agent waits for the master's next ping when the master does not say: five times 15 seconds. */
export const MASTER_PING_TIMEOUT_MS = 75_000;

/** The first pause before an unacknowledged status update is sent again; each pause is twice the one before. */
export const STATUS_UPDATE_RETRY_INTERVAL_MIN_MS = 10_000;

/** The longest pause between two sends of an unacknowledged status update. */
export const STATUS_UPDATE_RETRY_INTERVAL_MAX_MS = 600_000;

/** The most status updates of one task that wait for an acknowledgement; beyond that an executor's updates are refused, but for its end. */
export const STATUS_UPDATES_PENDING_MAX = 1000;

/** How many acknowledged updates of a running task are remembered in order to know duplicates. */
export const STATUS_UPDATES_ACKNOWLEDGED_MAX = 1000;

/** How many frameworks that ended are kept for the record. */
export const COMPLETED_FRAMEWORKS_MAX = 50;

/** How many ended tasks of ended frameworks an agent that registers again tells about; the newest. One message carries them all. */
export const ARCHIVED_TASKS_MAX = 1000;

/** How many ended tasks of one executor are kept for the record. */
export const COMPLETED_TASKS_PER_EXECUTOR_MAX = 200;

/** How many statuses of a task are kept; beyond that the oldest is forgotten. */
export const TASK_STATUSES_MAX = 100;

/** What the command executor itself needs, in addition to its task. */
export const COMMAND_EXECUTOR_CPUS = 0.1;
export const COMMAND_EXECUTOR_MEM_MB = 32;

/** The grace that the command executor gets beyond its task's own kill grace period, to report the end. */
export const COMMAND_EXECUTOR_GRACE_MARGIN_MS = 2000;

/** A command line in an executor's name is cut to this length. */
export const COMMAND_NAME_LENGTH_MAX = 15;

/** What is assumed of a machine that cannot be asked. */
export const DEFAULT_CPUS = 1;
export const DEFAULT_MEM_MB = 1024;
export const DEFAULT_DISK_MB = 10 * 1024;
export const DEFAULT_PORTS = '[31000-32000]';

/** The mode of a sandbox: nobody but its user and group may look into it. */
export const SANDBOX_MODE = 0o750;

/** How old a list of this machine's processes may be to tell what containers use. */
export const PROCESS_LIST_AGE_MAX_MS = 100;

/** How often the killing of a container's processes is repeated before it is reported as failed, and the pause between. */
export const DESTROY_ROUNDS_MAX = 100;
export const DESTROY_ROUND_MS = 20;

/** Where the agent's own log stands among the files. */
export const AGENT_LOG_VIRTUAL_PATH = '/slave/log';

/** The realms of the agent's HTTP endpoints. */
export const AGENT_READONLY_REALM = 'mesos-agent-readonly';
export const AGENT_READWRITE_REALM = 'mesos-agent-readwrite';
export const AGENT_EXECUTOR_REALM = 'mesos-agent-executor';

/** The longest name of a container. */
export const CONTAINER_ID_LENGTH_MAX = 242;

/** How often an executor that speaks HTTP hears HEARTBEAT. */
export const EXECUTOR_HEARTBEAT_INTERVAL_MS = 30 * 60_000;
