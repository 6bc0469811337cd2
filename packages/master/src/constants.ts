/** The oldest agent that is let in. */
export const agentVersionMin = '1.0.0';

/** How often schedulers and subscribers of the operator API hear HEARTBEAT unless the flag says otherwise, in milliseconds. */
export const defaultHeartbeatIntervalMs = 15_000;

/** How long declined resources are not offered again when the framework does not say, in seconds (`Filters` in mesos.proto). */
export const defaultRefuseSeconds = 5;

/** The longest refusal, in seconds: a year. */
export const refuseSecondsMax = 365 * 24 * 60 * 60;

/** The smallest agent re-registration timeout that is accepted, in milliseconds. */
export const agentReregisterTimeoutMinMs = 10 * 60 * 1000;

/** The least that an executor of a task group may ask for: cpus, and megabytes of memory. */
export const executorCpusMin = 0.01;
export const executorMemMin = 32;

/** How many agents that were removed or marked unreachable are remembered. */
export const removedAgentsMax = 100_000;

/** How many unreachable tasks of a framework are remembered. */
export const defaultUnreachableTasksMax = 1000;

/** How many statuses of a task are kept; the oldest go first. */
export const taskStatusesMax = 100;

/** How many tasks `/tasks` lists unless it is told otherwise. */
export const tasksLimit = 100;

/** How many frameworks that have ended are remembered, and how many ended tasks of each framework. */
export const defaultCompletedFrameworksMax = 50;
export const defaultCompletedTasksMax = 1000;

/** Under which path `/files` shows the master's log. */
export const masterLogPath = '/master/log';

/** The realms of the master's HTTP endpoints. */
export const readonlyRealm = 'mesos-master-readonly';
export const readwriteRealm = 'mesos-master-readwrite';
export const schedulerRealm = 'mesos-master-scheduler';

/** The longest body of a request to change something, in bytes. */
export const changeBytesMax = 1024 * 1024;

/** How many operators may be subscribed to events at a time. */
export const defaultSubscribersMax = 1000;
