// The program of one task. It is fetched into the task's sandbox and run there alone, so it imports nothing but Node's own modules.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** What `wc -w` takes for a character: one of UTF-8, or a byte, as the locale says. */
export type Charset = 'utf-8' | 'bytes';

/** The words of one shard. */
export interface WordCount {
  /** As many as `wc -w` finds. */
  readonly words: number;
  /** How often each word occurs, without regard to case and to punctuation around it. */
  readonly counts: Record<string, number>;
}

// GNU wc ends a word at white space and at non-breaking space, and does not count a run without a printable character.
const separators = { 'utf-8': /[\t\n\v\f\r\p{Zs}\u2060]+/u, bytes: /[\t\n\v\f\r ]+/ } as const;
const printable = { 'utf-8': /[^\p{Cc}\p{Cn}\p{Zl}\p{Zp}]/u, bytes: /[\x21-\x7e]/ } as const;
const wordEdges = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;

/** Counts the words of a text. */
export function countWords(text: Buffer, charset: Charset): WordCount {
  let words = 0;
  const counts = new Map<string, number>();
  // Bytes that are no UTF-8 are no characters to wc; the replacement character would be one.
  const decoded = charset === 'utf-8' ? text.toString('utf8').replaceAll('\uFFFD', '') : text.toString('latin1');
  for (const run of decoded.split(separators[charset])) {
    if (!printable[charset].test(run)) continue;
    words++;
    const word = (charset === 'utf-8' ? run : Buffer.from(run, 'latin1').toString('utf8'))
      .replace(wordEdges, '')
      .toLowerCase();
    if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  // A null prototype keeps words such as `constructor` and `__proto__` apart from the object's own.
  const plain = Object.assign(Object.create(null) as Record<string, number>, Object.fromEntries(counts));
  return { words, counts: plain };
}

function main(shard: string, result: string, charset: Charset): void {
  const counted = countWords(readFileSync(shard), charset);
  // Under its final name the result is complete, whenever somebody looks.
  writeFileSync(`${result}.part`, JSON.stringify(counted));
  renameSync(`${result}.part`, result);
  process.stdout.write(`${counted.words} words in ${shard}\n`);
}

const [, script, shard, result, charset] = process.argv;
if (
  script !== undefined &&
  import.meta.url === pathToFileURL(script).href &&
  shard !== undefined &&
  result !== undefined
) {
  main(shard, result, charset === 'bytes' ? 'bytes' : 'utf-8');
}
