import type { Approvers } from '../authorization/approvers.ts';

/** How pieces of one sort are told. */
export interface Kind<L> {
  /** What comes before the text. */
  readonly lead: string;
  /** The tag of a field of protobuf, which comes before the text with its length; 0 for none. */
  readonly tag: number;
  /** The text of a piece, a character for each byte. */
  readonly text: (leaf: L, approvers: Approvers) => string;
}

/** Something that does not change any more, and how it is told. */
interface Piece {
  readonly leaf: unknown;
  readonly kind: Kind<never>;
}

/** Some pieces in a row, which are told in one piece. */
export class Block {
  /** Another one than that of any other block of the same read model. */
  readonly number: number;
  /** In bytes. */
  readonly length: number;
  readonly leaves: readonly unknown[];
  readonly kinds: readonly Kind<never>[];

  constructor(number: number, length: number, leaves: readonly unknown[], kinds: readonly Kind<never>[]) {
    this.number = number;
    this.length = length;
    this.leaves = leaves;
    this.kinds = kinds;
  }

  /** Makes the bytes, which are its own. */
  bytes(approvers: Approvers): Uint8Array<ArrayBuffer> {
    const texts: string[] = [];
    for (const [index, leaf] of this.leaves.entries()) {
      const kind = this.kinds[index] as Kind<unknown>;
      addText(texts, kind, kind.text(leaf, approvers));
    }
    return bytesOf(texts, this.length);
  }
}

/** What a section asks of those who have it. */
export interface BlockStore {
  readonly approvers: Approvers;
  /** Takes the bytes of a new block, and says its number. */
  added(bytes: Uint8Array<ArrayBuffer>): number;
  /** A block is not of use any more. */
  dropped(block: Block): void;
}

// A block is made anew when any of its pieces changes; a client's connection takes it in one go.
const blockBytes = 128 * 1024;
// Smaller ones are joined with the one behind them as soon as they are made anew.
const smallBytes = blockBytes / 4;

/**
 * A part of an answer: a list of pieces, kept as blocks of bytes from one answer to the next. A block in which no piece has been replaced,
 * added or taken away stays as it is. That is seen by comparing the pieces, so nobody has to say what has changed.
 */
export class Section {
  /** Another one than that of any other section of the same read model. */
  readonly number: number;
  readonly #store: BlockStore;
  #revision: number | undefined;
  #blocks: readonly Block[] = [];
  #length = 0;
  #version = 0;

