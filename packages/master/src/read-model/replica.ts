import { frameworkCapabilities, frameworkRoles, Resources } from '@mesos-ts/protocol';
import type {
  AgentInfo,
  AgentInfo_Capability_Type,
  ExecutorInfo,
  FrameworkInfo,
  FrameworkInfo_Capability_Type,
  InverseOffer,
  MasterInfo,
  Offer,
  QuotaConfig,
  Resource,
  SchedulerOfferConstraints,
  Task,
} from '@mesos-ts/protocol';
import type { Approvers } from '@mesos-ts/daemon';
import type { EntryChange } from '../state/changes.ts';
import type { ShownAgent, ShownCluster, ShownFramework, ShownTask } from '../views/shown.ts';
import type { AgentFields, Change, Entry, FrameworkFields } from './change.ts';

/** What is told of something as long as it stays as it is, a character for each byte, in each form that somebody has asked for. */
export class Texts {
  v0: string | undefined = undefined;
  json: string | undefined = undefined;
  protobuf: string | undefined = undefined;
}

/** A task as it is at one time; another one takes its place when it changes. */
export class TaskCopy extends Texts implements ShownTask {
  readonly task: Task;

  constructor(task: Task) {
    super();
    this.task = task;
  }
}

/** An executor, and where it runs. */
export class ExecutorCopy extends Texts {
  readonly info: ExecutorInfo;
  readonly agentId: string;

  constructor(info: ExecutorInfo, agentId: string) {
    super();
    this.info = info;
    this.agentId = agentId;
  }
}

/** What an agent or a framework is like at one time, but for its tasks and executors: another one takes its place when that changes. */
export class Face<R> extends Texts {
  readonly of: R;
  /** What version 0 tells of a framework between its tasks and its executors, and behind these. */
  v0Middle: string | undefined = undefined;
  v0Tail: string | undefined = undefined;
  #seenBy: WeakMap<Approvers, Texts> | undefined;

  constructor(of: R) {
    super();
    this.of = of;
  }

  /** What it is told as to those who may not see everything. */
  seenBy(approvers: Approvers): Texts {
    this.#seenBy ??= new WeakMap();
    const known = this.#seenBy.get(approvers);
    if (known !== undefined) return known;
    const texts = new Texts();
    this.#seenBy.set(approvers, texts);
    return texts;
  }

  forget(form: keyof Texts): void {
    this[form] = undefined;
    this.#seenBy = undefined;
    if (form !== 'v0') return;
    this.v0Middle = undefined;
    this.v0Tail = undefined;
  }
}

/** An agent that has not come to this master yet. */
export class RecoveredAgentCopy {
  readonly id: string;
  readonly info: AgentInfo;
  readonly face = new Face<RecoveredAgentCopy>(this);

  constructor(id: string, info: AgentInfo) {
    this.id = id;
    this.info = info;
  }
}

/** An agent. */
export class AgentCopy implements ShownAgent {
  readonly id: string;
  readonly registeredTimeMs: number;
  pid = '';
  version = '';
  capabilities: ReadonlySet<AgentInfo_Capability_Type> = new Set();
  reregisteredTimeMs: number | undefined;
  active = false;
  deactivated = false;
  totalResources = Resources.empty;
  offeredResources = Resources.empty;
  readonly usedResources = new Map<string, Resources>();
  info: AgentInfo;
  face = new Face<AgentCopy>(this);

  constructor(fields: AgentFields) {
    this.id = fields.id;
    this.registeredTimeMs = fields.registeredTimeMs;
    this.info = fields.info;
  }

  update({ offeredResources, totalResources, ...fields }: Partial<AgentFields>): void {
    Object.assign(this, fields);
    if (totalResources !== undefined) this.totalResources = Resources.of(totalResources);
    if (offeredResources !== undefined) this.offeredResources = Resources.of(offeredResources);
    this.changed();
  }

  changed(): void {
    this.face = new Face<AgentCopy>(this);
  }
}

