import type { WordCount } from './count.ts';

/** The merged results of shards, each of which counts once. */
export class Totals {
  readonly #counts = new Map<string, number>();
  readonly #shards = new Set<number>();
  #words = 0;

  get words(): number {
    return this.#words;
  }

  get shards(): number {
    return this.#shards.size;
  }

  /** Adds a shard's result; false if that shard had been added before. */
  add(shard: number, result: WordCount): boolean {
    if (this.#shards.has(shard)) return false;
    this.#shards.add(shard);
    this.#words += result.words;
    for (const [word, count] of Object.entries(result.counts)) {
      this.#counts.set(word, (this.#counts.get(word) ?? 0) + count);
    }
    return true;
  }

  /** The most frequent words, alphabetically where they are equally frequent. */
  top(limit: number): [word: string, count: number][] {
    return [...this.#counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, limit);
  }
}

/** Reads a task's result file; undefined if it is none. */
export function parseResult(text: string): WordCount | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('words' in value) || !('counts' in value)) return undefined;
  const { words, counts } = value;
  if (typeof words !== 'number' || typeof counts !== 'object' || counts === null) return undefined;
  const entries = Object.entries(counts as Record<string, unknown>);
  if (!entries.every((entry): entry is [string, number] => typeof entry[1] === 'number')) return undefined;
  return { words, counts: Object.fromEntries(entries) };
}
