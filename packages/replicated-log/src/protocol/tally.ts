import type { Standing } from './message.ts';

/**
 * Counts replicas, each once, and only as they are now: what a replica said before its disk was lost stops counting when another
 * replica tells that it has begun anew. A quorum of those who tell and a quorum of those who asked then share a replica that
 * either knew what was asked when the lost one begun anew, or tells of it.
 */
export class Tally<T> {
  readonly #answers = new Map<string, { readonly incarnation: number; readonly answer: T }>();
  readonly #fences: Fences;

  constructor(fences: Fences = new Fences()) {
    this.#fences = fences;
  }

  /** The first answer of a replica's incarnation counts. */
  add(from: string, standing: Standing, answer: T): void {
    this.#fences.hear(from, standing);
    const incarnation = standing.incarnation ?? 0;
    const before = this.#answers.get(from);
    if (before === undefined || before.incarnation < incarnation) this.#answers.set(from, { incarnation, answer });
  }

  /** How many have answered, whether that counts or not. */
  get size(): number {
    return this.#answers.size;
  }

  /** The answers that count. */
  answers(): Map<string, T> {
    const counted = new Map<string, T>();
    for (const [from, { incarnation, answer }] of this.#answers) {
      if (this.#fences.stands(from, incarnation)) counted.set(from, answer);
    }
    return counted;
  }
}

/** Which incarnations of replicas have been heard of. */
export class Fences {
  readonly #incarnations = new Map<string, number>();

  hear(from: string, { incarnation, fences }: Standing): void {
    if (incarnation !== undefined) this.#raise(from, incarnation);
    if (fences !== undefined) for (const [member, raised] of Object.entries(fences)) this.#raise(member, raised);
  }

  /** Whether nothing later than that incarnation of a replica has been heard of. */
  stands(member: string, incarnation: number): boolean {
    return incarnation >= (this.#incarnations.get(member) ?? 0);
  }

  all(): Record<string, number> {
    return Object.fromEntries(this.#incarnations);
  }

  #raise(member: string, incarnation: number): void {
    if (incarnation > (this.#incarnations.get(member) ?? 0)) this.#incarnations.set(member, incarnation);
  }
}
