/**
 * Limits and defaults of the agent, with Mesos's values where Mesos has them (`src/slave/constants.hpp`). Defaults that an
 * operator can change stand in `flags.ts`.
 */

/** The actor's name. Frameworks, executors and tools expect the agent under it. */
export const agentProcessId = 'slave(1)';

/** The master's name in its own runtime. */
export const masterProcessId = 'master';

/** How long registrations go without an answer before the log says so. */
export const masterSilenceToldAfterMs = 1000;

/** The shortest pause between two attempts to register: a master answers only once its registry is written, and links take their time. */
export const registrationRetryMinMs = 200;

/** The longest pause between two attempts to register. */
export const registerRetryIntervalMaxMs = 60_000;

/** How long a registered agent waits for the master's next ping when the master does not say: five times 15 seconds. */
export const masterPingTimeoutMs = 75_000;

/** The first pause before an unacknowledged status update is sent again; each pause is twice the one before. */
export const statusUpdateRetryIntervalMinMs = 10_000;

/** The longest pause between two sends of an unacknowledged status update. */
export const statusUpdateRetryIntervalMaxMs = 600_000;

/** The most status updates of one task that wait for an acknowledgement; beyond that an executor's updates are refused, but for its end. */
export const statusUpdatesPendingMax = 1000;

/** How many acknowledged updates of a running task are remembered in order to know duplicates. */
export const statusUpdatesAcknowledgedMax = 1000;

/** How many frameworks that ended are kept for the record. */
export const completedFrameworksMax = 50;

/** How many ended tasks of ended frameworks an agent that registers again tells about; the newest. One message carries them all. */
export const archivedTasksMax = 1000;

/** How many ended tasks of one executor are kept for the record. */
export const completedTasksPerExecutorMax = 200;

/** How many statuses of a task are kept; beyond that the oldest is forgotten. */
export const taskStatusesMax = 100;

/** What the command executor itself needs, in addition to its task. */
export const commandExecutorCpus = 0.1;
export const commandExecutorMemMb = 32;

/** The grace that the command executor gets beyond its task's own kill grace period, to report the end. */
export const commandExecutorGraceMarginMs = 2000;

/** A command line in an executor's name is cut to this length. */
export const commandNameLengthMax = 15;

/** What is assumed of a machine that cannot be asked. */
export const defaultCpus = 1;
export const defaultMemMb = 1024;
export const defaultDiskMb = 10 * 1024;
export const defaultPorts = '[31000-32000]';

/** The mode of a sandbox: nobody but its user and group may look into it. */
export const sandboxMode = 0o750;

/** How old a list of this machine's processes may be to tell what containers use. */
export const processListAgeMaxMs = 100;

/** How often the killing of a container's processes is repeated before it is reported as failed, and the pause between. */
export const destroyRoundsMax = 100;
export const destroyRoundMs = 20;

/** Where the agent's own log stands among the files. */
export const agentLogPath = '/slave/log';

/** The realms of the agent's HTTP endpoints. */
export const readonlyRealm = 'mesos-agent-readonly';
export const readwriteRealm = 'mesos-agent-readwrite';
export const executorRealm = 'mesos-agent-executor';

/** The longest name of a container. */
export const containerIdLengthMax = 242;

/** How often an executor that speaks HTTP hears HEARTBEAT. */
export const executorHeartbeatIntervalMs = 30 * 60_000;
