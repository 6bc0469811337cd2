import { MasterError } from '../errors.ts';
import { removedAgentsMax } from '../constants.ts';
import { BoundedMap } from './bounded-map.ts';
import { OfferBook } from './offer-ledger.ts';
import { Changes } from './changes.ts';
import { InverseOffers } from './inverse-offers.ts';
import { Machines } from './machines.ts';
import { TaskRecord, isOver } from './task.ts';
import { WatchedMap } from './watched-map.ts';
import { Resources } from '@mesos-ts/protocol';
import { AgentTransitions } from './transitions.ts';
import type { AgentInfo, ExecutorInfo, MasterInfo, Offer, QuotaConfig, Task, TaskState } from '@mesos-ts/protocol';
import type { PID } from '@mesos-ts/libprocess';
import type { AgentRecord } from './agent.ts';
import type { FrameworkRecord } from './framework.ts';
import type { Sharing } from './task.ts';

/** An offer that waits for its framework's answer. */
export interface OfferRecord {
  readonly id: string;
  readonly frameworkId: string;
  readonly agentId: string;
  readonly role: string;
  /** Allocated to the role. */
  readonly resources: Resources;
  /** The offer as the API tells it. */
  readonly offer: Offer;
}

/** An agent that answered no pings. */
export interface UnreachableAgent {
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** Its tasks that frameworks know to be unreachable, by framework. */
  readonly tasks: ReadonlyMap<string, readonly string[]>;
  /** Whether an operator wants nothing of it offered when it is back. */
  deactivated: boolean;
}

/** An agent that the registry knows, and that has not come to this master yet. */
export interface RecoveredAgent {
  readonly info: AgentInfo;
  /** Whether an operator wants nothing of it offered when it is back. */
  deactivated: boolean;
}

/** What a cluster begins with. */
export interface ClusterOptions {
  /** How many frameworks that have ended are remembered. */
  readonly completedFrameworksMax: number;
  /** Weights of roles, until the registry says otherwise. @default none */
  readonly weights?: ReadonlyMap<string, number>;
}

/** Frameworks that are remembered from now on, and then those that are not any more. */
export interface FrameworkChanges {
  readonly came: readonly FrameworkRecord[];
  readonly forgotten: readonly FrameworkRecord[];
}

/**
 * Everything the master knows: agents, frameworks, tasks and offers, each in all the indexes where it is looked up. The methods
 * keep these consistent with each other; they decide nothing.
 */
