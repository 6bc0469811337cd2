/**
 * What of a cluster has changed since it was last taken note of, for whoever keeps a copy of it. Records and maps tell it by themselves
 * when something of them is replaced, so that nobody who changes the cluster has to, and nobody can forget to.
 */
export class Changes {
  /** Records of which something was replaced. */
  readonly records = new Set<WatchedRecord>();
  /** Maps that an entry came to, left, or was replaced in. */
  readonly maps = new Set<WatchedEntries>();
  /** How often something has changed since this was set to 0, as long as somebody watches. */
  count = 0;
  #revision = 0;
  #isWatched = false;

  /** Another one whenever something has changed, as long as somebody watches. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether nothing has changed that was not taken note of. */
  get isEmpty(): boolean {
    return this.records.size === 0 && this.maps.size === 0;
  }

  /** Begins to collect. What there is at present is not collected. */
  watch(): void {
    this.unwatch();
    this.#isWatched = true;
  }

  /** Collects no more. */
  unwatch(): void {
    this.#isWatched = false;
    this.#revision++;
    this.records.clear();
    for (const map of this.maps) map.takeChanged();
    this.maps.clear();
  }

  recordChanged(record: WatchedRecord): void {
    if (!this.#isWatched) return;
    this.#revision++;
    this.count++;
    this.records.add(record);
  }

  /** Answers whether somebody wants to know which entry of the map it was. */
  mapChanged(map: WatchedEntries): boolean {
    if (!this.#isWatched) return false;
    this.#revision++;
    this.count++;
    this.maps.add(map);
    return true;
  }
}

/** What became of an entry: its value was replaced in its place; it was added at the end, or moved there; it was deleted. */
export type EntryChange = 'set' | 'added' | 'deleted';

/** A map that knows which of its entries have changed. */
export interface WatchedEntries extends Iterable<[unknown, unknown]> {
  /** What it is called by its owner. */
  readonly name: string;
  /** What it is a part of. */
  readonly owner: Watchable;
  get(key: unknown): unknown;
  /** Each once, in an order in which the changes can be repeated elsewhere; what is told is forgotten. */
  takeChanged(): ReadonlyMap<unknown, EntryChange>;
}

/** Something that is a part of a cluster, sooner or later. */
export interface Watchable {
  /** Who hears of changes; nobody before it is a part of a cluster. */
  readonly changes: Changes | undefined;
}

/** A record that tells when one of its `watched` properties is replaced. What they hold is never changed in place. */
export abstract class WatchedRecord implements Watchable {
  #changes: Changes | undefined;

  get changes(): Changes | undefined {
    return this.#changes;
  }

  /** It is a part of a cluster from now on. */
  join(changes: Changes): void {
    this.#changes = changes;
  }

  changed(): void {
    this.#changes?.recordChanged(this);
  }
}

/** Makes properties of a class of records, which it declares, tell when they are replaced. */
export function watched<R extends WatchedRecord>(
  type: { readonly prototype: R },
  names: readonly (keyof R & string)[],
): void {
  for (const name of names) {
    const kept = Symbol(name);
    Object.defineProperty(type.prototype, name, {
      get(this: Record<symbol, unknown>) {
        return this[kept];
      },
      set(this: R & Record<symbol, unknown>, value: unknown) {
        if (this[kept] === value) return;
        this[kept as keyof typeof this] = value as never;
        this.changed();
      },
    });
  }
}