/** A framework. */
export class FrameworkCopy implements ShownFramework {
  readonly id: string;
  pid: string | undefined;
  info: FrameworkInfo;
  capabilities: ReadonlySet<FrameworkInfo_Capability_Type> = new Set();
  roles: ReadonlySet<string> = new Set();
  offerConstraints: SchedulerOfferConstraints = {};
  connected = false;
  recovered = false;
  active = false;
  registeredTimeMs = 0;
  reregisteredTimeMs: number | undefined;
  unregisteredTimeMs: number | undefined;
  offeredResources = Resources.empty;
  offers: readonly string[] = [];
  inverseOffers: readonly string[] = [];
  readonly tasks = new Map<number | string, TaskCopy>();
  readonly unreachableTasks = new Map<number | string, TaskCopy>();
  readonly completedTasks = new Map<number | string, TaskCopy>();
  readonly executors = new Map<string, ReadonlyMap<string, ExecutorInfo>>();
  /** The same, by agent. */
  readonly executorCopies = new Map<string, readonly ExecutorCopy[]>();
  readonly usedResources = new Map<string, Resources>();
  face = new Face<FrameworkCopy>(this);

  constructor(fields: FrameworkFields) {
    this.id = fields.id;
    this.info = fields.info;
  }

  update({ offeredResources, ...fields }: Partial<FrameworkFields>): void {
    Object.assign(this, fields);
    if (fields.info !== undefined) {
      this.roles = new Set(frameworkRoles(fields.info));
      this.capabilities = frameworkCapabilities(fields.info);
    }
    if (offeredResources !== undefined) this.offeredResources = Resources.of(offeredResources);
    this.changed();
  }

  changed(): void {
    this.face = new Face<FrameworkCopy>(this);
  }
}

/** A copy of the shown part of a cluster, which is as the cluster was when the last changes were told. */
export class Replica implements ShownCluster {
  readonly masterInfo: MasterInfo;
  readonly agents = new Map<string, AgentCopy>();
  readonly frameworks = new Map<string, FrameworkCopy>();
  readonly completedFrameworks = new Map<string, FrameworkCopy>();
  readonly offers = new Map<string, { readonly offer: Offer }>();
  readonly inverseOffers = { outstanding: new Map<string, { readonly offer: InverseOffer }>() };
  readonly recoveredAgents = new Map<string, RecoveredAgentCopy>();
  readonly weights = new Map<string, number>();
  readonly quotas = new Map<string, QuotaConfig>();
  unreachableAgents = { size: 0 };
  /** Another one after each change. */
  revision = 0;
  readonly #records = new Map<number, AgentCopy | FrameworkCopy>();
  /** In how many of the lists a record is. */
  readonly #listed = new Map<AgentCopy | FrameworkCopy, number>();
  readonly #numbers = new Map<AgentCopy | FrameworkCopy, number>();

  constructor(masterInfo: MasterInfo) {
    this.masterInfo = masterInfo;
  }

  /** Takes over what has changed. */
  apply(changes: readonly Change[]): void {
    this.revision++;
    for (const change of changes) this.#apply(change);
  }

  /** Lets go of the texts of a form. */
  forgetTexts(form: keyof Texts): void {
    for (const { face } of this.agents.values()) face.forget(form);
    for (const { face } of this.recoveredAgents.values()) face.forget(form);
    for (const list of [this.frameworks, this.completedFrameworks]) {
      for (const { completedTasks, executorCopies, face, tasks, unreachableTasks } of list.values()) {
        face.forget(form);
        for (const copies of [tasks, unreachableTasks, completedTasks]) {
          for (const copy of copies.values()) copy[form] = undefined;
        }
        for (const copies of executorCopies.values()) for (const copy of copies) copy[form] = undefined;
      }
    }
  }

