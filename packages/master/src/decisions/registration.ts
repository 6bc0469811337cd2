import { agentRecord, executorOf, taskOf, totalOf, usedOf, type AgentRecord } from '../state/agent.ts';
import { machineOf } from '../state/machines.ts';
import { ownTasks, reportedState, Sharing, taskRecord } from '../state/task.ts';
import { equalMessages } from '../validation/equal.ts';
import { validateRegistration, validateReregistration } from '../validation/agent.ts';
import { cancelScheduled, deactivateAgent, goneMessage, removeAgent } from './agents.ts';
import { recoverFramework } from './frameworks.ts';
import { startPinging } from './health.ts';
import { removeWithMachine } from './machines.ts';
import { forgetUnreachable } from './registry.ts';
import { agentAdded, frameworkAdded, taskAdded } from './operator-events.ts';
import { forward, removeExecutor } from './tasks.ts';
import { agentName } from './turn.ts';
import {
  agentCapabilities,
  unreservedRole,
  createStatusUpdate,
  isTerminalState,
  latestContainerStatus,
  type AgentID,
  type AgentInfo,
  type ExecutorInfo,
  type MasterAgentConnection,
  type ReconcileTasksMessage,
  type RegisterAgentMessage,
  type ReregisterAgentMessage,
  type Resource,
  type Task,
} from '@mesos-ts/protocol';
import { parseAddress, type PID } from '@mesos-ts/libprocess';
import type { FrameworkRecord } from '../state/framework.ts';
import type { Turn } from './turn.ts';

/** RegisterAgentMessage: an agent comes for the first time. */
export function registerAgent(
  turn: Turn,
  from: PID,
  message: RegisterAgentMessage,
  principal: string | undefined,
): void {
  turn.count('messages_register_slave');
  const error = validateRegistration(message) ?? forbids(turn, principal, message.agent);
  if (error !== undefined) {
    turn.warn(`Dropping registration of agent at ${from.toString()}: ${error}`);
    return;
  }
  const { cluster } = turn;
  const { registering } = cluster.transitions;
  const where = from.toString();
  if (registering.has(where)) {
    turn.info(`Ignoring registration of agent at ${where}: it is being registered`);
    return;
  }
  if (isOnDownMachine(turn, from, message.agent)) {
    refuseDown(turn, from, `registration of agent at ${where}`);
    return;
  }
  const known = cluster.agentAt(from);
  if (known?.connected === true) {
    turn.info(`Registered already: ${agentName(known)}, telling it so again`);
    turn.send(from, 'mesos.internal.AgentRegisteredMessage', {
      agent_id: { value: known.id },
      connection: connectionOf(turn),
    });
    return;
  }
  // At one address there is one agent: the one that was there is no more.
  if (known !== undefined) removeAgent(turn, known, 'a new agent registered at the same address', 'reason_registered');
  const info = { ...message.agent, id: { value: cluster.newAgentId() } };
  turn.info(`Registering agent at ${where} (${info.hostname}) with id ${info.id.value}`);
  registering.add(where);
  turn.registry({ type: 'admit-agent', info }, (later, isMade) => {
    registering.delete(where);
    if (isMade) admitted(later, from, message, info);
    // Ids begin with that of the master, which is random. The agent will ask again, and be given another.
    else later.warn(`Ignoring registration of agent at ${where}: there is an agent ${info.id.value} already`);
  });
}

/** The registry has an agent that has come for the first time. */
function admitted(
  turn: Turn,
  from: PID,
  message: RegisterAgentMessage,
  info: AgentInfo & { readonly id: AgentID },
): void {
  const id = info.id.value;
  const agent = agentRecord({
    id,
    incarnation: turn.cluster.newIncarnation(),
    pid: from,
    info,
    version: message.version ?? '',
    capabilities: agentCapabilities(message.agent_capabilities),
    registeredTimeMs: turn.nowMs,
    checkpointedResources: message.checkpointed_resources ?? [],
  });
  turn.cluster.addAgent(agent);
  turn.count('slave_registrations');
  welcome(turn, agent);
  turn.send(from, 'mesos.internal.AgentRegisteredMessage', { agent_id: { value: id }, connection: connectionOf(turn) });
  turn.info(`Registered ${agentName(agent)} with ${agent.totalResources.toString()}`);
  endIfDown(turn, agent);
}

