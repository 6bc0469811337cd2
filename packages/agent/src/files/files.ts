/**
 * The files of the agent, at `/files/browse`, `/files/read`, `/files/download` and `/files/debug`: directories and files that were
 * attached under virtual paths. Shapes, statuses and texts are Mesos's (`src/files/files.cpp`).
 */
import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { Process, errorText, jsonResponse, textResponse } from '@mesos-ts/libprocess';
import type { HttpRequest, HttpResponse, PID, ProcessRuntime } from '@mesos-ts/libprocess';

import { FILE_LIST_MAX, FILE_READ_BYTES_MAX } from '../constants.ts';
import { fileEntry, readAccountNames } from './file-info.ts';
import { contentType } from './mime.ts';
import { PATH_MISSING, parseReadQuery, requiredPath } from './read-query.ts';
import { isStillWithin, resolvePath, withoutTrailingSlash } from './virtual-paths.ts';
import type { FileEntry } from './file-info.ts';
import type { Found } from './virtual-paths.ts';

/** The agent's files. */
export class Files {
  readonly #runtime: ProcessRuntime;
  readonly #pid: PID<FilesProcess>;

  constructor(runtime: ProcessRuntime) {
    this.#runtime = runtime;
    this.#pid = runtime.spawn(new FilesProcess());
  }

  /** Shows a file or directory under a path, instead of what was shown under it before. */
  attach(path: string, virtualPath: string): void {
    this.#runtime.tell(this.#pid, 'attach', path, virtualPath);
  }

  /** Stops showing what is under a path. */
  detach(virtualPath: string): void {
    this.#runtime.tell(this.#pid, 'detach', virtualPath);
  }

  /** Stops showing anything. */
  close(): void {
    this.#runtime.terminate(this.#pid);
  }
}

class FilesProcess extends Process {
  readonly #attached = new Map<string, string>();

  constructor() {
    super('files');
  }

  attach(path: string, virtualPath: string): void {
    this.#attached.set(withoutTrailingSlash(virtualPath), path);
  }

  detach(virtualPath: string): void {
    this.#attached.delete(withoutTrailingSlash(virtualPath));
  }

