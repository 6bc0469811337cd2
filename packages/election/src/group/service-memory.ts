import { Mutex, errorText } from '@mesos-ts/libprocess';
import type { Disk, Logger } from '@mesos-ts/libprocess';

const file = 'service';
const nextFile = 'service.next';
const bytesMax = 4096;

/**
 * Keeps on a disk how far an election service had come when it was last seen, so that whoever is started anew notices, too, when that has been wiped. It is of
 * help only: what cannot be read or written is warned of, and nobody waits for it.
 */
export class ServiceMemory {
  readonly #disk: Disk;
  readonly #logger: Logger;
  /** Writes, one after the other. */
  readonly #writes = new Mutex();
  #written: string | undefined;

  constructor(disk: Disk, logger: Logger) {
    this.#disk = disk;
    this.#logger = logger;
  }

  /** The count of changes that a service was last seen with; 0n when it never was, or another one was. */
  async read(service: string): Promise<bigint> {
    try {
      const entry = (await this.#disk.list()).find(({ name }) => name === file);
      if (entry === undefined) return 0n;
      const text = Buffer.from(await this.#disk.read(file, 0, bytesMax)).toString();
      const record = JSON.parse(text) as { readonly service?: unknown; readonly change?: unknown };
      return record.service === service && typeof record.change === 'string' ? BigInt(record.change) : 0n;
    } catch (error) {
      this.#logger.warn(`What is kept of ${service} in the work directory cannot be read: ${errorText(error)}`);
      return 0n;
    }
  }

  /** Keeps it some time soon. */
  write(service: string, change: bigint): void {
    const text = JSON.stringify({ service, change: change.toString() });
    if (text === this.#written) return;
    this.#written = text;
    void this.#writes.run(async () => {
      try {
        await this.#disk.remove(nextFile);
        await this.#disk.write(nextFile, 0, Buffer.from(text));
        await this.#disk.sync(nextFile);
        await this.#disk.rename(nextFile, file);
        await this.#disk.sync(file);
      } catch (error) {
        this.#logger.warn(`What is known of ${service} cannot be kept in the work directory: ${errorText(error)}`);
      }
    });
  }

  /** Resolves when everything that was to be kept is, or cannot be. */
  async close(): Promise<void> {
    await this.#writes.run(() => undefined);
  }
}
