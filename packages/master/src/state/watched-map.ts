import type { EntryChange, Watchable, WatchedEntries } from './changes.ts';

const none: ReadonlyMap<never, EntryChange> = new Map<never, EntryChange>();

/** A map that tells which of its entries have changed. */
export class WatchedMap<K, V> extends Map<K, V> implements WatchedEntries {
  /** What it is a part of. */
  readonly owner: Watchable;
  /** What it is called there. */
  readonly name: string;
  #changed: Map<K, EntryChange> | undefined;

  constructor(owner: Watchable, name: string) {
    super();
    this.owner = owner;
    this.name = name;
  }

  override set(key: K, value: V): this {
    const { size } = this;
    super.set(key, value);
    this.#note(key, this.size === size ? 'set' : 'added');
    return this;
  }

  override delete(key: K): boolean {
    if (!super.delete(key)) return false;
    this.#note(key, 'deleted');
    return true;
  }

  override clear(): void {
    for (const key of this.keys()) this.delete(key);
  }

  /** Something of an entry's value was replaced. */
  touch(key: K): void {
    if (this.has(key)) this.#note(key, 'set');
  }

  /** What has changed since this was asked last, or since somebody watches. */
  takeChanged(): ReadonlyMap<K, EntryChange> {
    const changed = this.#changed;
    this.#changed = undefined;
    return changed ?? none;
  }

  #note(key: K, change: EntryChange): void {
    if (this.owner.changes?.mapChanged(this) !== true) return;
    this.#changed ??= new Map();
    const before = this.#changed.get(key);
    if (change !== 'set') {
      // Behind what was added before it: it is at the end now.
      this.#changed.delete(key);
      this.#changed.set(key, change);
    } else if (before === undefined) {
      this.#changed.set(key, change);
    }
  }
}

/** A set that is a property of a record: it tells the record when a member comes or goes. */
export class WatchedSet<T> extends Set<T> {
  readonly #changed: () => void;

  constructor(changed: () => void) {
    super();
    this.#changed = changed;
  }

  override add(value: T): this {
    if (!this.has(value)) this.#changed();
    return super.add(value);
  }

  override delete(value: T): boolean {
    if (this.has(value)) this.#changed();
    return super.delete(value);
  }

  override clear(): void {
    this.#changed();
    super.clear();
  }
}
