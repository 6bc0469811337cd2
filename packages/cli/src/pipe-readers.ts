import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Who reads a pipe that this process writes to. Node.js tells a writer that its readers are gone with the next write, which may be long in
 * coming; Linux shows before who has the other end open.
 */
export class PipeReaders {
  readonly #pipe: string;
  #pids: readonly string[];

  private constructor(pipe: string, pids: readonly string[]) {
    this.#pipe = pipe;
    this.#pids = pids;
  }

  /** The readers of a file descriptor; undefined where it is no pipe, or none of its readers can be seen, as those of other users. */
  static async of(fd: number): Promise<PipeReaders | undefined> {
    const pipe = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
    if (!pipe.startsWith('pipe:')) return undefined;
    const pids = await readersOf(pipe);
    return pids.length === 0 ? undefined : new PipeReaders(pipe, pids);
  }

  /** Whether those that there were have closed their ends, and nobody has taken them over. */
  async areGone(): Promise<boolean> {
    for (const pid of this.#pids) if (await isReader(pid, this.#pipe)) return false;
    this.#pids = await readersOf(this.#pipe);
    return this.#pids.length === 0;
  }
}

async function readersOf(pipe: string): Promise<string[]> {
  const readers: string[] = [];
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (/^\d+$/.test(pid) && (await isReader(pid, pipe))) readers.push(pid);
  }
  return readers;
}

/** What is not there any more, and what is not to be seen, reads nothing. */
async function isReader(pid: string, pipe: string): Promise<boolean> {
  for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    if ((await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')) !== pipe) continue;
    const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '');
    const flags = Number.parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? '1', 8);
    if ((flags & 3) !== writeOnly) return true;
  }
  return false;
}

/** `O_WRONLY`, of the two bits that say what a file is open for. */
const writeOnly = 1;
