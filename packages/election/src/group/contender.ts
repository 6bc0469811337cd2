import type { MasterInfo } from '@mesos-ts/protocol';
import { masterInfoText } from '../master-info.ts';
import type { Candidacy, Contender, Group } from '../interfaces.ts';

/** Contends by being in a group: the oldest member leads. */
export class GroupContender implements Contender {
  readonly #group: Group;
  #candidacy: Candidacy | undefined;

  /** @param group Its own: it is closed with the contender. */
  constructor(group: Group) {
    this.#group = group;
  }

  async contend(info: MasterInfo): Promise<Candidacy> {
    await this.#candidacy?.withdraw();
    this.#candidacy = await this.#group.join(masterInfoText(info));
    return this.#candidacy;
  }

  close(): Promise<void> {
    return this.#group.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
