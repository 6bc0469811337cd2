import { StateError } from './errors.ts';
import { copyOf, isSameVersion, type StateStorage } from './storage.ts';
import type { StateEntry } from '@mesos-ts/protocol';

/** Keeps entries for as long as the program runs. */
export class InMemoryStorage implements StateStorage {
  readonly #entries = new Map<string, StateEntry>();
  #isClosed = false;

  async get(name: string): Promise<StateEntry | undefined> {
    this.#open();
    const entry = this.#entries.get(name);
    return entry === undefined ? undefined : copyOf(entry);
  }

  async set(entry: StateEntry, uuid: Uint8Array): Promise<boolean> {
    this.#open();
    const known = this.#entries.get(entry.name);
    if (known !== undefined && !isSameVersion(known.uuid, uuid)) return false;
    this.#entries.set(entry.name, copyOf(entry));
    return true;
  }

  async expunge({ name, uuid }: StateEntry): Promise<boolean> {
    this.#open();
    const known = this.#entries.get(name);
    return known !== undefined && isSameVersion(known.uuid, uuid) && this.#entries.delete(name);
  }

  async names(): Promise<ReadonlySet<string>> {
    this.#open();
    return new Set(this.#entries.keys());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #open(): void {
    if (this.#isClosed) throw new StateError('STATE_CLOSED', 'The storage has been closed');
  }
}
