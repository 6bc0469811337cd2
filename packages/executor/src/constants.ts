/** The message that carries a call from an executor to its agent. */
export const callMessage = 'mesos.v1.executor.Call';

/** The message that carries an event from an agent to an executor. */
export const eventMessage = 'mesos.v1.executor.Event';

/** What an executor tells itself. */
export const noticeMessage = 'executor.Notice';

/** The name of an executor's actor. */
export const executorId = 'executor(1)';

/**
 * How long an agent that is connected may take to answer SUBSCRIBE before it is asked again. Nothing is lost over a connection that
 * holds, so this is for agents that chose not to answer: asking a busy one twice would only confuse it.
 */
export const subscribeRetryMs = 10_000;

/**
 * How often an executor says over HTTP that it is there, so that nobody on the way takes its connection for a dead one. As Mesos's
 * library for executors.
 */
export const heartbeatMs = 30 * 60_000;

/** The shortest wait before an agent that was lost is dialled again. */
export const subscribeBackoffMinMs = 50;

/** How long a stopping executor waits for acknowledgements while its agent is there. As Mesos's command executor. */
export const acknowledgementsTimeoutMs = 60_000;

/** The same when it is shutting down, within its grace period: an agent that is ending itself may have nothing more to say. */
export const shutdownAcknowledgementsTimeoutMs = 1_000;

/** Updates that may wait for acknowledgements; an executor that makes more of them while its agent is away fails. */
export const unacknowledgedUpdatesMax = 100_000;

/** The length of the uuid of an update, in bytes. */
export const uuidBytes = 16;

/** What `MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD` is when it is not set. */
export const shutdownGracePeriodMs = 5_000;

/** What `MESOS_RECOVERY_TIMEOUT` is when it is not set. */
export const recoveryTimeoutMs = 15 * 60_000;

/** What `MESOS_SUBSCRIPTION_BACKOFF_MAX` is when it is not set. */
export const subscriptionBackoffMaxMs = 2_000;

/** The environment variable with the token that the agent has given the executor. */
export const tokenVariable = 'MESOS_EXECUTOR_AUTHENTICATION_TOKEN';

/** What the names of variables for a command task begin with in its executor's environment: resolved secrets. The rest is the name for the task. */
export const taskVariablePrefix = 'MESOS_TASK_VARIABLE_';
