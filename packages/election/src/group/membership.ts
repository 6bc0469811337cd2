import { errorText } from '@mesos-ts/libprocess';
import type { Logger } from '@mesos-ts/libprocess';
import { Listeners } from '../listeners.ts';
import type { Group, Membership } from '../interfaces.ts';

/**
 * The members of a group, whose contents are PIDs. This one joins it, and again whenever it has fallen out. It is always among the members;
 * and while nobody is known to be in the group, all that were stay: a service that is lost is no reason to forget whom to ask.
 */
export class GroupMembership implements Membership {
  readonly #group: Group;
  readonly #own: string;
  readonly #listeners = new Listeners();
  readonly #stop: () => void;
  #members: ReadonlySet<string>;
  #isKnown = false;
  #isClosed = false;

  /**
   * @param group Its own: it is closed with the membership.
   * @param own The PID of the replica here.
   */
  constructor(group: Group, own: string, logger: Logger) {
    this.#group = group;
    this.#own = own;
    this.#members = new Set([own]);
    this.#stop = group.changed(() => {
      this.#update();
    });
    this.#update();
    this.#stay().catch((error: unknown) => {
      if (!this.#isClosed) logger.error(`${own} cannot join the other replicas of the log: ${errorText(error)}`);
    });
  }

  members(): ReadonlySet<string> {
    return this.#members;
  }

  isKnown(): boolean {
    return this.#isKnown;
  }

  changed(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop();
    await this.#group.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #stay(): Promise<void> {
    while (!this.#isClosed) await (await this.#group.join(this.#own)).lost;
  }

  #update(): void {
    const known = this.#group.members();
    if (known === undefined || known.length === 0) return;
    this.#isKnown ||= known.some(({ content }) => content === this.#own);
    const members = new Set([this.#own, ...known.map(({ content }) => content).filter(isPid)]);
    if (members.size === this.#members.size && [...members].every((member) => this.#members.has(member))) return;
    this.#members = members;
    this.#listeners.call();
  }
}

function isPid(text: string): boolean {
  return /^[^@\s]+@[^@\s]+:\d+$/.test(text);
}