export class Cluster {
  readonly masterInfo: MasterInfo;
  /** What of it has changed. */
  readonly changes = new Changes();
  readonly agents = new WatchedMap<string, AgentRecord>(this, 'agents');
  readonly frameworks = new WatchedMap<string, FrameworkRecord>(this, 'frameworks');
  readonly offers = new WatchedMap<string, OfferRecord>(this, 'offers');
  /** What frameworks are asked to give back. */
  readonly inverseOffers = new InverseOffers(this);
  readonly completedFrameworks: BoundedMap<string, FrameworkRecord, WatchedMap<string, FrameworkRecord>>;
  /** How many agents the registry had when it was read. */
  recoveredCount = 0;
  /** Those of them that have neither come back nor been given up. */
  readonly recoveredAgents = new WatchedMap<string, RecoveredAgent>(this, 'recoveredAgents');
  /** As many as the registry holds, in the same order. So are those that are gone. */
  readonly unreachableAgents = new WatchedMap<string, UnreachableAgent>(this, 'unreachableAgents');
  /** Agents that an operator has given up for good, and when, in milliseconds since the Unix epoch: they are not let in again. */
  readonly goneAgents = new Map<string, number>();
  /** Agents that left or were removed: what still comes from them is ignored. */
  readonly removedAgents = new BoundedMap<string, true>(removedAgentsMax);
  /** Where agents are, and what is planned there. */
  readonly machines = new Machines();
  /** What is under way with agents. */
  readonly transitions = new AgentTransitions();
  /** Weights of roles that were set; those of others are 1. */
  readonly weights = new WatchedMap<string, number>(this, 'weights');
  /** Quotas that operators have set, amounts with three decimals; a role whose quota was set back stays, with none. */
  readonly quotas = new WatchedMap<string, QuotaConfig>(this, 'quotas');
  /** Roles whose first quota is on its way to the registry. */
  readonly quotasUnderWay = new Set<string>();
  /** What was offered lately, to frameworks and in roles. */
  readonly offerBook = new OfferBook();
  readonly #agentsByPid = new Map<string, AgentRecord>();
  readonly #frameworksByConnection = new Map<string, FrameworkRecord>();
  #frameworkChanges: { readonly came: FrameworkRecord[]; readonly forgotten: FrameworkRecord[] } = {
    came: [],
    forgotten: [],
  };
  #nextAgent = 0;
  #nextFramework = 0;
  #nextOffer = 0;
  #incarnations = 0;

  constructor(masterInfo: MasterInfo, { completedFrameworksMax, weights = new Map() }: ClusterOptions) {
    this.masterInfo = masterInfo;
    this.completedFrameworks = new BoundedMap(
      completedFrameworksMax,
      new WatchedMap<string, FrameworkRecord>(this, 'completedFrameworks'),
    );
    for (const [role, weight] of weights) this.weights.set(role, weight);
  }

  /** A new agent id, `<master id>-S<number>`. */
  newAgentId(): string {
    return `${this.masterInfo.id}-S${this.#nextAgent++}`;
  }

  /** A new framework id, `<master id>-<number of at least four digits>`. */
  newFrameworkId(): string {
    return `${this.masterInfo.id}-${String(this.#nextFramework++).padStart(4, '0')}`;
  }

  /** A new offer id, `<master id>-O<number>`. */
  newOfferId(): string {
    return `${this.masterInfo.id}-O${this.#nextOffer++}`;
  }

  newIncarnation(): number {
    return this.#incarnations++;
  }

  agentAt(pid: PID): AgentRecord | undefined {
    return this.#agentsByPid.get(pid.toString());
  }

  frameworkVia(connectionKey: string): FrameworkRecord | undefined {
    return this.#frameworksByConnection.get(connectionKey);
  }

  addAgent(agent: AgentRecord): void {
    agent.join(this.changes);
    this.agents.set(agent.id, agent);
    this.#agentsByPid.set(agent.pid.toString(), agent);
    this.machines.addAgent(agent);
  }

  /** Notes that an agent is at another port of its machine. */
  moveAgent(agent: AgentRecord, pid: PID): void {
    if (this.agentAt(agent.pid) === agent) this.#agentsByPid.delete(agent.pid.toString());
    agent.pid = pid;
    this.#agentsByPid.set(pid.toString(), agent);
  }

  removeAgent(agent: AgentRecord): void {
    this.agents.delete(agent.id);
    this.machines.removeAgent(agent.id);
    if (this.agentAt(agent.pid) === agent) this.#agentsByPid.delete(agent.pid.toString());
  }

  /** Which frameworks have come, and which were forgotten, since this was asked last; undefined where none were. */
  takeFrameworkChanges(): FrameworkChanges | undefined {
    const changes = this.#frameworkChanges;
    if (changes.came.length === 0 && changes.forgotten.length === 0) return undefined;
    this.#frameworkChanges = { came: [], forgotten: [] };
    return changes;
  }

  addFramework(framework: FrameworkRecord): void {
    this.#forget(this.frameworks.get(framework.id), framework);
    this.#frameworkChanges.came.push(framework);
    framework.join(this.changes);
    this.frameworks.set(framework.id, framework);
  }

  /** Sets or takes away a framework's connection. */
  connectFramework(framework: FrameworkRecord, connection: FrameworkRecord['connection']): void {
    if (framework.connection !== undefined) this.#frameworksByConnection.delete(framework.connection.key);
    framework.connection = connection;
    if (connection === undefined) return;
    framework.pid = connection.pid;
    this.#frameworksByConnection.set(connection.key, framework);
  }

  /** Moves a framework to the completed ones. */
  completeFramework(framework: FrameworkRecord): void {
    this.frameworks.delete(framework.id);
    this.#forget(this.completedFrameworks.set(framework.id, framework));
  }

  #forget(framework: FrameworkRecord | undefined, successor?: FrameworkRecord): void {
    if (framework !== undefined && framework !== successor) this.#frameworkChanges.forgotten.push(framework);
  }

  addOffer(offer: OfferRecord): void {
    const framework = this.#framework(offer.frameworkId);
    const agent = this.#agent(offer.agentId);
    this.offers.set(offer.id, offer);
    framework.offers.add(offer.id);
    framework.offeredResources = framework.offeredResources.add(offer.resources);
    agent.offers.add(offer.id);
    agent.offeredResources = agent.offeredResources.add(offer.resources);
  }

  removeOffer(offer: OfferRecord): void {
    const framework = this.#framework(offer.frameworkId);
    const agent = this.#agent(offer.agentId);
    this.offers.delete(offer.id);
    framework.offers.delete(offer.id);
    framework.offeredResources = framework.offeredResources.subtract(offer.resources);
    agent.offers.delete(offer.id);
    agent.offeredResources = agent.offeredResources.subtract(offer.resources);
  }

  /**
   * @param task Is the record's own from now on.
   * @param sharing Of tasks that come together.
   */
  addTask(task: Task, sharing?: Sharing): TaskRecord {
    const framework = this.#framework(task.framework_id.value);
    const record = new TaskRecord(task, framework.newestTask, sharing);
    framework.newestTask = record;
    const agent = this.#agent(task.agent_id.value);
    framework.tasks.set(task.task_id.value, record);
    inner(agent.tasks, framework.id).set(task.task_id.value, record);
    this.countTask(framework, task.state, 1);
    if (!isOver(task.state)) this.#use(framework, agent, record.resources);
    return record;
  }

  /** Frees a task's resources when it has ended but is not acknowledged yet. */
  freeTask(record: TaskRecord): void {
    const { task } = record;
    this.#free(this.#framework(task.framework_id.value), this.#agent(task.agent_id.value), record.resources);
  }

  /** Forgets a task that is over, or keeps it among the framework's unreachable or completed ones. */
  removeTask(record: TaskRecord, as: 'completed' | 'unreachable'): void {
    const { task } = record;
    const framework = this.#framework(task.framework_id.value);
    const agent = this.#agent(task.agent_id.value);
    if (!isOver(task.state)) {
      this.#free(framework, agent, record.resources);
      this.countTask(framework, task.state, -1);
    }
    framework.tasks.delete(task.task_id.value);
    const tasks = agent.tasks.get(framework.id);
    tasks?.delete(task.task_id.value);
    if (tasks?.size === 0) agent.tasks.delete(framework.id);
    const killed = agent.killedTasks.get(framework.id);
    killed?.delete(task.task_id.value);
    if (killed?.size === 0) agent.killedTasks.delete(framework.id);
    if (as === 'unreachable') framework.unreachableTasks.set(task.task_id.value, record);
    else framework.completedTasks.set(record, record);
  }

  /** Counts a task of a framework into or out of a state. */
  countTask(framework: FrameworkRecord, state: TaskState, by: 1 | -1): void {
    framework.taskStates.set(state, (framework.taskStates.get(state) ?? 0) + by);
  }

  addExecutor(framework: FrameworkRecord, agent: AgentRecord, executor: ExecutorInfo): void {
    const id = executor.executor_id.value;
    const ofFramework = inner(framework.executors, agent.id);
    ofFramework.set(id, executor);
    framework.executors.touch(agent.id);
    inner(agent.executors, framework.id).set(id, executor);
    this.#use(framework, agent, Resources.of(executor.resources ?? []));
  }

  removeExecutor(framework: FrameworkRecord, agent: AgentRecord, executor: ExecutorInfo): void {
    const id = executor.executor_id.value;
    const ofFramework = framework.executors.get(agent.id);
    ofFramework?.delete(id);
    if (ofFramework?.size === 0) framework.executors.delete(agent.id);
    else framework.executors.touch(agent.id);
    const ofAgent = agent.executors.get(framework.id);
    ofAgent?.delete(id);
    if (ofAgent?.size === 0) agent.executors.delete(framework.id);
    this.#free(framework, agent, Resources.of(executor.resources ?? []));
  }

  #use(framework: FrameworkRecord, agent: AgentRecord, resources: Resources): void {
    if (resources.isEmpty()) return;
    // What a framework has of an agent is what the agent has of the framework.
    const used = (agent.usedResources.get(framework.id) ?? Resources.empty).add(resources);
    framework.usedResources.set(agent.id, used);
    agent.usedResources.set(framework.id, used);
  }

  #free(framework: FrameworkRecord, agent: AgentRecord, resources: Resources): void {
    for (const [used, key] of [
      [framework.usedResources, agent.id],
      [agent.usedResources, framework.id],
    ] as const) {
      const rest = (used.get(key) ?? Resources.empty).subtract(resources);
      if (rest.isEmpty()) used.delete(key);
      else used.set(key, rest);
    }
  }

  #framework(id: string): FrameworkRecord {
    const framework = this.frameworks.get(id);
    if (framework === undefined) throw new MasterError('MASTER_INVARIANT', `There is no framework ${id}`);
    return framework;
  }

  #agent(id: string): AgentRecord {
    const agent = this.agents.get(id);
    if (agent === undefined) throw new MasterError('MASTER_INVARIANT', `There is no agent ${id}`);
    return agent;
  }
}

function inner<V>(outer: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let map = outer.get(key);
  if (map === undefined) outer.set(key, (map = new Map<string, V>()));
  return map;
}
