import { Listeners } from '../listeners.ts';
import type { GroupMember } from '../interfaces.ts';

/** Who is known to be in a group, oldest first. Those who listen hear of changes only: services are asked again and again. */
export class KnownMembers {
  readonly #listeners = new Listeners();
  #members: readonly GroupMember[] | undefined;

  /** Undefined until they were known for the first time. */
  get list(): readonly GroupMember[] | undefined {
    return this.#members;
  }

  /** Calls back after each change; answers how to take that back. */
  changed(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Whether just these are known to be in. */
  are(members: readonly GroupMember[]): boolean {
    return (
      this.#members?.length === members.length &&
      members.every(({ content, name }, index) => {
        const before = this.#members?.[index];
        return before?.name === name && before.content === content;
      })
    );
  }

  /** These are in. */
  show(members: readonly GroupMember[]): void {
    if (this.are(members)) return;
    this.#members = members;
    this.#listeners.call();
  }

  /** Nobody is known any more, for good. That is told also when nobody was known before: those who listen look at the group's failure. */
  end(): void {
    this.#members = [];
    this.#listeners.call();
  }
}
