import { Resources } from '@mesos-ts/protocol';
import { PID } from '@mesos-ts/libprocess';
import { AgentRecord } from '../state/agent.ts';
import { BoundedMap } from '../state/bounded-map.ts';
import { FrameworkRecord } from '../state/framework.ts';
import { TaskRecord } from '../state/task.ts';
import type { ExecutorInfo, QuotaConfig } from '@mesos-ts/protocol';
import type { EntryChange, WatchedEntries, WatchedRecord } from '../state/changes.ts';
import type { Cluster, OfferRecord, RecoveredAgent } from '../state/cluster.ts';
import type { InverseOfferRecord } from '../state/inverse-offers.ts';
import type { WatchedMap } from '../state/watched-map.ts';
import type { AgentFields, Change, Entry, FrameworkFields, MapName, MapValues } from './change.ts';

// Few enough that to tell them takes less than a millisecond.
const entriesMax = 50;

// Frameworks that end come to the completed ones before they go from the others, so that a copy does not forget them in between.
const clusterMaps = [
  'completedFrameworks',
  'frameworks',
  'agents',
  'recoveredAgents',
  'offers',
  'inverseOffers',
  'weights',
  'quotas',
] as const;

/** The same one each time, so that it is told once. */
const none: readonly string[] = [];

/** What the lists of the cluster consist of. */
type Listed = AgentRecord | FrameworkRecord | InverseOfferRecord | OfferRecord | RecoveredAgent | QuotaConfig | number;

/**
 * Tells a copy of a cluster what there is and what changes. A record that has left the cluster does not come back. Only one feed of a cluster is of use at a time: it takes note of what has
 * changed on behalf of all.
 */
