import { isFileName } from '../../disk/disk.ts';
import { ProcessError, errorText } from '../../errors.ts';
import { compareTexts } from '../../text.ts';
import type { Disk, DiskFile } from '../../disk/disk.ts';
import type { Dice } from './dice.ts';
import type { Lane, Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

/** How a simulated disk behaves. Probabilities are between 0 and 1, and 0 by default. */
export interface DiskOptions {
  /** How long an operation takes, in milliseconds: drawn evenly between the two. @default [0.05, 1] */
  readonly latencyMs?: readonly [least: number, most: number];
  /** How long a sync takes. @default [0.5, 10] */
  readonly syncMs?: readonly [least: number, most: number];
  /** Reads that fail. */
  readonly readErrors?: number;
  /** Writes that fail, having written nothing, a part or all. */
  readonly writeErrors?: number;
  /** Syncs that fail. As on Linux, what they were for is then never written, although reads have it until the power goes. */
  readonly syncErrors?: number;
  /** Reads that have a bit turned over. */
  readonly corruption?: number;
  /** Bytes of all files together, beyond which writes fail. @default Infinity */
  readonly capacityBytes?: number;
}

interface Write {
  readonly sequence: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Bytes that can be written at any place; what was never written is zero. */
class Bytes {
  #buffer = new Uint8Array();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  write(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const end = offset + bytes.length;
    if (end > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#buffer.length));
      grown.set(this.#buffer);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, offset);
    this.#length = Math.max(this.#length, end);
  }

  read(start = 0, end = this.#length): Uint8Array {
    return this.#buffer.slice(start, Math.min(end, this.#length));
  }
}

/** A file's content, whatever its name. */
class Content {
  /** What reads see. */
  seen = new Bytes();
  /** What is there when the power comes back. */
  readonly lasting = new Bytes();
  /** What the machine may have written, or not, when the power goes. */
  unsynced: Write[] = [];
}

/** One life's operations that have not come to their end. */
interface Mount {
  killed: boolean;
  readonly pending: Set<() => void>;
}

// What a disk writes as a whole: the smallest sector there is.
const sectorBytes = 512;

/**
 * The disk of a simulated node, over all its lives. A program that is killed leaves what it has written. When the power goes, of what was
 * written and not synced any part may be there, in any order and torn between sectors, and of renamings and removals only the first so
 * many.
 */
export class SimulatedDisk {
  readonly #timeline: Timeline;
  readonly #lane: Lane & { readonly name: string };
  readonly #dice: Dice;
  readonly #trace: Trace;
  #options: DiskOptions;
  #names = new Map<string, Content>();
  readonly #lastingNames = new Map<string, Content>();
  /** What changed the names since the last sync, oldest first. */
  #unsyncedNames: { readonly sequence: number; readonly apply: (names: Map<string, Content>) => unknown }[] = [];
  #sequence = 0;
  #mount: Mount | undefined;

  /** Made by the simulation. */
  constructor(
    timeline: Timeline,
    lane: Lane & { readonly name: string },
    dice: Dice,
    trace: Trace,
    options: DiskOptions,
  ) {
    this.#timeline = timeline;
    this.#lane = lane;
    this.#dice = dice;
    this.#trace = trace;
    this.#options = options;
  }

  /** Changes how it behaves from now on. */
  configure(options: DiskOptions): void {
    this.#options = { ...this.#options, ...options };
  }

  /** What a file has now, whoever wrote it; undefined without such a file. For checks. */
  peek(name: string): Buffer | undefined {
    const content = this.#names.get(name);
    return content === undefined ? undefined : Buffer.from(content.seen.read());
  }

  /** The disk as the next life of the node has it. @internal */
  mount(): Disk {
    const mount: Mount = { killed: false, pending: new Set() };
    this.#mount = mount;
    return {
      list: () => this.#perform(mount, 'list', () => this.#list()),
      read: (name, offset, length) =>
        this.#perform(mount, `read ${name} at ${offset}`, () => this.#read(name, offset, length)),
      write: (name, offset, bytes) => {
        const copy = Uint8Array.from(bytes);
        return this.#change(mount, `write ${name} at ${offset}, ${copy.length} bytes`, () => {
          this.#write(name, offset, copy);
        });
      },
      sync: (name) => {
        const until = this.#sequence;
        const sync = (): void => {
          this.#sync(name, until);
        };
        return this.#perform(mount, `sync ${name}`, sync, this.#options.syncMs ?? [0.5, 10]);
      },
      rename: (from, to) =>
        this.#change(mount, `rename ${from} to ${to}`, () => {
          const content = this.#existing(from);
          checkName(to);
          this.#rename((names) => {
            names.delete(from);
            names.set(to, content);
          });
        }),
      remove: (name) =>
        this.#change(mount, `remove ${name}`, () => {
          checkName(name);
          if (this.#names.has(name)) this.#rename((names) => names.delete(name));
        }),
    };
  }

  /** The program is gone: of the changes it had asked for and not heard of, each is made or not. @internal */
  kill(): void {
    const mount = this.#mount;
    if (mount === undefined) return;
    mount.killed = true;
    for (const change of mount.pending) if (this.#dice.chance(0.5)) change();
    this.#mount = undefined;
  }

  /** The power is gone. @internal */
  cutPower(): void {
    this.kill();
    const kept = this.#dice.integer(this.#unsyncedNames.length + 1);
    for (const { apply } of this.#unsyncedNames.slice(0, kept)) apply(this.#lastingNames);
    this.#unsyncedNames = [];
    this.#names = new Map(this.#lastingNames);
    for (const [name, content] of this.#names) {
      const { unsynced } = content;
      content.unsynced = [];
      for (const write of unsynced) this.#survive(content.lasting, write);
      content.seen = new Bytes();
      content.seen.write(0, content.lasting.read());
      if (unsynced.length > 0) {
        this.#trace.record(this.#lane.name, 'disk', `${name} has ${content.seen.length} bytes after the power was cut`);
      }
    }
  }

  #change(mount: Mount, what: string, work: () => void): Promise<void> {
    const unheard = (): void => {
      try {
        work();
      } catch {
        // Whoever asked for it is gone.
      }
    };
    if (!mount.killed) mount.pending.add(unheard);
    return this.#perform(mount, what, () => {
      mount.pending.delete(unheard);
      work();
    });
  }

  /** Does it when its time has come. A program that is gone hears of nothing. */
  #perform<T>(mount: Mount, what: string, work: () => T, takesMs = this.#options.latencyMs ?? [0.05, 1]): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#timeline.after(this.#dice.between(...takesMs), this.#lane, () => {
        if (mount.killed) return;
        try {
          const result = work();
          this.#trace.record(this.#lane.name, 'disk', what);
          resolve(result);
        } catch (error) {
          this.#trace.record(this.#lane.name, 'disk', `${what}: ${errorText(error)}`);
          reject(error);
        }
      });
    });
  }

  #list(): DiskFile[] {
    return [...this.#names]
      .map(([name, { seen }]) => ({ name, bytes: seen.length }))
      .toSorted((one, two) => compareTexts(one.name, two.name));
  }

  #read(name: string, offset: number, length: number): Uint8Array {
    checkCount(offset);
    checkCount(length);
    const bytes = this.#existing(name).seen.read(offset, offset + length);
    if (this.#dice.chance(this.#options.readErrors ?? 0)) throw failed(`reading ${name} failed`);
    if (this.#dice.chance(this.#options.corruption ?? 0)) this.#dice.corrupt(bytes);
    return bytes;
  }

  #write(name: string, offset: number, bytes: Uint8Array): void {
    checkName(name);
    checkCount(offset);
    const { writeErrors = 0, capacityBytes = Infinity } = this.#options;
    let content = this.#names.get(name);
    const grownBytes = Math.max(0, offset + bytes.length - (content?.seen.length ?? 0));
    if (grownBytes > 0 && this.#list().reduce((sum, file) => sum + file.bytes, grownBytes) > capacityBytes) {
      throw failed(`no space left for ${name}`);
    }
    if (content === undefined) {
      const made = new Content();
      content = made;
      this.#rename((names) => names.set(name, made));
    }
    const fails = this.#dice.chance(writeErrors);
    const written = fails ? bytes.subarray(0, this.#dice.integer(bytes.length + 1)) : bytes;
    content.seen.write(offset, written);
    content.unsynced.push({ sequence: this.#sequence++, offset, bytes: written });
    if (fails) throw failed(`writing ${name} failed`);
  }

  #sync(name: string, until: number): void {
    const content = this.#existing(name);
    const covered = content.unsynced.filter(({ sequence }) => sequence < until);
    content.unsynced = content.unsynced.filter(({ sequence }) => sequence >= until);
    if (this.#dice.chance(this.#options.syncErrors ?? 0)) throw failed(`syncing ${name} failed`);
    for (const { offset, bytes } of covered) content.lasting.write(offset, bytes);
    for (const { sequence, apply } of this.#unsyncedNames) if (sequence < until) apply(this.#lastingNames);
    this.#unsyncedNames = this.#unsyncedNames.filter(({ sequence }) => sequence >= until);
  }

  /** Each sector of a write is there or not; more often all of them or none. */
  #survive(lasting: Bytes, { offset, bytes }: Write): void {
    const fate = this.#dice.integer(3);
    if (fate === 0) return;
    for (let start = 0; start < bytes.length;) {
      const end = Math.min(bytes.length, start + sectorBytes - ((offset + start) % sectorBytes));
      if (fate === 1 || this.#dice.chance(0.5)) lasting.write(offset + start, bytes.subarray(start, end));
      start = end;
    }
  }

  #existing(name: string): Content {
    checkName(name);
    const content = this.#names.get(name);
    if (content === undefined) throw failed(`there is no file ${name}`);
    return content;
  }

  #rename(apply: (names: Map<string, Content>) => unknown): void {
    apply(this.#names);
    this.#unsyncedNames.push({ sequence: this.#sequence++, apply });
  }
}

function failed(problem: string): ProcessError {
  return new ProcessError('DISK_FAILED', `The disk: ${problem}`);
}

function checkName(name: string): void {
  if (!isFileName(name)) throw failed(`'${name}' cannot name a file`);
}

function checkCount(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw failed(`${value} is no offset or length`);
}