function isOnDownMachine({ cluster }: Turn, from: PID, info: AgentInfo): boolean {
  return cluster.machines.isDown(machineOf(info, from));
}

function refuseDown(turn: Turn, from: PID, what: string): void {
  turn.warn(`Refusing ${what}: its machine is down`);
  turn.send(from, 'mesos.internal.ShutdownMessage', { message: 'Machine is `DOWN`' });
}

/** An operator may have taken its machine down while the registry was written. */
function endIfDown(turn: Turn, agent: AgentRecord): void {
  if (isOnDownMachine(turn, agent.pid, agent.info)) removeWithMachine(turn, agent);
}

/**
 * Why an agent may not register, or nothing. One that has reserved resources by its flags must be allowed to reserve for each role of
 * what it has, as in Mesos also for `*` where something is not reserved.
 */
function forbids(turn: Turn, principal: string | undefined, { resources = [] }: AgentInfo): string | undefined {
  const { approves } = turn.approvers(principal);
  const who = principal === undefined ? 'ANY principal' : `principal '${principal}'`;
  if (!approves('REGISTER_AGENT')) return `${who} is not authorized to register agents`;
  if (!resources.some((resource) => reservationRole(resource) !== unreservedRole)) return undefined;
  const refused = resources.find((resource) => !approves('RESERVE_RESOURCES', { resource }));
  return refused === undefined
    ? undefined
    : `${who} is not authorized to reserve resources for role '${reservationRole(refused)}'`;
}

function reservationRole({ reservations = [], role }: Resource): string {
  return reservations.at(-1)?.role ?? role ?? unreservedRole;
}

function connectionOf(turn: Turn): MasterAgentConnection {
  const { agentPingTimeoutMs, agentPingTimeoutsMax } = turn.settings;
  return { total_ping_timeout_seconds: (agentPingTimeoutMs * agentPingTimeoutsMax) / 1000 };
}

/** Begins the stay of an agent whose record is complete. */
function welcome(turn: Turn, agent: AgentRecord): void {
  turn.link(agent.pid);
  turn.allocator({
    type: 'add-agent',
    agent: {
      agentId: agent.id,
      capabilities: agent.capabilities,
      traits: agent.info,
      total: agent.totalResources,
      used: new Map(agent.usedResources),
      incarnation: agent.incarnation,
      unavailability: turn.cluster.machines.unavailabilityOf(agent.id),
    },
  });
  startPinging(turn, agent);
  turn.publish(() => agentAdded(agent));
}

