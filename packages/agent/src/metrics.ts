/** The agent's metrics, under Mesos's names (Mesos's `docs/monitoring.md`). */
import type { Counter, MetricMaker, Metrics } from '@mesos-ts/libprocess';
import type { Resources, TaskState } from '@mesos-ts/protocol';

import { executorsOf, launchedTasksOf, usedResources } from './state/agent-state.ts';
import type { AgentState } from './state/agent-state.ts';
import type { ExecutorPhase } from './state/executor-state.ts';

/** What the agent counts as it goes. */
export interface AgentCounters {
  readonly containerLaunchErrors: Counter;
  /** Event streams that were ended because their readers were too slow. */
  readonly eventStreamsCut: Counter;
  readonly executorsTerminated: Counter;
  /** Requests for state that were answered with the answer to another one. */
  readonly httpCacheHits: Counter;
  readonly invalidFrameworkMessages: Counter;
  readonly invalidStatusUpdates: Counter;
  readonly validFrameworkMessages: Counter;
  readonly validStatusUpdates: Counter;
  /** Counts a task that ended in that state, if Mesos has a metric for it. */
  taskEnded(state: TaskState): void;
}

/** Where the gauges look. */
export interface AgentGauges {
  readonly state: AgentState;
  readonly total: Resources;
  isRegistered(): boolean;
  uptimeSecs(): number;
}

const endedStates: Partial<Record<TaskState, string>> = {
  TASK_FAILED: 'slave/tasks_failed',
  TASK_FINISHED: 'slave/tasks_finished',
  TASK_GONE: 'slave/tasks_gone',
  TASK_KILLED: 'slave/tasks_killed',
  TASK_LOST: 'slave/tasks_lost',
};

/** The agent's counters, all of them known to the metrics from the start. */
export function createCounters(metrics: Metrics): AgentCounters {
  for (const name of Object.values(endedStates)) metrics.counter(name);
  metrics.counter('slave/executors_preempted');
  metrics.counter('slave/recovery_errors');
  // No container has a root file system of its own.
  metrics.counter('containerizer/mesos/provisioner/remove_container_errors');
  metrics.counter('containerizer/mesos/provisioner/bind/remove_rootfs_errors');
  // Sandboxes stay until somebody removes them.
  metrics.counter('gc/path_removals_failed');
  metrics.counter('gc/path_removals_succeeded');
  return {
    containerLaunchErrors: metrics.counter('slave/container_launch_errors'),
    eventStreamsCut: metrics.counter('slave/event_streams_cut'),
    executorsTerminated: metrics.counter('slave/executors_terminated'),
    httpCacheHits: metrics.counter('slave/http_cache_hits'),
    invalidFrameworkMessages: metrics.counter('slave/invalid_framework_messages'),
    invalidStatusUpdates: metrics.counter('slave/invalid_status_updates'),
    validFrameworkMessages: metrics.counter('slave/valid_framework_messages'),
    validStatusUpdates: metrics.counter('slave/valid_status_updates'),
    taskEnded: (state) => {
      const name = endedStates[state];
      if (name !== undefined) metrics.counter(name).increment();
    },
  };
}

/** Declares what is computed when it is asked for. */
export function declareGauges(metrics: Pick<MetricMaker, 'gauge'>, gauges: AgentGauges): void {
  const { state, total } = gauges;
  metrics.gauge('slave/registered', () => (gauges.isRegistered() ? 1 : 0));
  metrics.gauge('slave/uptime_secs', () => gauges.uptimeSecs());
  // An agent that starts has nothing to recover.
  metrics.gauge('slave/recovery_time_secs', () => 0);
  metrics.gauge('gc/path_removals_pending', () => 0);
  // However old they are.
  metrics.gauge('slave/executor_directory_max_allowed_age_secs', () => Number.MAX_SAFE_INTEGER);
  metrics.gauge('containerizer/mesos/filesystem/containers_new_rootfs', () => 0);
  // There is no cache: every URI is fetched for each task.
  metrics.gauge('containerizer/fetcher/cache_size_total_bytes', () => 0);
  metrics.gauge('containerizer/fetcher/cache_size_used_bytes', () => 0);
  metrics.gauge('slave/frameworks_active', () => state.frameworks.size);
  const staging = (): number => [...executorsOf(state)].reduce((sum, executor) => sum + executor.queuedTasks.size, 0);
  metrics.gauge('slave/tasks_staging', () => staging() + tasksIn(state, 'TASK_STAGING'));
  metrics.gauge('slave/tasks_starting', () => tasksIn(state, 'TASK_STARTING'));
  metrics.gauge('slave/tasks_running', () => tasksIn(state, 'TASK_RUNNING'));
  metrics.gauge('slave/tasks_killing', () => tasksIn(state, 'TASK_KILLING'));
  metrics.gauge('slave/executors_registering', () => executorsIn(state, 'REGISTERING'));
  metrics.gauge('slave/executors_running', () => executorsIn(state, 'RUNNING'));
  metrics.gauge('slave/executors_terminating', () => executorsIn(state, 'TERMINATING'));
  for (const name of ['cpus', 'gpus', 'mem', 'disk']) {
    for (const [infix, select] of [
      ['', (resources: Resources) => resources.nonRevocable()],
      ['_revocable', (resources: Resources) => resources.revocable()],
    ] as const) {
      const have = (): number => select(total).scalar(name);
      const used = (): number => select(usedResources(state)).scalar(name);
      metrics.gauge(`slave/${name}${infix}_total`, have);
      metrics.gauge(`slave/${name}${infix}_used`, used);
      metrics.gauge(`slave/${name}${infix}_percent`, () => (have() === 0 ? 0 : used() / have()));
    }
  }
}

function tasksIn(state: AgentState, taskState: TaskState): number {
  return [...launchedTasksOf(state)].filter((task) => task.state === taskState).length;
}

function executorsIn(state: AgentState, phase: ExecutorPhase): number {
  return [...executorsOf(state)].filter((executor) => executor.phase === phase).length;
}