  #apply(change: Change): void {
    if (change.kind === 'unreachable-agents') {
      this.unreachableAgents = { size: change.count };
    } else if (change.kind === 'agent') {
      const known = this.#records.get(change.number);
      const agent = known instanceof AgentCopy ? known : new AgentCopy(change.fields as AgentFields);
      agent.update(change.fields);
      this.#add(change.number, agent);
    } else if (change.kind === 'framework') {
      const known = this.#records.get(change.number);
      const framework = known instanceof FrameworkCopy ? known : new FrameworkCopy(change.fields as FrameworkFields);
      framework.update(change.fields);
      this.#add(change.number, framework);
    } else if (change.of === 0) {
      this.#applyToCluster(change.map, change.entries);
    } else {
      const record = this.#records.get(change.of);
      if (record !== undefined) applyToRecord(record, change.map, change.entries);
    }
  }

  #add(number: number, record: AgentCopy | FrameworkCopy): void {
    this.#records.set(number, record);
    this.#numbers.set(record, number);
  }

  #applyToCluster(map: string, entries: readonly Entry[]): void {
    for (const [key, change, value] of entries) {
      const id = String(key);
      if (map === 'offers') put(this.offers, id, change, { offer: value as Offer });
      else if (map === 'inverseOffers') {
        put(this.inverseOffers.outstanding, id, change, { offer: value as InverseOffer });
      } else if (map === 'weights') put(this.weights, id, change, value as number);
      else if (map === 'quotas') put(this.quotas, id, change, value as QuotaConfig);
      else if (map === 'recoveredAgents') {
        put(this.recoveredAgents, id, change, new RecoveredAgentCopy(id, value as AgentInfo));
      } else if (map === 'agents') this.#list(this.agents, id, change, value as number);
      else if (map === 'frameworks') this.#list(this.frameworks, id, change, value as number);
      else this.#list(this.completedFrameworks, id, change, value as number);
    }
  }

  #list<R extends AgentCopy | FrameworkCopy>(list: Map<string, R>, id: string, change: EntryChange, to: number): void {
    const before = list.get(id);
    const record = change === 'deleted' ? undefined : (this.#records.get(to) as R | undefined);
    if (record !== undefined) this.#listed.set(record, (this.#listed.get(record) ?? 0) + 1);
    put(list, id, record === undefined ? 'deleted' : change, record);
    if (before === undefined) return;
    const left = (this.#listed.get(before) ?? 0) - 1;
    this.#listed.set(before, left);
    if (left > 0) return;
    this.#listed.delete(before);
    this.#records.delete(this.#numbers.get(before) ?? 0);
    this.#numbers.delete(before);
  }
}

function applyToRecord(record: AgentCopy | FrameworkCopy, map: string, entries: readonly Entry[]): void {
  if (map === 'usedResources') {
    for (const [key, change, value] of entries) {
      put(record.usedResources, String(key), change, Resources.of((value ?? []) as Resource[]));
    }
    record.changed();
  } else if (record instanceof FrameworkCopy) {
    for (const [key, change, value] of entries) {
      if (map === 'executors') putExecutors(record, String(key), change, (value ?? []) as readonly ExecutorInfo[]);
      else put(tasksOf(record, map), key, change, change === 'deleted' ? undefined : new TaskCopy(value as Task));
    }
  }
}

function tasksOf(framework: FrameworkCopy, map: string): Map<number | string, TaskCopy> {
  if (map === 'tasks') return framework.tasks;
  return map === 'unreachableTasks' ? framework.unreachableTasks : framework.completedTasks;
}

function putExecutors(
  framework: FrameworkCopy,
  agentId: string,
  change: EntryChange,
  infos: readonly ExecutorInfo[],
): void {
  put(framework.executors, agentId, change, new Map(infos.map((info) => [info.executor_id.value, info])));
  const copies = infos.map((info) => new ExecutorCopy(info, agentId));
  put(framework.executorCopies, agentId, change, copies);
}

/** Repeats what has become of an entry. */
function put<K, V>(map: Map<K, V>, key: K, change: EntryChange, value: V | undefined): void {
  if (change !== 'set') map.delete(key);
  if (change !== 'deleted' && value !== undefined) map.set(key, value);
}
