/**
 * The files of the agent, at `/files/browse`, `/files/read`, `/files/download` and `/files/debug`: directories and files that were
 * attached under virtual paths. Shapes, statuses and texts are Mesos's (`src/files/files.cpp`).
 */
import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { Process, errorText, jsonResponse, textResponse } from '@mesos-ts/libprocess';
import type { HttpRequest, HttpResponse, PID, ProcessRuntime } from '@mesos-ts/libprocess';

import { FILE_LIST_MAX, FILE_READ_BYTES_MAX } from '../constants.ts';
import { fileEntry, readAccountNames } from './file-info.ts';
import { contentType } from './mime.ts';
import { PATH_MISSING, parseReadQuery, requiredPath } from './read-query.ts';
import { resolvePath, withoutTrailingSlash } from './virtual-paths.ts';
import type { FileEntry } from './file-info.ts';

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
    if ((await stat(resolved.path)).isDirectory()) return textResponse(400, 'Cannot read a directory.\n');
    const length = query.offset === -1 ? 0 : query.length;
    try {
      const { size, data } = await readPart(resolved.path, Math.max(0, query.offset), length);
      const answer = { data, offset: query.offset === -1 ? size : query.offset };
      return jsonResponse(answer, { jsonp: request.query.get('jsonp') });
    } catch (error) {
      return textResponse(500, `Failed to open file at '${resolved.path}': ${errorText(error)}.\n`);
    }
  }

  async #download(request: HttpRequest): Promise<HttpResponse> {
    const requested = requiredPath(request.query);
    if (requested === undefined) return textResponse(400, PATH_MISSING);
    const resolved = await resolvePath(this.#attached, requested);
    if (resolved.kind === 'missing') return textResponse(404, '404 Not Found.');
    if (resolved.kind === 'invalid') return textResponse(400, resolved.message);
    const stats = await stat(resolved.path);
    if (stats.isDirectory()) return textResponse(400, 'Cannot download a directory.\n');
    if (!stats.isFile()) return textResponse(400, 'Cannot download what is not a file.\n');
    const name = basename(resolved.path);
    // What grows while it is sent is cut where it ended at first.
    const file = await open(resolved.path, constants.O_RDONLY | constants.O_NONBLOCK);
    const body = file.createReadStream(stats.size === 0 ? {} : { end: stats.size - 1 });
    const headers = {
      'content-type': contentType(name),
      'content-disposition': `attachment; filename=${headerText(name)}`,
      'content-length': String(stats.size),
    };
    if (stats.size > 0) return { status: 200, headers, body };
    await file.close();
    return { status: 200, headers, body: '' };
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

/** Reads a part of a file, as text. Length 0 asks for the size only. */
async function readPart(
  path: string,
  offset: number,
  length: number | undefined,
): Promise<{ size: number; data: string }> {
  // A pipe without a writer must not hold the reader.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    const wanted = Math.min(length ?? FILE_READ_BYTES_MAX, FILE_READ_BYTES_MAX, Math.max(0, size - offset));
    if (wanted === 0) return { size, data: '' };
    const { bytesRead, buffer } = await file.read(Buffer.alloc(wanted), 0, wanted, offset);
    return { size, data: buffer.toString('utf8', 0, wholeCharacters(buffer.subarray(0, bytesRead))) };
  } finally {
    await file.close();
  }
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
