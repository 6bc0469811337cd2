import { createHash } from 'node:crypto';
import { gzipHeader, gzipTrailer, packed, type Packed } from './gzip.ts';
import { fieldTag, Section, varint, type Block, type BlockStore, type SectionWriter } from './section.ts';
import { bytesOfCharacters } from './texts.ts';
import type { Approvers } from '../authorization/approvers.ts';

/** A part of an answer: a text, a character for each byte, or a list that is kept. */
export type Part = Section | string;

/** What is kept for those who may see the same. */
export interface Sight {
  readonly approvers: Approvers;
  /** Whether it is not known by rules what they may see. */
  readonly isOfCode: boolean;
  readonly sections: Map<string, { readonly section: Section; askedMs: number }>;
}

/** An answer, of blocks that stay as they are from one answer to the next. */
export interface Composed {
  /** Differs from that of any other answer of this program that is not the same in every byte, but for compression. */
  readonly tag: string;
  /** Whether it is compressed: short ones are not. */
  readonly isGzip: boolean;
  /** In bytes, as it is sent. */
  readonly length: number;
  /** Bytes, or the numbers of blocks that were sent before or are added now. */
  readonly parts: readonly (Uint8Array<ArrayBuffer> | number)[];
  readonly added: readonly (readonly [number: number, bytes: Uint8Array<ArrayBuffer>])[];
  /** The numbers of blocks that no later answer has. */
  readonly dropped: readonly number[];
}

/** An answer that is whole and does not change any more. */
export interface ListingAnswer extends Pick<Composed, 'isGzip' | 'length' | 'tag'> {
  readonly parts: readonly Uint8Array[];
}

/** A block as it is sent compressed. */
interface PackedBlock extends Pick<Packed, 'crc' | 'length'> {
  readonly number: number;
  readonly packedLength: number;
}

// Those who may see different things and for whom lists are kept.
const sightsMax = 16;
// As for all other answers.
const gzipBytesMin = 1024;
// Compressing is done by the four threads of Node.js, which those who write to disks need too.
const packedAtOnce = 2;
/** After this many milliseconds what nobody has asked for is not kept any more. */
export const keptMs = 600_000;

/** What a composer is told. */
export interface ComposerOptions {
  /** Different for each composer of a program. */
  readonly generation: number;
  /** Lets others have their turn; undefined where there are no others. */
  readonly turn?: (() => Promise<void>) | undefined;
}

/**
 * Puts answers together from texts and from lists, which it keeps as blocks, in plain and compressed, for as long as somebody asks. One answer
 * after the other: what an answer adds and drops is told with it.
 */
export class Composer {
  readonly #generation: number;
  readonly #turn: (() => Promise<void>) | undefined;
  readonly #sights = new Map<Approvers, Sight>();
  readonly #packed = new Map<Block, PackedBlock>();
  #lookedMs = 0;
  #lastBlock = 0;
  #added: [number, Uint8Array<ArrayBuffer>][] = [];
  #dropped: number[] = [];

  constructor({ generation, turn }: ComposerOptions) {
    this.#generation = generation;
    this.#turn = turn;
  }

