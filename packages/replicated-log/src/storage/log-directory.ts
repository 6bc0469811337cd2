import { constants, existsSync } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorText } from '@mesos-ts/libprocess';
import { LogError } from '../errors.ts';
import { isTableWhole, readJournal, readManifest } from './level-files.ts';

/** The version of what is written; it grows when an older program could not read it. */
const formatVersion = 1;
/** What a directory is for. */
export interface DirectoryPurpose {
  /** The file that says whose the directory is. LevelDB leaves files alone whose names it does not know. */
  readonly label: string;
  /** What is in it: `log`. */
  readonly content: string;
  /** What to do when it is damaged, after 'Keep a copy of the directory, and'. */
  readonly remedy: string;
}

export const logPurpose: DirectoryPurpose = {
  label: 'replicated-log.json',
  content: 'log',
  remedy:
    'start the replica with an empty one: it then learns the log from the other replicas, if a quorum of them is left',
};

/** What the label of a directory says. */
interface Label {
  readonly format: number;
  /** The cluster that the log belongs to, where one was named. */
  readonly cluster: string | undefined;
  /** Whether there has been a log: from then on an empty database is a lost one. */
  readonly used: boolean;
}

/**
 * The directory of a log, or of something else that is kept as one: LevelDB's files and a label. What can be known to be wrong with them is found before LevelDB opens them, which would
 * set some of it right in its own way.
 */
export class LogDirectory {
  readonly path: string;
  readonly #cluster: string | undefined;
  readonly #create: boolean;
  readonly #purpose: DirectoryPurpose;
  #label: Label | undefined;

  constructor(path: string, cluster: string | undefined, create: boolean, purpose: DirectoryPurpose) {
    this.path = path;
    this.#cluster = cluster;
    this.#create = create;
    this.#purpose = purpose;
  }

  /** Makes the directory if there is none, and checks what is in it. */
  async prepare(): Promise<void> {
    const { content, label: labelName } = this.#purpose;
    if (!this.#create && !existsSync(join(this.path, labelName))) {
      throw new LogError('LOG_NOT_FOUND', `There is no ${content} in ${this.path}`);
    }
    await this.#attempt('making the directory', () => makeDirectory(this.path));
    const names = await this.#attempt('reading the directory', () => readdir(this.path));
    this.#label = names.includes(labelName) ? await this.#readLabel() : undefined;
    if (this.#label === undefined) {
      if (names.some((name) => name === 'CURRENT' || name.endsWith('.ldb') || name.endsWith('.sst'))) {
        throw new LogError(
          'LOG_VERSION_UNSUPPORTED',
          `${this.path} holds a database that another program has written (a ${content} of Apache Mesos's own cannot be read). Give this ${content} a ` +
            'directory of its own',
        );
      }
      await this.#writeLabel({ format: formatVersion, cluster: this.#cluster, used: false });
      return;
    }
    const { cluster, used } = this.#label;
    if (cluster !== undefined && this.#cluster !== undefined && cluster !== this.#cluster) {
      throw new LogError(
        'LOG_FOREIGN',
        `${this.path} holds the ${content} of the cluster '${cluster}', and this is '${this.#cluster}'. Give this ${content} a directory of its own, or ` +
          `start with the name of the cluster that it belongs to. Where the cluster was renamed, write the new name into ${labelName}`,
      );
    }
    if (!names.includes('CURRENT')) {
      if (used || names.some((name) => name.endsWith('.ldb'))) throw this.corrupt('the file CURRENT is missing');
      return;
    }
    await this.#checkFiles(names);
  }