/** ReregisterAgentMessage: an agent that has an id comes back, or comes to this master for the first time. */
export function reregisterAgent(
  turn: Turn,
  from: PID,
  message: ReregisterAgentMessage,
  principal: string | undefined,
): void {
  const { cluster } = turn;
  const id = message.agent.id?.value ?? '';
  const who = `agent ${id} at ${from.toString()} (${message.agent.hostname})`;
  const { transitions } = cluster;
  const isLeaving = transitions.removing.has(id);
  // One that leaves may come back: the registry has the one after the other.
  const ending = isLeaving ? undefined : transitions.ending(id);
  const inTheWay = transitions.reregistering.has(id) ? 'is being reregistered' : ending;
  if (inTheWay !== undefined) {
    turn.info(`Ignoring re-registration of ${who}: it ${inTheWay}`);
    return;
  }
  if (cluster.goneAgents.has(id)) {
    refuseGone(turn, from, who);
    return;
  }
  const error = validateReregistration(message) ?? forbids(turn, principal, message.agent);
  if (error !== undefined || id === '') {
    turn.warn(`Dropping re-registration of ${who}: ${error ?? 'it has no id'}`);
    return;
  }
  if (isOnDownMachine(turn, from, message.agent)) {
    refuseDown(turn, from, `re-registration of ${who}`);
    return;
  }
  const known = isLeaving ? undefined : cluster.agents.get(id);
  if (known !== undefined && isElsewhere(known, from, message.agent)) {
    turn.warn(`Refusing ${agentName(known)} at ${from.toString()} (${message.agent.hostname}): it is another machine`);
    turn.send(from, 'mesos.internal.ShutdownMessage', {
      message: 'Agent attempted to reregister with different IP / hostname',
    });
    return;
  }
  const other = cluster.agentAt(from);
  if (other !== undefined && other.id !== id) {
    removeAgent(turn, other, 'a new agent registered at the same address', 'reason_registered');
  }
  inRegistry(turn, message, (later, kept) => {
    transitions.reregistering.delete(id);
    const endingNow = transitions.ending(id);
    if (endingNow !== undefined) later.info(`Ignoring re-registration of ${who}: it ${endingNow}`);
    else if (cluster.goneAgents.has(id)) refuseGone(later, from, who);
    else returned(later, from, id, kept);
  });
}

/** Whether an agent that is registered is said to be on another machine: maintenance is planned for machines. */
function isElsewhere({ info, pid }: AgentRecord, from: PID, { hostname }: AgentInfo): boolean {
  return parseAddress(pid.address).ip !== parseAddress(from.address).ip || info.hostname !== hostname;
}

function refuseGone(turn: Turn, from: PID, who: string): void {
  turn.warn(`Refusing ${who}: ${goneMessage}`);
  turn.send(from, 'mesos.internal.ShutdownMessage', { message: goneMessage });
}

/**
 * Goes on when the registry has it that an agent which comes back is there, and what it says of itself. After a failover it has: there
 * is nothing to write for all those that come back as they were.
 * @param next Is given what the agent has said, with tasks of the master's own. What waits for a write is kept small: whole clusters may.
 */
function inRegistry(
  turn: Turn,
  message: ReregisterAgentMessage,
  next: (turn: Turn, message: ReregisterAgentMessage) => void,
): void {
  const info = message.agent;
  const { agents, recoveredAgents, transitions } = turn.cluster;
  const id = info.id?.value ?? '';
  const admittedInfo = transitions.removing.has(id) ? undefined : (agents.get(id) ?? recoveredAgents.get(id))?.info;
  const kept = message.tasks === undefined ? message : { ...message, tasks: ownTasks(message.tasks) };
  if (admittedInfo !== undefined && equalMessages(admittedInfo, info)) {
    next(turn, kept);
    return;
  }
  transitions.reregistering.add(id);
  // One that is in neither list was unreachable, or was for so long that it is forgotten; or it leaves just now.
  const type = admittedInfo === undefined ? 'mark-reachable' : 'update-agent';
  turn.registry({ type, info }, (later) => {
    next(later, kept);
  });
}

function returned(turn: Turn, from: PID, id: string, message: ReregisterAgentMessage): void {
  cancelScheduled(turn, id, 'it has reregistered');
  const known = turn.cluster.agents.get(id);
  if (known === undefined) readmit(turn, from, id, message);
  else comeBack(turn, from, known, message);
  const agent = turn.cluster.agents.get(id);
  if (agent !== undefined) endIfDown(turn, agent);
}

