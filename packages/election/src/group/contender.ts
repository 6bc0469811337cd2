import type { MasterInfo } from '@mesos-ts/protocol';
import { masterInfoText } from '../master-info.ts';
import { Listeners } from '../listeners.ts';
import type { Candidacy, Contender, Group, GroupMember } from '../interfaces.ts';

/** Contends by being in a group: the oldest member leads. */
export class GroupContender implements Contender {
  readonly #group: Group;
  readonly #listeners = new Listeners();
  #candidacy: Candidacy | undefined;
  /** What its node says. */
  #content: string | undefined;

  /** @param group Its own: it is closed with the contender. */
  constructor(group: Group) {
    this.#group = group;
  }

  async contend(info: MasterInfo): Promise<Candidacy> {
    const before = this.#candidacy;
    this.#candidacy = undefined;
    this.#content = masterInfoText(info);
    await before?.withdraw();
    this.#candidacy = await this.#group.join(this.#content);
    this.#listeners.call();
    return this.#candidacy;
  }

  /**
   * Whether a node speaks of this master and is not that of its candidacy: a service may not know yet that an earlier one is over. When it does, whoever is
   * the oldest then leads, and that need not be this one.
   */
  disowns({ content, name }: GroupMember): boolean {
    return content === this.#content && name !== this.#candidacy?.name;
  }

  /** Calls back when it may disown other nodes than before. */
  changed(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  close(): Promise<void> {
    return this.#group.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