  protected override initialize(): void {
    const routes: [string, (request: HttpRequest) => Promise<HttpResponse> | HttpResponse, string][] = [
      ['/browse', (request) => this.#browse(request), 'Lists a directory.'],
      ['/read', (request) => this.#read(request), 'Reads a part of a file.'],
      ['/download', (request) => this.#download(request), 'Sends a file.'],
      ['/debug', (request) => this.#debug(request), 'Shows which paths are attached.'],
    ];
    for (const [path, handler, help] of routes) {
      this.route(path, (request) => this.runtime.track(Promise.resolve(handler(request))), { help });
    }
  }

  async #browse(request: HttpRequest): Promise<HttpResponse> {
    const requested = requiredPath(request.query);
    if (requested === undefined) return textResponse(400, PATH_MISSING);
    const resolved = await resolvePath(this.#attached, requested);
    if (resolved.kind === 'missing') return textResponse(404, '');
    if (resolved.kind === 'invalid') return textResponse(400, resolved.message);
    return jsonResponse(await list(resolved.path, requested), { jsonp: request.query.get('jsonp') });
  }

  async #read(request: HttpRequest): Promise<HttpResponse> {
    const query = parseReadQuery(request.query);
    if ('error' in query) return textResponse(400, query.error);
    const resolved = await resolvePath(this.#attached, query.path);
    if (resolved.kind === 'missing') return textResponse(404, '');
    if (resolved.kind === 'invalid') return textResponse(400, resolved.message);
    const opened = await openFile(resolved);
    if (opened.error !== undefined) return opened.error;
    const { file, stats } = opened;
    try {
      if (stats.isDirectory()) return textResponse(400, 'Cannot read a directory.\n');
      const length = query.offset === -1 ? 0 : query.length;
      const data = await readPart(file, stats.size, Math.max(0, query.offset), length);
      const answer = { data, offset: query.offset === -1 ? stats.size : query.offset };
      return jsonResponse(answer, { jsonp: request.query.get('jsonp') });
    } catch (error) {
      return textResponse(500, `Failed to read file at '${resolved.path}': ${errorText(error)}.\n`);
    } finally {
      await file.close();
    }
  }

  async #download(request: HttpRequest): Promise<HttpResponse> {
    const requested = requiredPath(request.query);
    if (requested === undefined) return textResponse(400, PATH_MISSING);
    const resolved = await resolvePath(this.#attached, requested);
    if (resolved.kind === 'missing') return textResponse(404, '404 Not Found.');
    if (resolved.kind === 'invalid') return textResponse(400, resolved.message);
    const opened = await openFile(resolved);
    if (opened.error !== undefined) return opened.error;
    const { file, stats } = opened;
    if (!stats.isFile() || stats.size === 0) await file.close();
    if (stats.isDirectory()) return textResponse(400, 'Cannot download a directory.\n');
    if (!stats.isFile()) return textResponse(400, 'Cannot download what is not a file.\n');
    const name = basename(resolved.path);
    const headers = {
      'content-type': contentType(name),
      'content-disposition': `attachment; filename=${headerText(name)}`,
      'content-length': String(stats.size),
    };
    // What grows while it is sent is cut where it ended at first.
    return { status: 200, headers, body: stats.size === 0 ? '' : contents(file, stats.size) };
  }

  #debug(request: HttpRequest): HttpResponse {
    const sorted = [...this.#attached].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return jsonResponse(Object.fromEntries(sorted), { jsonp: request.query.get('jsonp') });
  }
}

/** The entries of a directory in order of name; none for what is no directory. Links that lead nowhere are left out. */
async function list(directory: string, requested: string): Promise<FileEntry[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch {
    return [];
  }
  const accounts = await readAccountNames();
  const shown = names.toSorted().slice(0, FILE_LIST_MAX);
  const entries = await Promise.all(
    shown.map(async (name) => {
      const stats = await stat(join(directory, name)).catch(() => undefined);
      return stats === undefined ? undefined : fileEntry(join(requested, name), stats, accounts);
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}

/** An open file and what it was when it was opened, or the answer that says why there is none. */
type Opened =
  | { readonly file: FileHandle; readonly stats: Stats; readonly error?: undefined }
  | { readonly error: HttpResponse };

/** Opens what a path means. Nothing is held by a pipe without a writer. */
async function openFile(found: Found): Promise<Opened> {
  let file: FileHandle | undefined;
  try {
    file = await open(found.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (await isStillWithin(found, file.fd)) return { file, stats: await file.stat() };
    await file.close();
    return { error: textResponse(400, `'${found.path}' is inaccessible.\n`) };
  } catch (error) {
    await file?.close();
    return { error: textResponse(500, `Failed to open file at '${found.path}': ${errorText(error)}.\n`) };
  }
}

/** Reads a part of a file of that size, as text. Length 0 asks for nothing. */
async function readPart(file: FileHandle, size: number, offset: number, length: number | undefined): Promise<string> {
  const wanted = Math.min(length ?? FILE_READ_BYTES_MAX, FILE_READ_BYTES_MAX, Math.max(0, size - offset));
  if (wanted === 0) return '';
  const { bytesRead, buffer } = await file.read(Buffer.alloc(wanted), 0, wanted, offset);
  return buffer.toString('utf8', 0, wholeCharacters(buffer.subarray(0, bytesRead)));
}

/** The first bytes of a file, which is closed when they are read or nobody wants them, be it before the first. */
function contents(file: FileHandle, size: number): AsyncIterable<Uint8Array> {
  const stream = file.createReadStream({ end: size - 1 });
  const bytes: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => bytes.next(),
    return: () => {
      stream.destroy();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/**
 * How many of these bytes to tell so that no character of UTF-8 is cut at the end: a reader goes on where the text ended. Bytes that
 * are all of one cut character are told nevertheless.
 */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back && bytes.length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** A file's name fit for a header: characters that would end or change it are replaced. */
function headerText(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]|["\\;]/g, '_');
}