/** An agent that has not been with this master, or was taken for unreachable, comes with all it runs. */
function readmit(turn: Turn, from: PID, id: string, message: ReregisterAgentMessage): void {
  const { cluster } = turn;
  const unreachable = cluster.unreachableAgents.get(id);
  const recoveredAgent = cluster.recoveredAgents.get(id);
  const agent = agentRecord({
    id,
    incarnation: cluster.newIncarnation(),
    pid: from,
    info: message.agent,
    version: message.version ?? '',
    capabilities: agentCapabilities(message.agent_capabilities),
    registeredTimeMs: turn.nowMs,
    reregisteredTimeMs: turn.nowMs,
    checkpointedResources: message.checkpointed_resources ?? [],
  });
  forgetUnreachable(turn, id);
  cluster.recoveredAgents.delete(id);
  cluster.removedAgents.delete(id);
  cluster.addAgent(agent);
  const recovered = recoverFrameworks(turn, message);
  for (const executor of message.executor_infos ?? []) restoreExecutor(turn, agent, executor);
  // Who has subscribed to this master since it leads has not heard that the tasks of an agent it waits for were away.
  const news = recoveredAgent === undefined ? newsOf(unreachable !== undefined) : undefined;
  reviveCompleted(turn, message.tasks ?? []);
  const sharing = new Sharing();
  for (const task of message.tasks ?? []) restoreTask(turn, task, sharing, news);
  publishTasks(turn, agent, (framework) => !recovered.has(framework));
  if (!agent.totalResources.contains(usedOf(agent).unallocate())) {
    turn.warn(`${agentName(agent)} uses more than it has: ${usedOf(agent).toString()}`);
  }
  turn.count('slave_reregistrations');
  agent.deactivated = (recoveredAgent ?? unreachable)?.deactivated ?? false;
  welcome(turn, agent);
  if (agent.deactivated) deactivateAgent(turn, agent);
  turn.send(from, 'mesos.internal.AgentReregisteredMessage', {
    agent_id: { value: id },
    connection: connectionOf(turn),
  });
  for (const framework of recovered) turn.publish(() => frameworkAdded(framework));
  publishTasks(turn, agent, (framework) => recovered.has(framework));
  for (const archived of message.completed_frameworks ?? []) {
    const framework = cluster.frameworks.get(archived.framework_info.id?.value ?? '');
    for (const task of archived.tasks ?? []) {
      const record = taskRecord(task);
      framework?.completedTasks.set(record, record);
    }
  }
  turn.info(`Registered again: ${agentName(agent)} with ${agent.totalResources.toString()}`);
  updateAgentFrameworks(turn, agent, message);
}

/** Tells operators of the tasks that came with an agent, of some frameworks. */
function publishTasks(turn: Turn, agent: AgentRecord, isMeant: (framework: FrameworkRecord) => boolean): void {
  for (const [frameworkId, records] of agent.tasks) {
    const framework = turn.cluster.frameworks.get(frameworkId);
    if (framework === undefined || !isMeant(framework)) continue;
    for (const { task } of records.values()) turn.publish(() => taskAdded(framework, task));
  }
}

/** Adds the frameworks that are known from what agents run only; their schedulers have not subscribed to this master yet. */
function recoverFrameworks(turn: Turn, message: ReregisterAgentMessage): ReadonlySet<FrameworkRecord> {
  const recovered = new Set<FrameworkRecord>();
  for (const info of message.frameworks ?? []) {
    const id = info.id?.value;
    if (id === undefined || turn.cluster.frameworks.has(id) || turn.cluster.completedFrameworks.has(id)) continue;
    turn.info(`Recovering framework ${id} (${info.name}) from an agent that runs it`);
    recovered.add(recoverFramework(turn, id, info));
  }
  return recovered;
}

function restoreExecutor(turn: Turn, agent: AgentRecord, executor: ExecutorInfo): void {
  const framework = turn.cluster.frameworks.get(executor.framework_id?.value ?? '');
  // The executors of completed frameworks are told to end.
  if (framework !== undefined) turn.cluster.addExecutor(framework, agent, executor);
}

function newsOf(wasUnreachable: boolean): string {
  return wasUnreachable ? 'Unreachable agent re-reregistered' : 'Unknown agent reregistered';
}