  /** Called when the database is open, and nobody else has it: `empty` tells whether nothing is in it. */
  async opened(empty: boolean): Promise<void> {
    if (empty && this.#label?.used === true) throw this.corrupt('what was in the database is gone');
    if (!empty) await this.used();
  }

  /** Called when there is something in the database, before anybody hears of it. */
  async used(): Promise<void> {
    const { used = false, cluster } = this.#label ?? {};
    if (!used || (cluster === undefined && this.#cluster !== undefined)) {
      await this.#writeLabel({ format: formatVersion, cluster: cluster ?? this.#cluster, used: true });
    }
  }

  corrupt(problem: string, cause?: unknown): LogError {
    return new LogError(
      'LOG_CORRUPT',
      `${this.#subject} is damaged: ${problem}. Keep a copy of the directory, and ${this.#purpose.remedy}`,
      { cause },
    );
  }

  failed(problem: string, cause?: unknown): LogError {
    return new LogError(
      'LOG_STORAGE_FAILED',
      `${this.#subject} cannot be used: ${problem}. What was acknowledged is on the disk; see to the disk and its free space, and start again`,
      { cause },
    );
  }

  inUse(cause?: unknown): LogError {
    return new LogError(
      'LOG_IN_USE',
      `${this.#subject} is in use by another program: each program needs a directory of its own. End the other program first`,
      { cause },
    );
  }

  get #subject(): string {
    return `The ${this.#purpose.content} in ${this.path}`;
  }

  async #readLabel(): Promise<Label> {
    const labelName = this.#purpose.label;
    const text = await this.#attempt(`reading ${labelName}`, () => readFile(join(this.path, labelName), 'utf8'));
    let label: unknown;
    try {
      label = JSON.parse(text);
    } catch (error) {
      throw this.corrupt(`${labelName} is no JSON`, error);
    }
    if (typeof label !== 'object' || label === null) throw this.corrupt(`${labelName} is no object`);
    const { format, cluster, used } = label as Readonly<Record<string, unknown>>;
    if (!Number.isSafeInteger(format) || typeof format !== 'number' || format < 1) {
      throw this.corrupt(`${labelName} names no format`);
    }
    if (format > formatVersion) {
      throw new LogError(
        'LOG_VERSION_UNSUPPORTED',
        `${this.#subject} has format ${format}, and this program reads formats up to ${formatVersion}: run the newer version that wrote it`,
      );
    }
    if (typeof used !== 'boolean' || (cluster !== undefined && typeof cluster !== 'string')) {
      throw this.corrupt(`${labelName} is incomplete`);
    }
    return { format, cluster, used };
  }

  async #writeLabel(label: Label): Promise<void> {
    const labelName = this.#purpose.label;
    await this.#attempt(`writing ${labelName}`, async () => {
      const path = join(this.path, labelName);
      const file = await open(`${path}.new`, 'w');
      try {
        await file.writeFile(`${JSON.stringify(label)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
      const directory = await open(this.path, constants.O_RDONLY);
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    });
    this.#label = label;
  }

  /** Finds files that are missing or damaged, where LevelDB would pass over it or break. */
  async #checkFiles(names: readonly string[]): Promise<void> {
    const current = (await this.#bytes('CURRENT')).toString().trim();
    if (!/^MANIFEST-\d+$/.test(current)) throw this.corrupt('the file CURRENT names no manifest');
    if (!names.includes(current)) throw this.corrupt(`the file ${current} is missing`);
    const manifest = readJournal(await this.#bytes(current));
    if (manifest.end === 'damaged') throw this.corrupt(`${current} is damaged at byte ${manifest.offset}`);
    const { journal, tables } = readManifest(manifest.records) ?? {};
    if (journal === undefined || tables === undefined) throw this.corrupt(`${current} cannot be read`);
    // One piece of memory for all of them, with room for a byte too many.
    const room = Buffer.allocUnsafeSlow(1 + Math.max(0, ...tables.values()));
    for (const [number, size] of tables) {
      const name = `${fileNumber(number)}.ldb`;
      if (!names.includes(name)) throw this.corrupt(`the file ${name} is missing`);
      const bytes = await this.#attempt(`reading ${name}`, () => readInto(room, join(this.path, name)));
      if (bytes.length !== size || !isTableWhole(bytes)) throw this.corrupt(`${name} is damaged`);
    }
    const journals = names
      .filter((name) => /^\d+\.log$/.test(name))
      .map((name) => ({ name, number: Number.parseInt(name, 10) }))
      .filter(({ number }) => number >= journal)
      .toSorted((one, two) => one.number - two.number);
    if (journal > 0 && !journals.some(({ number }) => number === journal)) {
      throw this.corrupt(`the file ${fileNumber(journal)}.log is missing`);
    }
    for (const [index, { name }] of journals.entries()) {
      const { end, offset } = readJournal(await this.#bytes(name));
      // Only what was written last can be torn.
      if (end === 'damaged' || (end === 'torn' && index < journals.length - 1)) {
        throw this.corrupt(`${name} is damaged at byte ${offset}`);
      }
    }
  }

  #bytes(name: string): Promise<Buffer> {
    return this.#attempt(`reading ${name}`, () => readFile(join(this.path, name)));
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.failed(`${what} failed: ${errorText(error)}`, error);
    }
  }
}

/** Makes a directory, and those above it. Not `mkdir` with `recursive`: where nothing can be made, as below /proc, Node 20 tries for ever. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const above = dirname(path);
    if (code !== 'ENOENT' || existsSync(above)) throw error;
    await makeDirectory(above);
    await makeDirectory(path);
  }
}

/** What a file has, as far as there is room for it. */
async function readInto(room: Buffer, path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    let length = 0;
    while (length < room.length) {
      const { bytesRead } = await file.read(room, length, room.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return room.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** A number as it is in the names of LevelDB's files. */
function fileNumber(number: number): string {
  return String(number).padStart(6, '0');
}