  /**
   * Begins an answer. Lets go of lists that nobody has asked for in a long time; true where it has looked for some.
   * @param nowMs Milliseconds since the Unix epoch.
   */
  begin(nowMs: number): boolean {
    this.#added = [];
    this.#dropped = [];
    if (nowMs - this.#lookedMs < keptMs / 10) return false;
    this.#lookedMs = nowMs;
    for (const { sections } of this.#sights.values()) {
      for (const [name, { askedMs, section }] of sections) {
        if (nowMs - askedMs < keptMs) continue;
        sections.delete(name);
        section.drop();
      }
    }
    return true;
  }

  /**
   * What is kept for those who have these approvers.
   * @param isOfCode Whether it is not known by rules what they may see.
   */
  sightOf(approvers: Approvers, isOfCode: boolean): Sight {
    const sight = this.#sights.get(approvers) ?? { approvers, isOfCode, sections: new Map() };
    // As the one that was asked for last.
    this.#sights.delete(approvers);
    this.#sights.set(approvers, sight);
    for (const [oldest, { sections }] of this.#sights) {
      if (this.#sights.size <= sightsMax) break;
      this.#sights.delete(oldest);
      for (const { section } of sections.values()) section.drop();
    }
    return sight;
  }

  /**
   * A list as it is now.
   * @param revision Of what is listed; undefined where it is not known whether that has changed.
   */
  async section(
    sight: Sight,
    name: string,
    { nowMs, revision }: { readonly nowMs: number; readonly revision: number | undefined },
    list: (writer: SectionWriter) => Generator<undefined, void>,
  ): Promise<Section> {
    let entry = sight.sections.get(name);
    if (entry === undefined) {
      entry = { section: new Section(this.#storeFor(sight.approvers), ++this.#lastBlock), askedMs: nowMs };
      sight.sections.set(name, entry);
    }
    entry.askedMs = nowMs;
    // What code allows may be something else each time.
    for (const _ of entry.section.update(sight.isOfCode ? undefined : revision, list)) await this.#turn?.();
    return entry.section;
  }

  /** The answer that consists of these parts. */
  compose(parts: readonly Part[], sight: Sight, gzip: boolean): Promise<Composed> | Composed {
    const tag = this.#tag(parts);
    return gzip && lengthOf(parts) >= gzipBytesMin ? this.#compressed(parts, tag, sight) : this.#plain(parts, tag);
  }

  /**
   * The same in one piece.
   * @param frame What of a stream it is.
   */
  composeWhole(
    message: readonly Part[],
    { approvers }: Sight,
    frame: (message: readonly Part[]) => readonly Part[],
  ): Composed {
    const parts = frame(message);
    const whole = new Uint8Array(lengthOf(parts));
    let at = 0;
    for (const part of parts) {
      const pieces =
        typeof part === 'string' ? [bytesOfCharacters(part)] : part.blocks.map((block) => block.bytes(approvers));
      for (const piece of pieces) {
        whole.set(piece, at);
        at += piece.length;
      }
    }
    return this.#sent(this.#tag(message), whole.length, [whole]);
  }

  #plain(parts: readonly Part[], tag: string): Composed {
    const sent: (Uint8Array<ArrayBuffer> | number)[] = [];
    let length = 0;
    for (const part of parts) {
      length += part.length;
      if (typeof part === 'string') sent.push(bytesOfCharacters(part));
      else for (const block of part.blocks) sent.push(block.number);
    }
    return this.#sent(tag, length, sent);
  }

  #sent(tag: string, length: number, parts: readonly (Uint8Array<ArrayBuffer> | number)[]): Composed {
    return { tag, isGzip: false, length, parts, added: this.#added, dropped: this.#dropped };
  }

  async #compressed(parts: readonly Part[], tag: string, sight: Sight): Promise<Composed> {
    const sent: (Uint8Array<ArrayBuffer> | number)[] = [gzipHeader.slice()];
    const sums: Pick<Packed, 'crc' | 'length'>[] = [];
    let length = gzipHeader.length;
    for (const part of parts) {
      if (typeof part === 'string') {
        const made = await packed(bytesOfCharacters(part));
        sums.push(made);
        sent.push(made.bytes);
        length += made.bytes.length;
        continue;
      }
      for (let begin = 0; begin < part.blocks.length; begin += packedAtOnce) {
        const blocks = part.blocks.slice(begin, begin + packedAtOnce);
        for (const made of await Promise.all(blocks.map((block) => this.#packedBlock(block, sight)))) {
          sums.push(made);
          sent.push(made.number);
          length += made.packedLength;
        }
      }
    }
    const trailer = gzipTrailer(sums);
    sent.push(trailer);
    return { ...this.#sent(tag, length + trailer.length, sent), isGzip: true };
  }

  async #packedBlock(block: Block, { approvers }: Sight): Promise<PackedBlock> {
    const known = this.#packed.get(block);
    if (known !== undefined) return known;
    const { bytes, crc, length } = await packed(block.bytes(approvers));
    const number = this.#add(bytes);
    const made = { number, crc, length, packedLength: bytes.length };
    this.#packed.set(block, made);
    return made;
  }

  #storeFor(approvers: Approvers): BlockStore {
    return {
      approvers,
      added: (bytes) => this.#add(bytes),
      dropped: (block) => {
        this.#dropped.push(block.number);
        const compressed = this.#packed.get(block);
        if (compressed === undefined) return;
        this.#packed.delete(block);
        this.#dropped.push(compressed.number);
      },
    };
  }

  #add(bytes: Uint8Array<ArrayBuffer>): number {
    const number = ++this.#lastBlock;
    this.#added.push([number, bytes]);
    return number;
  }

  #tag(parts: readonly Part[]): string {
    const hash = createHash('sha256');
    for (const part of parts) {
      if (typeof part === 'string') hash.update(part, 'latin1');
      // A list is known by its number, and by how often it has changed.
      else hash.update(`<${this.#generation}.${part.number}.${part.version}>`);
    }
    return hash.digest('base64url').slice(0, 22);
  }
}

/** An answer with the blocks that it consists of, which are noted and forgotten as it says. */
export function wholeAnswer(
  { added, dropped, isGzip, length, parts, tag }: Composed,
  blocks: Map<number, Uint8Array>,
): ListingAnswer {
  for (const [number, bytes] of added) blocks.set(number, bytes);
  const bytes = parts.map((part) => {
    const known = typeof part === 'number' ? blocks.get(part) : part;
    if (known === undefined) throw new RangeError(`Block ${String(part)} was not sent`);
    return known;
  });
  for (const number of dropped) blocks.delete(number);
  return { tag, isGzip, length, parts: bytes };
}

/** The head of a field of protobuf whose content has a length. */
export function fieldPrefix(number: number, length: number): string {
  return varint(fieldTag(number)) + varint(length);
}

/** In bytes. */
export function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