  constructor(store: BlockStore, number: number) {
    this.#store = store;
    this.number = number;
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /** Another one whenever any byte has changed. */
  get version(): number {
    return this.#version;
  }

  /**
   * Lists the pieces anew, if something has changed. Yields where others may have their turn, after so many new texts.
   * @param revision Of what is listed; undefined where it cannot be known whether that has changed.
   */
  *update(
    revision: number | undefined,
    list: (writer: SectionWriter) => Generator<undefined, void>,
  ): Generator<undefined, void> {
    if (revision !== undefined && revision === this.#revision) return;
    this.#revision = revision;
    const writer = new SectionWriter(this.#store, this.#blocks);
    yield* list(writer);
    const blocks = writer.finish();
    if (!writer.isChanged) return;
    this.#version++;
    this.#blocks = blocks;
    this.#length = blocks.reduce((sum, { length }) => sum + length, 0);
  }

  /** Lets go of all blocks. */
  drop(): void {
    for (const block of this.#blocks) this.#store.dropped(block);
    this.#blocks = [];
  }
}

/** Takes the pieces of a section in order, and finds the blocks that can stay. */
export class SectionWriter {
  /** Texts that were made since this was set to 0. */
  made = 0;
  readonly #store: BlockStore;
  readonly #before: readonly Block[];
  readonly #blocks: Block[] = [];
  /** Where the blocks of before begin. */
  readonly #starts = new Map<unknown, number>();
  /** The block of before that is next, and of how many of its pieces it is known that they are still there. */
  #next = 0;
  #matched = 0;
  /** Whether the pieces of the next block are being compared; else what comes goes into a new block. */
  #isMatching: boolean;
  #leaves: unknown[] = [];
  #kinds: Kind<never>[] = [];
  #texts: string[] = [];
  #bytes = 0;

  constructor(store: BlockStore, before: readonly Block[]) {
    this.#store = store;
    this.#before = before;
    this.#isMatching = before.length > 0;
    for (const [index, { leaves }] of before.entries()) {
      // What is between lists looks alike in many places.
      if (typeof leaves[0] === 'object') this.#starts.set(leaves[0], index);
    }
  }

  /** Whether there are other blocks than before. Known when all is written. */
  get isChanged(): boolean {
    return this.#blocks.length !== this.#before.length || this.#blocks.some((block, at) => block !== this.#before[at]);
  }

  add<L>(leaf: L, kind: Kind<L>): void {
    if (this.#isMatching) {
      const block = this.#before[this.#next];
      const at = this.#matched;
      if (block?.leaves[at] === leaf && block.kinds[at] === (kind as Kind<never>)) {
        this.#matched++;
        if (this.#matched === block.leaves.length) this.#keep(block);
        return;
      }
      this.#stopMatching();
    } else if (this.#canResume(leaf, kind)) {
      this.#close();
      this.#isMatching = true;
      this.#matched = 0;
      this.add(leaf, kind);
      return;
    }
    this.#write({ leaf, kind });
  }

  /** No more pieces come. Answers the blocks. */
  finish(): readonly Block[] {
    if (this.#isMatching) this.#stopMatching();
    this.#close();
    const kept = new Set(this.#blocks);
    for (const block of this.#before) if (!kept.has(block)) this.#store.dropped(block);
    return this.#blocks;
  }

  #keep(block: Block): void {
    this.#blocks.push(block);
    this.#next++;
    this.#matched = 0;
    this.#isMatching = this.#next < this.#before.length;
  }

  /** What was the same of a block so far goes into a new one. */
  #stopMatching(): void {
    const block = this.#before[this.#next];
    this.#isMatching = false;
    for (const [at, leaf] of block?.leaves.slice(0, this.#matched).entries() ?? []) {
      this.#write({ leaf, kind: block?.kinds[at] as Kind<never> });
    }
    this.#next++;
  }

  /** Whether a block of before begins here, and what is new is long enough for a block of its own. */
  #canResume(leaf: unknown, kind: Kind<never>): boolean {
    const start = this.#starts.get(leaf);
    if (start === undefined || start < this.#next || this.#before[start]?.kinds[0] !== kind) return false;
    if (this.#bytes > 0 && this.#bytes < smallBytes) return false;
    this.#next = start;
    return true;
  }

  #write({ kind, leaf }: Piece): void {
    const text = (kind as Kind<unknown>).text(leaf, this.#store.approvers);
    this.made++;
    this.#leaves.push(leaf);
    this.#kinds.push(kind);
    this.#bytes += addText(this.#texts, kind, text);
    // As long as it may be that a block of before goes on, one that has grown is not divided: what is left of it would shift all others.
    const bytesMax = this.#next < this.#before.length ? 2 * blockBytes : blockBytes;
    if (this.#bytes >= bytesMax) this.#close();
  }

  #close(): void {
    if (this.#leaves.length === 0) return;
    const number = this.#store.added(bytesOf(this.#texts, this.#bytes));
    this.#blocks.push(new Block(number, this.#bytes, this.#leaves, this.#kinds));
    this.#leaves = [];
    this.#kinds = [];
    this.#texts = [];
    this.#bytes = 0;
  }
}

/** Adds what a piece consists of, and answers how many bytes that are. */
function addText(texts: string[], { lead, tag }: Kind<never>, text: string): number {
  if (lead !== '') texts.push(lead);
  const length = lead.length + text.length;
  if (tag === 0) {
    texts.push(text);
    return length;
  }
  const prefix = varint(tag) + varint(text.length);
  texts.push(prefix, text);
  return length + prefix.length;
}

function bytesOf(texts: readonly string[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  Buffer.from(bytes.buffer).write(texts.join(''), 0, length, 'latin1');
  return bytes;
}

/** The tag of a field of protobuf that has a length. */
export function fieldTag(number: number): number {
  return number * 8 + 2;
}

/** A number as protobuf has it, a character for each byte. */
export function varint(value: number): string {
  let text = '';
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) text += String.fromCharCode((rest % 0x80) + 0x80);
  return text + String.fromCharCode(rest);
}