export class Feed {
  readonly #cluster: Cluster;
  /** Records that the copy has, and their values that it was told last. */
  readonly #told = new WeakMap<WatchedRecord, { readonly number: number; fields: Readonly<Record<string, unknown>> }>();
  readonly #taskNumbers = new WeakMap<TaskRecord, number>();
  #lastNumber = 0;
  #isFilled = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.changes.watch();
  }

  /**
   * All that the copy does not know yet. Others may have their turn between one change and the next; what they change is told then, too.
   * When this is done, the copy is as the cluster is at that moment.
   */
  *take(): Generator<Change, void> {
    const { changes } = this.#cluster;
    if (!this.#isFilled) {
      this.#isFilled = true;
      yield* this.#fill();
    }
    while (!changes.isEmpty) {
      for (const name of clusterMaps) yield* this.#clusterMap(name);
      if (changes.maps.delete(this.#cluster.unreachableAgents)) {
        this.#cluster.unreachableAgents.takeChanged();
        yield this.#unreachableAgents();
      }
      for (const record of changes.records) {
        changes.records.delete(record);
        const told = this.#told.get(record);
        if (told !== undefined) yield this.#fields(record, told);
      }
      for (const map of changes.maps) {
        const { name, owner } = map;
        changes.maps.delete(map);
        const changed = map.takeChanged();
        const told = this.#told.get(owner as WatchedRecord);
        // Else it is gone, or comes with its record.
        if (told !== undefined) yield* this.#entries(told.number, name as MapName, map, changed);
      }
    }
  }

  /** Nobody keeps a copy any more. */
  end(): void {
    this.#cluster.changes.unwatch();
  }

  /** All there is, in its order. What comes, changes or goes meanwhile is told afterwards as well. */
  *#fill(): Generator<Change, void> {
    yield this.#unreachableAgents();
    for (const name of clusterMaps) {
      for (const [key, value] of this.#listOf(name)) yield* this.#clusterEntry(name, key, value, 'added');
    }
  }

  #listOf(name: (typeof clusterMaps)[number]): Iterable<[string, Listed]> {
    return name === 'inverseOffers' ? this.#cluster.inverseOffers.outstanding : this.#cluster[name];
  }

  *#clusterMap(name: (typeof clusterMaps)[number]): Generator<Change, void> {
    const { changes } = this.#cluster;
    const list = this.#listOf(name);
    const map = (list instanceof BoundedMap ? list.entries : list) as WatchedMap<string, Listed>;
    changes.maps.delete(map);
    for (const [key, change] of map.takeChanged()) {
      const value = map.get(key);
      if (change === 'deleted') yield { kind: 'entries', of: 0, map: name, entries: [[key, 'deleted']] };
      else if (value !== undefined) yield* this.#clusterEntry(name, key, value, change);
    }
  }

  *#clusterEntry(
    map: (typeof clusterMaps)[number],
    key: string,
    value: Listed,
    change: EntryChange,
  ): Generator<Change, void> {
    if (!(value instanceof AgentRecord || value instanceof FrameworkRecord)) {
      yield { kind: 'entries', of: 0, map, entries: [[key, change, plainListed(value)]] };
      return;
    }
    const known = this.#told.get(value);
    const told = known ?? { number: ++this.#lastNumber, fields: {} };
    if (known === undefined) {
      this.#told.set(value, told);
      yield this.#fields(value, told);
    }
    yield { kind: 'entries', of: 0, map, entries: [[key, change, told.number]] };
    if (known === undefined) for (const each of mapsOf(value)) yield* this.#whole(told.number, each);
  }

  *#whole(number: number, map: WatchedEntries): Generator<Change, void> {
    this.#cluster.changes.maps.delete(map);
    map.takeChanged();
    let entries: Entry[] = [];
    for (const [key, value] of map) {
      entries.push([this.#key(key), 'added', plainValue(value)]);
      if (entries.length < entriesMax) continue;
      yield { kind: 'entries', of: number, map: map.name as MapName, entries };
      entries = [];
    }
    if (entries.length > 0) yield { kind: 'entries', of: number, map: map.name as MapName, entries };
  }

  *#entries(
    of: number,
    map: MapName,
    from: WatchedEntries,
    changed: ReadonlyMap<unknown, EntryChange>,
  ): Generator<Change, void> {
    let entries: Entry[] = [];
    for (const [key, change] of changed) {
      const value = from.get(key);
      if (change === 'deleted') entries.push([this.#key(key), change]);
      // What was deleted in the meantime is told of soon.
      else if (value !== undefined) entries.push([this.#key(key), change, plainValue(value)]);
      if (entries.length < entriesMax) continue;
      yield { kind: 'entries', of, map, entries };
      entries = [];
    }
    if (entries.length > 0) yield { kind: 'entries', of, map, entries };
  }

  #key(key: unknown): number | string {
    if (!(key instanceof TaskRecord)) return String(key);
    const known = this.#taskNumbers.get(key);
    if (known !== undefined) return known;
    this.#taskNumbers.set(key, ++this.#lastNumber);
    return this.#lastNumber;
  }

  /** What of a record is not as the copy was told last. */
  #fields(
    record: WatchedRecord,
    entry: { readonly number: number; fields: Readonly<Record<string, unknown>> },
  ): Change {
    this.#cluster.changes.records.delete(record);
    const now = record instanceof AgentRecord ? agentFields(record) : frameworkFields(record as FrameworkRecord);
    const fields: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(now)) {
      if (value !== entry.fields[name]) fields[name] = plain(value);
    }
    entry.fields = now;
    const kind = record instanceof AgentRecord ? 'agent' : 'framework';
    return { kind, number: entry.number, fields };
  }

  #unreachableAgents(): Change {
    return { kind: 'unreachable-agents', count: this.#cluster.unreachableAgents.size };
  }
}

function mapsOf(record: AgentRecord | FrameworkRecord): readonly WatchedEntries[] {
  const { usedResources } = record;
  if (record instanceof AgentRecord) return [usedResources];
  const { completedTasks, executors, tasks, unreachableTasks } = record;
  return [
    tasks,
    unreachableTasks.entries,
    completedTasks.entries,
    executors,
    usedResources,
  ] as readonly WatchedEntries[];
}

function agentFields(agent: AgentRecord): Record<keyof AgentFields, unknown> {
  const { active, capabilities, deactivated, id, info, offeredResources, pid, totalResources, version } = agent;
  const { registeredTimeMs, reregisteredTimeMs } = agent;
  return {
    id,
    pid,
    info,
    version,
    capabilities,
    registeredTimeMs,
    reregisteredTimeMs,
    active,
    deactivated,
    totalResources,
    offeredResources,
  };
}

function frameworkFields(framework: FrameworkRecord): Record<keyof FrameworkFields, unknown> {
  const { active, connected, id, info, inverseOffers, offerConstraints, offeredResources, offers } = framework;
  const { pid, recovered, registeredTimeMs, reregisteredTimeMs, unregisteredTimeMs } = framework;
  return {
    id,
    pid,
    info,
    offerConstraints,
    connected,
    recovered,
    active,
    registeredTimeMs,
    reregisteredTimeMs,
    unregisteredTimeMs,
    offeredResources,
    offers: [...offers],
    inverseOffers: inverseOffers.size === 0 ? none : [...inverseOffers],
  };
}

/** A value of a field as another thread can be given it. */
function plain(value: unknown): unknown {
  if (value instanceof Resources) return value.toArray();
  return value instanceof PID ? value.toString() : value;
}

/** What is in a list of the cluster and no record, as a copy is given it. */
function plainListed(
  value: InverseOfferRecord | OfferRecord | RecoveredAgent | QuotaConfig | number,
): MapValues['inverseOffers' | 'offers' | 'quotas' | 'recoveredAgents' | 'weights'] {
  if (typeof value === 'number') return value;
  if (!('offer' in value) && !('info' in value)) return value;
  return 'offer' in value ? value.offer : value.info;
}

/** A value of a map of a record as a copy is given it. */
function plainValue(value: unknown): MapValues[Exclude<MapName, 'agents' | 'frameworks' | 'completedFrameworks'>] {
  // What changes of a task is replaced in it, which must not happen to what a copy was given.
  if (value instanceof TaskRecord) return { ...value.task };
  if (value instanceof Resources) return value.toArray();
  return [...(value as ReadonlyMap<string, ExecutorInfo>).values()].map(withOwnData);
}

/** Bytes from the wire may be a view of a whole frame, all of which would go to another thread. */
function withOwnData(executor: ExecutorInfo): ExecutorInfo {
  return executor.data === undefined ? executor : { ...executor, data: Uint8Array.from(executor.data) };
}
