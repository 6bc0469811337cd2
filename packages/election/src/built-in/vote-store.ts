import { crc32 } from 'node:zlib';
import { errorText } from '@mesos-ts/libprocess';
import type { Disk } from '@mesos-ts/libprocess';
import { ElectionError } from '../errors.ts';
import type { Peer, Vote } from './messages.ts';

const file = 'vote';
const nextFile = 'vote.next';
const bytesMax = 4096;

/**
 * Keeps a master's vote on its disk: one file with a checksum, replaced as a whole, so that a loss of power leaves the one before or the new one.
 */
export class VoteStore {
  readonly #disk: Disk;
  readonly #self: Peer;

  constructor(disk: Disk, self: Peer) {
    this.#disk = disk;
    this.#self = self;
  }

  /**
   * What was kept; undefined when nothing ever was. Rejects with `ELECTION_STATE_DAMAGED` when it cannot be read as it was written, and with
   * `ELECTION_STATE_FOREIGN` when another master has written it.
   */
  async read(): Promise<Vote | undefined> {
    let text: string;
    try {
      const entry = (await this.#disk.list()).find(({ name }) => name === file);
      if (entry === undefined) return undefined;
      text = Buffer.from(await this.#disk.read(file, 0, bytesMax)).toString();
    } catch (error) {
      throw damaged(errorText(error), error);
    }
    const [line = '', sum = ''] = text.split('\n');
    if (sum !== checksum(line)) throw damaged('its checksum is wrong');
    const record = JSON.parse(line) as {
      master: string;
      term: number;
      voted_for?: string;
      promised?: { to: string; term: number };
    };
    if (record.master !== this.#self) {
      throw new ElectionError(
        'ELECTION_STATE_FOREIGN',
        `The vote in the work directory is that of the master at ${record.master}, and this one is at ${this.#self}. Two masters must never ` +
          "share a work directory, nor one have a copy of another's. If this master has moved, remove 'election' from its work directory",
      );
    }
    const { promised, term, voted_for: votedFor } = record;
    return { term, votedFor, ...(promised === undefined ? {} : { promised }) };
  }

  /** Resolves when a loss of power would leave it. Rejects with `ELECTION_STATE_UNWRITABLE`; then it is not known what is there. */
  async write({ promised, term, votedFor }: Vote): Promise<void> {
    const line = JSON.stringify({ master: this.#self, term, voted_for: votedFor, promised });
    try {
      // What an earlier attempt has left may be longer.
      await this.#disk.remove(nextFile);
      await this.#disk.write(nextFile, 0, Buffer.from(`${line}\n${checksum(line)}\n`));
      await this.#disk.sync(nextFile);
      await this.#disk.rename(nextFile, file);
      await this.#disk.sync(file);
    } catch (error) {
      const text = `The vote cannot be written into the work directory, so this master must not vote: ${errorText(error)}`;
      throw new ElectionError('ELECTION_STATE_UNWRITABLE', text, { cause: error });
    }
  }
}

function checksum(line: string): string {
  return crc32(line).toString(16).padStart(8, '0');
}

function damaged(why: string, cause?: unknown): ElectionError {
  return new ElectionError(
    'ELECTION_STATE_DAMAGED',
    `The vote in the work directory cannot be used: ${why}. If the disk is sound, remove 'election' from the work directory: this master ` +
      'then waits for as long as an earlier vote of it could count',
    { cause },
  );
}
