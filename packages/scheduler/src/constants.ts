/** The message that carries a call from a scheduler to the master. */
export const callMessage = 'mesos.v1.scheduler.Call';

/** The message that carries an event from the master to a scheduler. */
export const eventMessage = 'mesos.v1.scheduler.Event';

/** What a scheduler's actor tells itself. */
export const noticeMessage = 'scheduler.Notice';

/** The name of the master's actor. */
export const masterId = 'master';

/** Bounds the random wait before the second attempt to subscribe; it doubles from attempt to attempt. As in Mesos's driver. */
export const subscribeBackoffMs = 2_000;

/** The longest that attempts to subscribe are apart. As in Mesos's driver. */
export const subscribeBackoffMaxMs = 60_000;

/** The shortest wait before a master that cannot be reached is dialled again. */
export const subscribeDelayMinMs = 50;

/** How long a master that is connected may take to answer before it is asked again: nothing is lost over a connection that holds. */
export const subscribeAnswerMs = 2_000;

/** So many heartbeat intervals without any event, and the master counts as lost. */
export const heartbeatsMissedMax = 3;

/** Tasks that are asked for by one call. */
export const reconcileTasksMax = 10_000;

/** Bounds the random wait before tasks that no answer has come for are asked for again; it doubles from time to time. */
export const reconcileBackoffMs = 5_000;

/** The longest that such a wait may be. */
export const reconcileBackoffMaxMs = 60_000;

/** The path of the scheduler API on a master. */
export const schedulerPath = '/api/v1/scheduler';

/** How long a master may take to answer a call or an attempt to subscribe over HTTP, and then to say that it has taken the framework. */
export const httpAnswerMs = 30_000;

/** Events of a `SchedulerClient` that may wait for being asked for. */
export const eventsWaitingMaxDefault = 100;
