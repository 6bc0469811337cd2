import { excludesNone, readOfferConstraints, type OfferConstraintsFilter } from '../allocator/offer-constraints.ts';
import {
  countFor,
  frameworkRecord,
  updateFrameworkInfo,
  type FrameworkConnection,
  type FrameworkRecord,
} from '../state/framework.ts';
import { equalMessages } from '../validation/equal.ts';
import { validateFramework, validateFrameworkUpdate, validateWishes } from '../validation/framework.ts';
import { withdrawInverseOffers } from './inverse-offers.ts';
import { rescindOffer, withdrawOffers } from './offers.ts';
import { forbidden, invalid, type Refusal } from './refusal.ts';
import { frameworkAdded, frameworkRemoved, frameworkUpdated } from './operator-events.ts';
import { removeExecutor, removeTask, updateTask, verdictOn } from './tasks.ts';
import { nameOf } from './turn.ts';
import {
  frameworkRoles,
  validateRole,
  type FrameworkInfo,
  type SchedulerCall_Subscribe,
  type SchedulerCall_UpdateFramework,
} from '@mesos-ts/protocol';
import type { Approvers } from '@mesos-ts/daemon';
import type { AllocationWishes } from '../validation/framework.ts';
import type { Turn } from './turn.ts';

/** SUBSCRIBE: a scheduler introduces itself, for the first time or again. */
export function subscribe(turn: Turn, connection: FrameworkConnection, call: SchedulerCall_Subscribe): void {
  const info = withPrincipal(turn, call.framework_info, connection.principal);
  const id = info.id?.value ?? '';
  turn.count(id === '' ? 'messages_register_framework' : 'messages_reregister_framework');
  const error =
    validate(turn, info) ??
    validateWishes(new Set(frameworkRoles(info)), call, turn.settings.regexLimits) ??
    forbids(turn.approvers(info.principal), info);
  if (error !== undefined) {
    refuseSubscription(turn, connection, info, error);
    return;
  }
  if (id === '') subscribeNew(turn, connection, info, call);
  else subscribeAgain(turn, connection, info, id, call);
}

/** A framework that has proved who it is need not say so again. */
function withPrincipal(turn: Turn, info: FrameworkInfo, principal: string | undefined): FrameworkInfo {
  if (principal === undefined || info.principal !== undefined) return info;
  turn.warn(`Framework '${info.name}' has authenticated as '${principal}': that is its principal, though it sets none`);
  return { ...info, principal };
}

/** Why a principal may not register a framework, or nothing. */
function forbids(approvers: Approvers, info: FrameworkInfo): string | undefined {
  if (approvers.approves('REGISTER_FRAMEWORK', { framework_info: info })) return undefined;
  const roles = frameworkRoles(info).toSorted().join(', ');
  return `Not authorized to register framework ${info.id?.value ?? ''} with roles { ${roles} }`;
}

function validate(turn: Turn, info: FrameworkInfo): string | undefined {
  const { roles, rootSubmissions } = turn.settings;
  return validateFramework(info, {
    roles,
    rootSubmissions,
    isCompleted: (id) => turn.cluster.completedFrameworks.has(id),
  });
}

/** Answers a subscription by what is wrong with it, and ends its connection. */
export function refuseSubscription(
  turn: Turn,
  connection: FrameworkConnection,
  info: FrameworkInfo | undefined,
  message: string,
): void {
  turn.info(`Refusing subscription of framework '${info?.name ?? ''}' via ${connection.name}: ${message}`);
  turn.eventTo(connection, { type: 'ERROR', error: { message } });
  turn.close(connection);
}

function subscribeNew(
  turn: Turn,
  connection: FrameworkConnection,
  info: FrameworkInfo,
  wishes: AllocationWishes,
): void {
  const known = turn.cluster.frameworkVia(connection.key);
  if (known !== undefined) {
    turn.info(`${nameOf(known)} is subscribed already, telling it so again`);
    sayHello(turn, known);
    return;
  }
  const framework = addFramework(turn, turn.cluster.newFrameworkId(), info, wishes);
  turn.info(`Subscribing new ${nameOf(framework)}`);
  connect(turn, framework, connection);
  turn.publish(() => frameworkAdded(framework));
}

