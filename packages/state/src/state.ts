import { randomUuid } from '@mesos-ts/protocol';
import { StateError } from './errors.ts';
import type { Random } from '@mesos-ts/libprocess';
import type { StateEntry } from '@mesos-ts/protocol';
import type { StateStorage } from './storage.ts';

/** A variable as it was when it was fetched or stored. Immutable: `mutate` makes another, which `State.store` may store. */
export class Variable {
  readonly name: string;
  /** Empty if the variable was not there. Belongs to the variable: not to be changed. */
  readonly value: Uint8Array;
  /** Its version, 16 bytes: another one after every change. */
  readonly uuid: Uint8Array;

  constructor({ name, uuid, value }: StateEntry) {
    this.name = name;
    this.uuid = uuid;
    this.value = value;
  }

  /** The variable with another value, in place of this version of it. */
  mutate(value: Uint8Array): Variable {
    return new Variable({ name: this.name, uuid: this.uuid, value });
  }
}

/**
 * Variables that several may read and change, each change in the place of the version that its author has seen (Mesos's `state::State`).
 * Where they are kept, and how safely, is up to the storage.
 */
export class State {
  readonly #storage: StateStorage;
  readonly #random: Pick<Random, 'bytes'>;

  /** @param random Makes the versions. */
  constructor(storage: StateStorage, random: Pick<Random, 'bytes'>) {
    this.#storage = storage;
    this.#random = random;
  }

  /**
   * The variable of that name; one that is not there is empty, and can be stored. Rejects with `STATE_NAME_INVALID` for an empty name, or one with
   * half a character (a lone surrogate), which no storage would give back as it was.
   */
  async fetch(name: string): Promise<Variable> {
    checkName(name);
    const entry = await this.#storage.get(name);
    return new Variable(entry ?? { name, uuid: this.#newUuid(), value: new Uint8Array() });
  }

  /**
   * Stores a variable, also one whose value is what it was.
   * @returns The variable with its new version, or nothing when another change came first: then nothing was stored.
   */
  async store({ name, uuid, value }: Variable): Promise<Variable | undefined> {
    checkName(name);
    const entry = { name, uuid: this.#newUuid(), value };
    return (await this.#storage.set(entry, uuid)) ? new Variable(entry) : undefined;
  }

  /** Removes a variable; false when it is not there, or another change came first. */
  expunge({ name, uuid, value }: Variable): Promise<boolean> {
    return this.#storage.expunge({ name, uuid, value });
  }

  /** The names of all variables. */
  names(): Promise<ReadonlySet<string>> {
    return this.#storage.names();
  }

  #newUuid(): Uint8Array {
    return randomUuid(this.#random.bytes(16));
  }
}

function checkName(name: string): void {
  if (name !== '' && !/\p{Surrogate}/u.test(name)) return;
  throw new StateError('STATE_NAME_INVALID', `${JSON.stringify(name)} cannot be the name of a variable`);
}
