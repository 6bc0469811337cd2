import { declareEventQueue } from '@mesos-ts/daemon';
import { Offer_Operation_Type } from '@mesos-ts/protocol';
import type { PID, ProcessRuntime } from '@mesos-ts/libprocess';
import type { TaskState } from '@mesos-ts/protocol';
import type { AgentRecord } from './state/agent.ts';
import type { Leadership } from './leadership.ts';
import type { Cluster } from './state/cluster.ts';
import { unreachableTasks, type FrameworkRecord } from './state/framework.ts';

/** Counters that exist from the start: clients look for them before anything happened. The names are Mesos's. */
const counters = [
  'dropped_messages',
  'event_streams_cut',
  'http_cache_hits',
  'invalid_executor_to_framework_messages',
  'invalid_framework_to_executor_messages',
  'invalid_operation_status_update_acknowledgements',
  'invalid_operation_status_updates',
  'invalid_status_update_acknowledgements',
  'invalid_status_updates',
  'messages_authenticate',
  'messages_deactivate_framework',
  'messages_decline_offers',
  'messages_executor_to_framework',
  'messages_exited_executor',
  'messages_framework_to_executor',
  'messages_kill_task',
  'messages_launch_tasks',
  'messages_operation_status_update',
  'messages_operation_status_update_acknowledgement',
  'messages_reconcile_operations',
  'messages_reconcile_tasks',
  'messages_register_framework',
  'messages_register_slave',
  'messages_reregister_framework',
  'messages_reregister_slave',
  'messages_resource_request',
  'messages_revive_offers',
  'messages_status_update',
  'messages_status_update_acknowledgement',
  'messages_suppress_offers',
  'messages_unregister_framework',
  'messages_unregister_slave',
  'messages_update_slave',
  // Streams of operator events that were ended: those that read too slowly, and those that gave way to newer ones.
  'operator_event_streams_replaced',
  'operator_event_streams_too_slow',
  // Threads that tell the state and failed, or could not be started.
  'read_model_failures',
  'recovery_slave_removals',
  'slave_registrations',
  'slave_removals',
  'slave_removals/reason_registered',
  'slave_removals/reason_unhealthy',
  'slave_removals/reason_unregistered',
  'slave_reregistrations',
  'slave_shutdowns_canceled',
  'slave_shutdowns_completed',
  'slave_shutdowns_scheduled',
  'slave_unreachable_canceled',
  'slave_unreachable_completed',
  'slave_unreachable_scheduled',
  'tasks_dropped',
  'tasks_error',
  'tasks_failed',
  'tasks_finished',
  'tasks_gone',
  'tasks_gone_by_operator',
  'tasks_killed',
  'tasks_lost',
  'valid_executor_to_framework_messages',
  'valid_framework_to_executor_messages',
  'valid_operation_status_update_acknowledgements',
  'valid_operation_status_updates',
  'valid_status_update_acknowledgements',
  'valid_status_updates',
] as const;

const taskGauges: readonly (readonly [name: string, state: TaskState])[] = [
  ['tasks_killing', 'TASK_KILLING'],
  ['tasks_running', 'TASK_RUNNING'],
  ['tasks_staging', 'TASK_STAGING'],
  ['tasks_starting', 'TASK_STARTING'],
];

/** The kinds of operations that Mesos counts by state: all but launches, which are counted as tasks. */
const operationTypes = Object.values(Offer_Operation_Type).filter(
  (type) => !['UNKNOWN', 'LAUNCH', 'LAUNCH_GROUP'].includes(type),
);

const operationStates = [
  'total',
  'pending',
  'recovering',
  'unreachable',
  'finished',
  'failed',
  'error',
  'dropped',
  'gone_by_operator',
];

/** Declares the master's metrics. Those that are computed from its state when somebody looks end with it. */
export function declareMetrics(
  runtime: ProcessRuntime,
  master: PID,
  cluster: Cluster,
  leadership: Pick<Leadership, 'wasElected'>,
): void {
  const { clock, metrics } = runtime;
  for (const name of counters) metrics.counter(`master/${name}`);
  const startedMs = clock.monotonic();
  const own = metrics.of(master);
  const gauge = (name: string, read: () => number): void => {
    own.gauge(`master/${name}`, read);
  };
  gauge('uptime_secs', () => (clock.monotonic() - startedMs) / 1000);
  gauge('elected', () => (leadership.wasElected ? 1 : 0));
  gauge('outstanding_offers', () => cluster.offers.size);
  declareEventQueue(runtime, master, {
    messages: 'master/event_queue_messages',
    dispatches: 'master/event_queue_dispatches',
    httpRequests: 'master/event_queue_http_requests',
  });
  declareAgents(gauge, cluster);
  declareFrameworks(gauge, cluster);
  declareResources(gauge, cluster);
  for (const [name, state] of taskGauges) {
    gauge(name, () => sum(cluster.frameworks.values(), (framework) => framework.taskStates.get(state) ?? 0));
  }
  gauge('tasks_unreachable', () => sum(cluster.frameworks.values(), unreachableTasks));
  // This master performs no operations, so there is none in any state.
  for (const prefix of ['', ...operationTypes.map((type) => `${type.toLowerCase()}/`)]) {
    for (const state of operationStates) gauge(`operations/${prefix}${state}`, () => 0);
  }
}

type Gauge = (name: string, read: () => number) => void;

function declareAgents(gauge: Gauge, cluster: Cluster): void {
  const count = (wanted: (agent: AgentRecord) => boolean): number =>
    sum(cluster.agents.values(), (agent) => (wanted(agent) ? 1 : 0));
  gauge('slaves_connected', () => count((agent) => agent.connected));
  gauge('slaves_disconnected', () => count((agent) => !agent.connected));
  gauge('slaves_active', () => count((agent) => agent.active));
  gauge('slaves_inactive', () => count((agent) => !agent.active));
  gauge('slaves_unreachable', () => cluster.unreachableAgents.size);
}

function declareFrameworks(gauge: Gauge, cluster: Cluster): void {
  const count = (wanted: (framework: FrameworkRecord) => boolean): number =>
    sum(cluster.frameworks.values(), (framework) => (wanted(framework) ? 1 : 0));
  gauge('frameworks_connected', () => count((framework) => framework.connection !== undefined));
  gauge('frameworks_disconnected', () => count((framework) => framework.connection === undefined));
  gauge('frameworks_active', () => count((framework) => framework.active));
  gauge('frameworks_inactive', () => count((framework) => !framework.active));
}

function declareResources(gauge: Gauge, cluster: Cluster): void {
  for (const name of ['cpus', 'gpus', 'mem', 'disk']) {
    for (const kind of ['', '_revocable'] as const) {
      const of = (agent: AgentRecord, what: 'total' | 'used'): number =>
        what === 'total'
          ? amount(agent.totalResources, name, kind)
          : sum(agent.usedResources.values(), (used) => amount(used, name, kind));
      const total = (): number => sum(cluster.agents.values(), (agent) => of(agent, 'total'));
      const used = (): number => sum(cluster.agents.values(), (agent) => of(agent, 'used'));
      gauge(`${name}${kind}_total`, total);
      gauge(`${name}${kind}_used`, used);
      gauge(`${name}${kind}_percent`, () => {
        const all = total();
        return all === 0 ? 0 : used() / all;
      });
    }
  }
}

function amount(resources: AgentRecord['totalResources'], name: string, kind: '' | '_revocable'): number {
  return (kind === '' ? resources.nonRevocable() : resources.revocable()).scalar(name);
}

function sum<T>(items: Iterable<T>, of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
