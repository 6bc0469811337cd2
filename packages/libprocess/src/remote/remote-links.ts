import type { ExitReason } from '../actor/event.ts';

/** Somebody here who is linked to an actor of another runtime. */
export interface RemoteLink {
  /** Tells the links to one actor apart. */
  readonly key: string;
  notify(reason: ExitReason): void;
}

/** Who here is linked to which actors of one other runtime. */
export class RemoteLinks {
  readonly #links = new Map<string, Map<string, RemoteLink>>();

  /** The actors that somebody is linked to. */
  ids(): string[] {
    return [...this.#links.keys()];
  }

  has(id: string): boolean {
    return this.#links.has(id);
  }

  of(id: string): Iterable<RemoteLink> {
    return this.#links.get(id)?.values() ?? [];
  }

  /** Answers whether it is the first to that actor; one of the same key takes the place of the one before. */
  add(id: string, link: RemoteLink): boolean {
    const links = this.#links.get(id);
    if (links === undefined) this.#links.set(id, new Map([[link.key, link]]));
    else links.set(link.key, link);
    return links === undefined;
  }

  /** Answers whether it was the last to that actor. */
  remove(id: string, key: string): boolean {
    const links = this.#links.get(id);
    return links?.delete(key) === true && links.size === 0 && this.#links.delete(id);
  }

  /** An actor has ended: tells everybody who is linked to it. */
  end(id: string, reason: ExitReason): void {
    const links = this.of(id);
    this.#links.delete(id);
    for (const link of links) link.notify(reason);
  }

  /** All links end: tells everybody. */
  endAll(reason: ExitReason): void {
    for (const links of this.#links.values()) for (const link of links.values()) link.notify(reason);
    this.#links.clear();
  }

  clear(): void {
    this.#links.clear();
  }
}
