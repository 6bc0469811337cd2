import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileDisk, MemoryNetwork, Runtime, SeededRandom, debugLogger, parseAddress } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { openBuiltInDetector, openBuiltInElection } from '../../src/built-in/open.ts';
import { testMasterInfo } from '../../src/testing/suite.ts';
import type { HostPort } from '../../src/address.ts';
import type { Candidacy, Detector } from '../../src/interfaces.ts';
import type { SuiteMaster } from '../../src/testing/suite.ts';

export const leaseMs = 1000;

/** A master of a test, which can be ended and started again with what is on its disk. */
export interface TestMaster extends SuiteMaster {
  readonly runtime: Runtime;
  readonly folder: string;
}

/** Three masters that elect among themselves, and others, on a network in memory under a clock that goes on while something is awaited. */
export class TestQuorum {
  readonly clock: TestClock;
  readonly network: MemoryNetwork;
  readonly addresses: readonly HostPort[];
  readonly log: string[];
  readonly #spare: Runtime[];
  readonly #folders: string[];
  readonly #runtimes: Runtime[] = [];
  readonly #detectors: Detector[] = [];
  readonly #disks: FileDisk[] = [];
  #started = 0;

  private constructor(spare: Runtime[], folders: string[], parts: Pick<TestQuorum, 'clock' | 'log' | 'network'>) {
    this.clock = parts.clock;
    this.network = parts.network;
    this.log = parts.log;
    this.#spare = spare;
    this.#folders = folders;
    this.addresses = spare.map(({ address }) => {
      const { ip, port } = parseAddress(address);
      return { host: ip, port };
    });
  }

  static async use(work: (quorum: TestQuorum) => Promise<void>): Promise<void> {
    const parts = { clock: new TestClock(), network: new MemoryNetwork(), log: [] };
    const spare: Runtime[] = [];
    const folders: string[] = [];
    for (let index = 0; index < 3; index++) {
      spare.push(await machine(parts, index));
      folders.push(await mkdtemp(join(tmpdir(), 'mesos-ts-quorum-')));
    }
    const quorum = new TestQuorum(spare, folders, parts);
    quorum.#runtimes.push(...spare);
    try {
      await quorum.during(work(quorum));
    } finally {
      await quorum.during(quorum.#close());
    }
  }

  /** Lets time go by as long as something is not done. */
  async during<T>(promise: Promise<T>): Promise<T> {
    const end = { isDone: false };
    const done = promise.finally(() => {
      end.isDone = true;
    });
    done.catch(() => undefined);
    while (!end.isDone) await this.clock.advance(20);
    return done;
  }

  async master(): Promise<TestMaster> {
    const index = this.#started++;
    const runtime = this.#spare[index];
    const folder = this.#folders[index];
    if (runtime === undefined || folder === undefined) throw new Error('There are three masters');
    return this.#open(runtime, folder, index + 1);
  }

  /** A folder as a disk, until the end of the test. */
  disk(folder: string): FileDisk {
    const disk = new FileDisk(folder);
    this.#disks.push(disk);
    return disk;
  }

  async observer(): Promise<Detector> {
    const runtime = await machine(this, 100 + this.#runtimes.length);
    this.#runtimes.push(runtime);
    const detector = openBuiltInDetector(runtime, this.addresses);
    this.#detectors.push(detector);
    return detector;
  }

  async #open(runtime: Runtime, folder: string, number: number): Promise<TestMaster> {
    const disk = this.disk(folder);
    const { contender, detector } = await openBuiltInElection(runtime, { masters: this.addresses, leaseMs, disk });
    return { contender, detector, info: testMasterInfo(number), runtime, folder };
  }

  async #close(): Promise<void> {
    for (const detector of this.#detectors) await detector.close();
    for (const runtime of this.#runtimes) await runtime.close();
    for (const disk of this.#disks) await disk.close();
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }
}

function machine(
  { clock, log, network }: Pick<TestQuorum, 'clock' | 'log' | 'network'>,
  seed: number,
): Promise<Runtime> {
  const logger = { ...debugLogger('mesos:election'), error: (line: string) => void log.push(line) };
  return new Runtime({ clock, transport: network.transport(), random: new SeededRandom(seed + 1), logger }).start();
}

/** Has all contend; answers who leads, and all candidacies. */
export async function contendAll(masters: readonly TestMaster[]): Promise<readonly Candidacy[]> {
  return Promise.all(masters.map(({ contender, info }) => contender.contend(info)));
}
