import { Holding } from '../group/holding.ts';
import { Listeners } from '../listeners.ts';
import { ElectionError } from '../errors.ts';
import type { Candidacy, Group, GroupMember } from '../interfaces.ts';

interface Membership extends GroupMember {
  readonly group: MemoryGroup;
  readonly holding: Holding;
}

/** A service that keeps a group, in memory: what ZooKeeper and etcd do, without them. Changes are seen by all at once. */
export class MemoryGroupService {
  readonly #groups = new Set<MemoryGroup>();
  #members: readonly Membership[] = [];
  #count = 0;

  /** Somebody's way to it. */
  group(): Group {
    const group = new MemoryGroup(this);
    this.#groups.add(group);
    return group;
  }

  /** Members, oldest first. */
  members(): readonly GroupMember[] {
    return this.#members.map(({ content, name }) => ({ content, name }));
  }

  /** Somebody who is no group writes into it. */
  intrude(content: string): GroupMember {
    const member = { name: this.#nextName(), content };
    const holding = new Holding(
      member.name,
      () => true,
      () => Promise.resolve(),
    );
    this.#change([...this.#members, { ...member, group: new MemoryGroup(this), holding }]);
    return member;
  }

  /** Removes a member, as when its session expires. */
  remove(name: string, why = 'expired'): void {
    const member = this.#members.find((each) => each.name === name);
    member?.holding.end(why);
    this.#change(this.#members.filter((each) => each !== member));
  }

  /** @internal */
  join(group: MemoryGroup, content: string): Candidacy {
    const name = this.#nextName();
    const holding = new Holding(
      name,
      () => true,
      () => {
        this.remove(name);
        return Promise.resolve();
      },
    );
    this.#change([...this.#members, { name, content, group, holding }]);
    return holding;
  }

  /** @internal */
  leave(group: MemoryGroup): void {
    this.#groups.delete(group);
    for (const member of this.#members.filter((each) => each.group === group)) this.remove(member.name, 'closed');
  }

  #nextName(): string {
    return String(this.#count++).padStart(10, '0');
  }

  #change(members: readonly Membership[]): void {
    this.#members = members;
    for (const group of this.#groups) group.listeners.call();
  }
}

class MemoryGroup implements Group {
  readonly listeners = new Listeners();
  readonly #service: MemoryGroupService;
  #isClosed = false;

  constructor(service: MemoryGroupService) {
    this.#service = service;
  }

  join(content: string): Promise<Candidacy> {
    if (this.#isClosed) return Promise.reject(new ElectionError('ELECTION_CLOSED', 'The group is closed'));
    return Promise.resolve(this.#service.join(this, content));
  }

  members(): readonly GroupMember[] {
    return this.#service.members();
  }

  failure(): undefined {
    return undefined;
  }

  changed(listener: () => void): () => void {
    return this.listeners.add(listener);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#service.leave(this);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
