import { LogError, type LogEntry, type LogReader, type LogWriter } from '@mesos-ts/replicated-log';

/** A log in memory that behaves as a replicated one does to one of its replicas: writers depose each other. */
export class MemoryLog {
  /** By position; truncations and elections have no data. */
  readonly entries: (Uint8Array | undefined)[] = [];
  beginning = 0;
  /** How many bytes were appended. */
  bytes = 0;
  starts = 0;
  /** Answers `lost` so many times before the next writer wins. */
  losses = 0;
  /** Has an append depose its writer, before or after it is in the log. */
  deposes: 'before' | 'after' | undefined;
  /** How large an entry may be. */
  entryBytesMax = Infinity;
  /** Called before each read. */
  beforeRead: (() => void) | undefined;
  #leader: object | undefined;
  #demote: (() => void) | undefined;

  reader(): LogReader {
    return {
      beginning: async () => this.beginning,
      ending: async () => this.entries.length - 1,
      catchup: async () => this.entries.length - 1,
      read: async (from, to) => {
        this.beforeRead?.();
        if (from < this.beginning) throw new LogError('LOG_POSITION_TRUNCATED', `${from} is truncated`);
        if (to >= this.entries.length) throw new LogError('LOG_POSITION_UNLEARNED', `${to} is not learned`);
        const found: LogEntry[] = [];
        for (let position = from; position <= to; position++) {
          const data = this.entries[position];
          if (data !== undefined) found.push({ position, data });
        }
        return found;
      },
    };
  }

  writer(): LogWriter {
    const self = {};
    const write = (data: Uint8Array | undefined): number | 'demoted' => {
      if (this.#leader !== self) return 'demoted';
      if (this.deposes === 'before') return this.#depose();
      this.bytes += data?.length ?? 0;
      this.entries.push(data);
      return this.deposes === 'after' ? this.#depose() : this.entries.length - 1;
    };
    let demoted = Promise.resolve();
    return {
      start: async () => {
        this.starts++;
        if (this.losses-- > 0) return 'lost';
        this.#demote?.();
        this.#leader = self;
        demoted = new Promise((resolve) => (this.#demote = resolve));
        this.entries.push(undefined);
        return this.entries.length - 1;
      },
      append: async (data) => {
        if (data.length > this.entryBytesMax) throw new LogError('LOG_TOO_LARGE', 'The entry is too large');
        return write(data);
      },
      truncate: async (to) => {
        const position = write(undefined);
        if (position !== 'demoted') {
          this.beginning = Math.max(this.beginning, to);
          this.entries.fill(undefined, 0, this.beginning);
        }
        return position;
      },
      demoted: () => demoted,
      resign: async () => {
        if (this.#leader === self) this.#depose();
      },
    };
  }

  #depose(): 'demoted' {
    this.deposes = undefined;
    this.#leader = undefined;
    this.#demote?.();
    return 'demoted';
  }
}