function subscribeAgain(
  turn: Turn,
  connection: FrameworkConnection,
  offered: FrameworkInfo,
  id: string,
  wishes: AllocationWishes,
): void {
  const { cluster } = turn;
  const other = cluster.frameworkVia(connection.key);
  if (other !== undefined && other.id !== id) {
    // An answer would reach the framework that is connected already.
    turn.warn(`Dropping SUBSCRIBE call for framework ${id}: ${nameOf(other)} is connected there already`);
    return;
  }
  const known = cluster.frameworks.get(id);
  // A subscription changes neither the user nor checkpointing: UPDATE_FRAMEWORK would refuse that, a restart should not.
  const info = known === undefined ? offered : withImmutable(known.info, offered);
  const error = known === undefined ? undefined : validateFrameworkUpdate(known.info, info);
  if (error !== undefined) {
    refuseSubscription(turn, connection, info, error);
    return;
  }
  // A master that has never heard of the framework takes its word for it.
  const framework = known ?? recoverFramework(turn, id, info, wishes);
  if (known === undefined) {
    turn.publish(() => frameworkAdded(framework));
  } else {
    update(turn, framework, info, wishes);
    framework.reregisteredTimeMs = turn.nowMs;
  }
  turn.info(`Subscribing ${nameOf(framework)} again`);
  takeOver(turn, framework, connection);
  connect(turn, framework, connection);
  sendFrameworkUpdates(turn, framework);
}

function withImmutable(before: FrameworkInfo, after: FrameworkInfo): FrameworkInfo {
  const { checkpoint: _, ...rest } = after;
  return {
    ...rest,
    user: before.user,
    ...(before.checkpoint === undefined ? {} : { checkpoint: before.checkpoint }),
  };
}

/** Ends what the framework's former scheduler had. */
function takeOver(turn: Turn, framework: FrameworkRecord, connection: FrameworkConnection): void {
  // Whoever subscribes has no offers: the former scheduler's, or those it forgot.
  withdrawOffers(turn, framework.offers, 'discard', 'The framework subscribed again');
  withdrawInverseOffers(turn, framework.inverseOffers, 'discard');
  const former = framework.connection;
  if (former === undefined || former.key === connection.key) return;
  turn.eventTo(former, { type: 'ERROR', error: { message: 'Framework failed over' } });
  turn.close(former);
  if (former.pid !== undefined) turn.unlink(former.pid);
}

/** Adds a framework whose id is of another master, or of this one before it was started again. */
export function recoverFramework(
  turn: Turn,
  id: string,
  info: FrameworkInfo,
  wishes: AllocationWishes = {},
): FrameworkRecord {
  const framework = addFramework(turn, id, info, wishes);
  framework.recovered = true;
  return framework;
}

/** Adds a framework that is not connected yet. */
function addFramework(turn: Turn, id: string, info: FrameworkInfo, wishes: AllocationWishes): FrameworkRecord {
  const { completedTasksMax, unreachableTasksMax } = turn.settings;
  const framework = frameworkRecord(id, info, turn.nowMs, { completedTasksMax, unreachableTasksMax });
  turn.cluster.addFramework(framework);
  framework.offerConstraints = wishes.offer_constraints ?? {};
  turn.allocator({ type: 'add-framework', frameworkId: id, info: framework.info, ...allocatorWishes(turn, wishes) });
  return framework;
}

function connect(turn: Turn, framework: FrameworkRecord, connection: FrameworkConnection): void {
  turn.cluster.connectFramework(framework, connection);
  framework.approvers = turn.approvers(framework.info.principal);
  countFor(framework, 'calls', 'SUBSCRIBE');
  if (framework.recovered) {
    framework.recovered = false;
    framework.registeredTimeMs = turn.nowMs;
    framework.reregisteredTimeMs = turn.nowMs;
  }
  framework.subscriptions++;
  framework.reconciliations.length = 0;
  if (connection.pid !== undefined) turn.link(connection.pid);
  turn.stopTimer({ type: 'framework-failover', frameworkId: framework.id, subscriptions: 0 });
  sayHello(turn, framework);
  if (!framework.active) {
    framework.active = true;
    turn.allocator({ type: 'activate-framework', frameworkId: framework.id });
  }
}

/** SUBSCRIBED, and the first heartbeat. */
function sayHello(turn: Turn, framework: FrameworkRecord): void {
  turn.event(framework, {
    type: 'SUBSCRIBED',
    subscribed: {
      framework_id: { value: framework.id },
      heartbeat_interval_seconds: turn.settings.heartbeatIntervalMs / 1000,
      master_info: turn.cluster.masterInfo,
    },
  });
  heartbeat(turn, framework.id, framework.subscriptions);
}

