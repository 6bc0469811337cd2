import { decode, ProtocolError, type StateEntry } from '@mesos-ts/protocol';
import { StateError } from './errors.ts';

/**
 * Where entries are kept. A change is made if nobody has made another since: whoever stores an entry says which version it replaces.
 * What a storage has answered is durable by its own standards. `storageSuite` of `./testing` holds each to all of this.
 */
export interface StateStorage {
  /** The entry of that name, if there is one. */
  get(name: string): Promise<StateEntry | undefined>;
  /**
   * Puts an entry in the place of the one of its name whose uuid is given, or of none. False, and nothing is changed, when the one
   * that is there has another uuid.
   */
  set(entry: StateEntry, uuid: Uint8Array): Promise<boolean>;
  /** Removes the entry, if it is there with its uuid; answers whether it was. */
  expunge(entry: StateEntry): Promise<boolean>;
  /** The names of all entries. */
  names(): Promise<ReadonlySet<string>>;
  /**
   * Gives back what it holds open. What has been begun is ended first, where that takes no others; what comes later, or waits for others, is refused
   * with `STATE_CLOSED`.
   */
  close(): Promise<void>;
}

/** Whether two versions are the same. */
export function isSameVersion(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** An entry that shares no memory with another. */
export function copyOf({ name, uuid, value }: StateEntry): StateEntry {
  return { name, uuid: Uint8Array.from(uuid), value: Uint8Array.from(value) };
}

/** Reads an entry that is stored under a name. Throws `STATE_CORRUPT`. */
export function parseEntry(name: string, content: Uint8Array): StateEntry {
  try {
    const entry = decode('mesos.internal.state.Entry', content);
    if (entry.name === name) return entry;
    throw new StateError('STATE_CORRUPT', `What is stored as '${name}' is '${entry.name}'`);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const text = `What is stored as '${name}' is no entry: ${error.message}`;
    throw new StateError('STATE_CORRUPT', text, { cause: error });
  }
}

/** Of a change whose answer was lost, when another has come since: it may have been made before that, or never. */
export function outcomeUnknown(name: string): StateError {
  return new StateError(
    'STATE_FAILED',
    `'${name}' has been changed by others since: it is not known whether this change was made`,
  );
}