/** Forgets that tasks were given up with their agent which run there after all. */
function reviveCompleted({ cluster }: Turn, tasks: readonly Task[]): void {
  const running = new Map<string, Set<string>>();
  for (const { framework_id, task_id } of tasks) {
    if ((cluster.frameworks.get(framework_id.value)?.completedTasks.size ?? 0) === 0) continue;
    const ids = running.get(framework_id.value);
    if (ids === undefined) running.set(framework_id.value, new Set([task_id.value]));
    else ids.add(task_id.value);
  }
  const agentId = tasks[0]?.agent_id.value;
  for (const [frameworkId, ids] of running) {
    const completed = cluster.frameworks.get(frameworkId)?.completedTasks;
    for (const record of completed?.keys() ?? []) {
      const { agent_id, task_id } = record.task;
      if (agent_id.value === agentId && ids.has(task_id.value)) completed?.delete(record);
    }
  }
}

/** @param message What its framework is told of its return, if anything. */
function restoreTask(turn: Turn, task: Task, sharing: Sharing, message: string | undefined): void {
  const framework = turn.cluster.frameworks.get(task.framework_id.value);
  if (framework === undefined) return;
  framework.unreachableTasks.delete(task.task_id.value);
  if (framework.tasks.has(task.task_id.value)) {
    // The framework has reused the id while the agent was away. There is no telling the two apart any more.
    turn.warn(`Ignoring task '${task.task_id.value}' of framework ${framework.id}: its id is in use elsewhere`);
    return;
  }
  const record = turn.cluster.addTask(task, sharing);
  // Nobody hears of it who is not there, nor is anything kept of it.
  if (message === undefined || framework.connection === undefined) return;
  const newest = task.statuses?.at(-1);
  const update = createStatusUpdate({
    frameworkId: task.framework_id,
    agentId: task.agent_id,
    taskId: task.task_id,
    executorId: task.executor_id,
    state: record.task.state,
    source: 'SOURCE_MASTER',
    reason: 'REASON_AGENT_REREGISTERED',
    message,
    nowMs: turn.nowMs,
    healthy: newest?.healthy,
    checkStatus: newest?.check_status,
    containerStatus: latestContainerStatus(task),
  });
  forward(turn, framework, update);
}

/** An agent that the master has among its registered ones registers again: its connection broke, or it restarted. */
function comeBack(turn: Turn, from: PID, agent: AgentRecord, message: ReregisterAgentMessage): void {
  if (!agent.pid.equals(from)) turn.unlink(agent.pid);
  turn.cluster.moveAgent(agent, from);
  turn.link(from);
  agent.info = message.agent;
  agent.version = message.version ?? '';
  agent.capabilities = agentCapabilities(message.agent_capabilities);
  agent.totalResources = totalOf(message.agent.resources ?? [], message.checkpointed_resources ?? []);
  agent.reregisteredTimeMs = turn.nowMs;
  const { capabilities, id, info, totalResources } = agent;
  turn.allocator({ type: 'update-agent', agentId: id, capabilities, traits: info, total: totalResources });
  turn.send(from, 'mesos.internal.AgentReregisteredMessage', {
    agent_id: { value: id },
    connection: connectionOf(turn),
    reconciliations: reconciliationsOf(turn, agent, message.tasks ?? []),
  });
  forgetExecutors(turn, agent, message.executor_infos ?? []);
  tellMissed(turn, agent, message);
  if (!agent.connected) {
    agent.connected = true;
    turn.stopTimer({ type: 'agent-reregister', agentId: id, incarnation: agent.incarnation });
    if (!agent.deactivated) {
      agent.active = true;
      turn.allocator({ type: 'activate-agent', agentId: id });
    }
  }
  turn.info(`Registered again: ${agentName(agent)}`);
  for (const framework of recoverFrameworks(turn, message)) turn.publish(() => frameworkAdded(framework));
  updateAgentFrameworks(turn, agent, message);
}