/** HEARTBEAT, and the next one. */
export function heartbeat(turn: Turn, frameworkId: string, subscriptions: number): void {
  const framework = turn.cluster.frameworks.get(frameworkId);
  if (framework?.connection === undefined || framework.subscriptions !== subscriptions) return;
  turn.event(framework, { type: 'HEARTBEAT' });
  turn.startTimer(turn.settings.heartbeatIntervalMs, { type: 'heartbeat', frameworkId, subscriptions });
}

/** A scheduler did not read its events, and its stream was broken off. */
export function schedulerCutOff(turn: Turn, framework: FrameworkRecord | undefined): void {
  const whose = framework === undefined ? 'a scheduler that had left' : nameOf(framework);
  turn.warn(`Cut off ${whose}: it read its events too slowly`);
  turn.count('event_streams_cut');
}

/** The connection to a scheduler broke: it may come back for as long as its framework's failover timeout. */
export function frameworkDisconnected(turn: Turn, framework: FrameworkRecord): void {
  turn.info(`Disconnected ${nameOf(framework)}`);
  turn.cluster.connectFramework(framework, undefined);
  turn.stopTimer({ type: 'heartbeat', frameworkId: framework.id, subscriptions: 0 });
  deactivate(turn, framework);
  const seconds = Math.max(0, framework.info.failover_timeout ?? 0);
  if (seconds === 0) {
    removeFramework(turn, framework);
    return;
  }
  turn.info(`Giving ${nameOf(framework)} ${seconds} s to fail over`);
  turn.startTimer(seconds * 1000, {
    type: 'framework-failover',
    frameworkId: framework.id,
    subscriptions: framework.subscriptions,
  });
}

function deactivate(turn: Turn, framework: FrameworkRecord): void {
  if (!framework.active) return;
  framework.active = false;
  turn.allocator({ type: 'deactivate-framework', frameworkId: framework.id });
  withdrawOffers(turn, framework.offers, 'rescind', 'The scheduler is disconnected');
  withdrawInverseOffers(turn, framework.inverseOffers, 'rescind');
}

/** A framework did not come back in time. */
export function failoverTimedOut(turn: Turn, frameworkId: string, subscriptions: number): void {
  const framework = turn.cluster.frameworks.get(frameworkId);
  if (framework === undefined || framework.connection !== undefined) return;
  if (framework.subscriptions !== subscriptions) return;
  turn.info(`Framework failover timeout, removing ${nameOf(framework)}`);
  removeFramework(turn, framework);
}

/** TEARDOWN: the framework is done. */
export function teardown(turn: Turn, framework: FrameworkRecord): void {
  turn.info(`Processing TEARDOWN call for ${nameOf(framework)}`);
  turn.count('messages_unregister_framework');
  removeFramework(turn, framework);
}

/** Ends a framework: its executors everywhere, its tasks, its offers. It becomes one of the completed ones. */
export function removeFramework(turn: Turn, framework: FrameworkRecord): void {
  const { cluster } = turn;
  turn.info(`Removing ${nameOf(framework)}`);
  if (framework.active) {
    framework.active = false;
    turn.allocator({ type: 'deactivate-framework', frameworkId: framework.id });
  }
  withdrawOffers(turn, framework.offers, 'discard', 'The framework has ended');
  withdrawInverseOffers(turn, framework.inverseOffers, 'discard');
  cluster.inverseOffers.forgetFramework(framework.id);
  // All agents: one that the master believes to run nothing of the framework may be wrong.
  for (const agent of cluster.agents.values()) {
    if (!agent.connected) continue; // It will be told when it is back.
    turn.send(agent.pid, 'mesos.internal.ShutdownFrameworkMessage', { framework_id: { value: framework.id } });
  }
  const verdict = {
    state: 'TASK_KILLED',
    message: `Framework ${framework.id} removed`,
    reason: 'REASON_FRAMEWORK_REMOVED',
  } as const;
  for (const record of framework.tasks.values()) {
    updateTask(turn, record, verdictOn(turn, record, verdict));
    removeTask(turn, record);
  }
  for (const [id, record] of framework.unreachableTasks) {
    updateTask(turn, record, verdictOn(turn, record, verdict));
    framework.unreachableTasks.delete(id);
    framework.completedTasks.set(record, record);
  }
  for (const [agentId, executors] of framework.executors) {
    const agent = cluster.agents.get(agentId);
    if (agent === undefined) continue;
    for (const executorId of executors.keys()) removeExecutor(turn, agent, framework.id, executorId);
  }
  const { connection } = framework;
  if (connection !== undefined) {
    cluster.connectFramework(framework, undefined);
    if (connection.pid !== undefined) turn.unlink(connection.pid);
    turn.close(connection);
  }
  turn.stopTimer({ type: 'heartbeat', frameworkId: framework.id, subscriptions: 0 });
  turn.stopTimer({ type: 'framework-failover', frameworkId: framework.id, subscriptions: 0 });
  framework.unregisteredTimeMs = turn.nowMs;
  cluster.completeFramework(framework);
  turn.allocator({ type: 'remove-framework', frameworkId: framework.id });
  turn.publish(() => frameworkRemoved(framework));
}

