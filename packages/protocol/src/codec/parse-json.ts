// Says where a text stops being JSON, in the words in which Mesos says it. `JSON.parse` reads; this only looks for the fault, so it costs
// nothing where there is none.
import type { Parsed } from '@mesos-ts/flags';

/** Characters of the faulty line that are told. Mesos tells all of them, however many. */
const nearMax = 256;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const spacePattern = /[ \t\n\r]*/y;
const escapePattern = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const words: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

/** Reads a text as JSON; what is wrong is told as Mesos's own reader tells it. */
export function parseJson(text: string): Parsed<unknown> {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { error: faultOf(text) };
  }
}

function faultOf(text: string): string {
  const scan = new Scan(text);
  if (scan.value()) {
    const rest = text.slice(scan.position).trim();
    return `Parsed JSON included non-whitespace trailing characters: ${rest.slice(0, nearMax)}`;
  }
  const line = text.slice(0, scan.position).split('\n').length;
  const [near = ''] = text.slice(scan.position).split('\n', 1);
  // oxlint-disable-next-line no-control-regex -- an answer is one line of text
  return `syntax error at line ${line} near: ${near.slice(0, nearMax).replaceAll(/[\u0000-\u001f]/g, '')}`;
}

/** Walks through one value, with a list instead of recursion: a text may nest as deep as it is long. */
class Scan {
  position = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether a value is here; where not, `position` is at the fault. */
  value(): boolean {
    const open: ('[' | '{')[] = [];
    for (;;) {
      const isOpened = this.#begins(open);
      if (isOpened === undefined) return false;
      if (isOpened) continue;
      for (;;) {
        const innermost = open.at(-1);
        if (innermost === undefined) return true;
        if (this.#take(',')) {
          if (innermost === '{' && !this.#key()) return false;
          break;
        }
        if (!this.#take(innermost === '{' ? '}' : ']')) return false;
        open.pop();
      }
    }
  }

  /** Takes a value that holds no other; true for the beginning of one that does, undefined when there is none. */
  #begins(open: ('[' | '{')[]): boolean | undefined {
    if (this.#take('[')) {
      if (this.#take(']')) return false;
      open.push('[');
      return true;
    }
    if (this.#take('{')) {
      if (this.#take('}')) return false;
      open.push('{');
      return this.#key() ? true : undefined;
    }
    if (this.#text[this.position] === '"') return this.#string() ? false : undefined;
    const word = words[this.#text[this.position] ?? ''];
    if (word !== undefined) return this.#word(word) ? false : undefined;
    return this.#match(numberPattern) > 0 ? false : undefined;
  }

  #key(): boolean {
    this.#match(spacePattern);
    return this.#string() && this.#take(':');
  }

  #string(): boolean {
    if (!this.#take('"')) return false;
    for (;;) {
      const sign = this.#text[this.position];
      if (sign === undefined || sign < ' ') return false;
      if (sign === '\\') {
        if (this.#match(escapePattern) === 0) return false;
      } else {
        this.position++;
        if (sign === '"') return true;
      }
    }
  }

  #word(word: string): boolean {
    for (const letter of word) {
      if (this.#text[this.position] !== letter) return false;
      this.position++;
    }
    return true;
  }

  /** Takes a sign behind white space. */
  #take(sign: string): boolean {
    this.#match(spacePattern);
    if (this.#text[this.position] !== sign) return false;
    this.position++;
    return true;
  }

  /** Takes what the pattern finds here and answers its length. */
  #match(pattern: RegExp): number {
    pattern.lastIndex = this.position;
    const length = pattern.exec(this.#text)?.[0].length ?? 0;
    this.position += length;
    return length;
  }
}