/** What the agent does not seem to run although it should: it answers for each of these tasks. */
function reconciliationsOf(turn: Turn, agent: AgentRecord, running: readonly Task[]): ReconcileTasksMessage[] {
  const known = new Set(running.map((task) => `${task.framework_id.value}/${task.task_id.value}`));
  const messages: ReconcileTasksMessage[] = [];
  for (const [frameworkId, tasks] of agent.tasks) {
    const missing = [...tasks.values()].filter(({ task }) => !known.has(`${frameworkId}/${task.task_id.value}`));
    const framework = turn.cluster.frameworks.get(frameworkId);
    if (missing.length === 0 || framework === undefined) continue;
    messages.push({
      framework_id: { value: frameworkId },
      framework: framework.info,
      statuses: missing.map(({ task }) => ({
        task_id: task.task_id,
        agent_id: { value: agent.id },
        state: reportedState(task),
        source: 'SOURCE_MASTER',
        reason: 'REASON_RECONCILIATION',
        message: 'Reconciliation request',
        timestamp: turn.nowMs / 1000,
      })),
    });
  }
  return messages;
}

/** Forgets executors that the agent does not run: their exits were missed. */
function forgetExecutors(turn: Turn, agent: AgentRecord, running: readonly ExecutorInfo[]): void {
  const known = new Set(running.map((executor) => `${executor.framework_id?.value}/${executor.executor_id.value}`));
  for (const [frameworkId, executors] of agent.executors) {
    for (const executorId of executors.keys()) {
      if (!known.has(`${frameworkId}/${executorId}`)) removeExecutor(turn, agent, frameworkId, executorId);
    }
  }
}

/**
 * Tells an agent what it may have missed while it was away: what to kill, and what was given up. The latter is what frameworks
 * without checkpointing ran; they were told that it is lost, so nobody waits for it, and its resources may be offered again.
 */
function tellMissed(turn: Turn, agent: AgentRecord, message: ReregisterAgentMessage): void {
  for (const { executor_id, framework_id } of message.executor_infos ?? []) {
    if (framework_id === undefined || executorOf(agent, framework_id.value, executor_id.value) !== undefined) continue;
    if (!turn.cluster.frameworks.has(framework_id.value)) continue;
    turn.warn(`${agentName(agent)} still runs executor '${executor_id.value}', which was given up`);
    turn.send(agent.pid, 'mesos.internal.ShutdownExecutorMessage', { framework_id, executor_id });
  }
  for (const { framework_id, state, task_id } of message.tasks ?? []) {
    if (isTerminalState(state) || !turn.cluster.frameworks.has(framework_id.value)) continue;
    const wanted = taskOf(agent, framework_id.value, task_id.value) !== undefined;
    const killed = agent.killedTasks.get(framework_id.value)?.has(task_id.value) === true;
    if (wanted && !killed) continue;
    turn.warn(
      `${agentName(agent)} still runs task '${task_id.value}', which was ${killed ? 'to be killed' : 'given up'}`,
    );
    turn.send(agent.pid, 'mesos.internal.KillTaskMessage', { framework_id, task_id });
  }
}

/** Brings an agent up to date about the frameworks it runs: what is new about them, or that they have ended. */
function updateAgentFrameworks(turn: Turn, agent: AgentRecord, message: ReregisterAgentMessage): void {
  for (const info of message.frameworks ?? []) {
    const framework_id = info.id;
    if (framework_id === undefined) continue;
    const framework = turn.cluster.frameworks.get(framework_id.value);
    if (framework !== undefined) {
      turn.send(agent.pid, 'mesos.internal.UpdateFrameworkMessage', {
        framework_id,
        framework_info: framework.info,
        ...(framework.pid === undefined ? {} : { pid: framework.pid.toString() }),
      });
    } else if (turn.cluster.completedFrameworks.has(framework_id.value)) {
      turn.info(`Shutting down framework ${framework_id.value} on ${agentName(agent)}: it has ended`);
      turn.send(agent.pid, 'mesos.internal.ShutdownFrameworkMessage', { framework_id });
    }
  }
}