/** UPDATE_FRAMEWORK: the framework changes what it said of itself. Answers what is wrong with that, or nothing. */
export function updateFramework(
  turn: Turn,
  framework: FrameworkRecord,
  call: SchedulerCall_UpdateFramework,
): Refusal | undefined {
  const info = call.framework_info;
  const error = validate(turn, info);
  if (error !== undefined) return invalid(`Supplied FrameworkInfo is not valid: ${error}`);
  const updateError = validateFrameworkUpdate(framework.info, info);
  if (updateError !== undefined) return invalid(`FrameworkInfo update is not valid: ${updateError}`);
  const wishesError = validateWishes(new Set(frameworkRoles(info)), call, turn.settings.regexLimits);
  if (wishesError !== undefined) return invalid(`'UpdateFramework' call is not valid: ${wishesError}`);
  const problem = forbids(framework.approvers, info);
  if (problem !== undefined) return forbidden(problem);
  turn.info(`Processing UPDATE_FRAMEWORK call for ${nameOf(framework)}`);
  const before = framework.info;
  update(turn, framework, info, call);
  // Which roles are suppressed is nobody else's business.
  if (!equalMessages(before, framework.info)) sendFrameworkUpdates(turn, framework);
  return undefined;
}

/** Wishes that have passed their check, as the allocator takes them. */
function allocatorWishes(
  turn: Turn,
  { offer_constraints = {}, suppressed_roles = [] }: AllocationWishes,
): {
  readonly suppressedRoles: readonly string[];
  readonly excludes: OfferConstraintsFilter;
} {
  return {
    suppressedRoles: suppressed_roles,
    excludes: readOfferConstraints(offer_constraints, turn.settings.regexLimits).value ?? excludesNone,
  };
}

function update(turn: Turn, framework: FrameworkRecord, info: FrameworkInfo, wishes: AllocationWishes): void {
  updateFrameworkInfo(framework, info);
  framework.offerConstraints = wishes.offer_constraints ?? {};
  turn.allocator({
    type: 'update-framework',
    frameworkId: framework.id,
    info: framework.info,
    ...allocatorWishes(turn, wishes),
  });
  for (const id of framework.offers) {
    const offer = turn.cluster.offers.get(id);
    if (offer !== undefined && !framework.roles.has(offer.role)) {
      rescindOffer(turn, offer, 'The framework has left the role');
    }
  }
}

/** Tells operators and agents what is new about a framework. */
function sendFrameworkUpdates(turn: Turn, framework: FrameworkRecord): void {
  turn.publish(() => frameworkUpdated(framework));
  for (const agent of turn.cluster.agents.values()) {
    if (!agent.connected) continue;
    turn.send(agent.pid, 'mesos.internal.UpdateFrameworkMessage', {
      framework_id: { value: framework.id },
      framework_info: framework.info,
      ...(framework.pid === undefined ? {} : { pid: framework.pid.toString() }),
    });
  }
}

/** SUPPRESS: no more offers for some roles, or for all. Answers what is wrong with that, or nothing. */
export function suppress(turn: Turn, framework: FrameworkRecord, roles: readonly string[]): string | undefined {
  turn.count('messages_suppress_offers');
  const error = validateRoles(framework, roles, 'suppression');
  if (error === undefined) turn.allocator({ type: 'suppress', frameworkId: framework.id, roles });
  return error;
}

/** REVIVE: offers again for some roles, or for all, and what was declined before too. */
export function revive(turn: Turn, framework: FrameworkRecord, roles: readonly string[]): string | undefined {
  turn.count('messages_revive_offers');
  const error = validateRoles(framework, roles, 'revive');
  if (error === undefined) turn.allocator({ type: 'revive', frameworkId: framework.id, roles });
  return error;
}

function validateRoles(framework: FrameworkRecord, roles: readonly string[], what: string): string | undefined {
  for (const role of roles) {
    const error = validateRole(role);
    if (error !== undefined) return `${what} role '${role}' is invalid: ${error}`;
    if (!framework.roles.has(role)) return `${what} role '${role}' is not one of the frameworks's subscribed roles`;
  }
  return undefined;
}
