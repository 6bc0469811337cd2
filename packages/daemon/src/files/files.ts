/**
 * The files of a daemon, at `/files/browse`, `/files/read`, `/files/download` and `/files/debug`, and for the calls LIST_FILES and
 * READ_FILE: directories and files that were attached under virtual paths. Shapes, statuses and texts are Mesos's
 * (`src/files/files.cpp`).
 */
import { basename } from 'node:path';

import { Process, jsonResponse, textResponse } from '@mesos-ts/libprocess';
import type { HttpRequest, HttpResponse, PID, Principal, ProcessRuntime } from '@mesos-ts/libprocess';

import { approversOf } from '../authorization/authorizer.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { listDirectory, openFile, readPart, wholeCharacters, wholeFile } from './contents.ts';
import { fileEntry } from './file-info.ts';
import { filesHelp } from './help.ts';
import { contentType } from './mime.ts';
import { pathMissing, parseReadQuery, requiredPath } from './read-query.ts';
import { longestPrefix, resolvePath, withoutTrailingSlash } from './virtual-paths.ts';
import type { FilePart, FilesRefusal } from './contents.ts';
import type { FileDetails } from './file-info.ts';
import type { Found } from './virtual-paths.ts';

/** Whether somebody may look into what was attached. Undefined: somebody who was not asked who they are. */
export type FilesPermission = (principal: Principal | undefined) => boolean | Promise<boolean>;

/** Who may use `/files`. */
export interface FilesOptions {
  /** Whose authenticator is asked. @default everybody may */
  readonly realm?: string | undefined;
  /** Who decides who may see which paths are attached. @default everybody may */
  readonly authorizer?: Authorizer | undefined;
}

/** A daemon's files. */
export class Files {
  readonly #runtime: ProcessRuntime;
  readonly #pid: PID<FilesProcess>;

  constructor(runtime: ProcessRuntime, options: FilesOptions = {}) {
    this.#runtime = runtime;
    this.#pid = runtime.spawn(new FilesProcess(options));
  }

  /**
   * Shows a file or directory under a path, instead of what was shown under it before.
   * @param permission Asked before anything in it is shown. @default everybody may look
   */
  attach(path: string, virtualPath: string, permission?: FilesPermission): void {
    this.#runtime.tell(this.#pid, 'attach', path, virtualPath, permission);
  }

  /** Stops showing what is under a path. */
  detach(virtualPath: string): void {
    this.#runtime.tell(this.#pid, 'detach', virtualPath);
  }

  /** The entries of a directory in order of name, or why they cannot be had. */
  list(path: string, principal: Principal | undefined): Promise<readonly FileDetails[] | FilesRefusal> {
    return this.#runtime.track(this.#runtime.dispatch(this.#pid, 'list', [path, principal]));
  }

  /** A part of a file, at most 64 KiB, or why it cannot be had. Length 0 asks for the size only; without one, all there may be. */
  read(
    path: string,
    offset: number,
    length: number | undefined,
    principal: Principal | undefined,
  ): Promise<FilePart | FilesRefusal> {
    return this.#runtime.track(this.#runtime.dispatch(this.#pid, 'read', [path, offset, length, principal]));
  }

  /** Stops showing anything. */
  close(): void {
    this.#runtime.terminate(this.#pid);
  }
}

class FilesProcess extends Process {
  readonly #attached = new Map<string, string>();
  readonly #permissions = new Map<string, FilesPermission>();
  readonly #options: FilesOptions;

  constructor(options: FilesOptions) {
    super('files');
    this.#options = options;
  }

  attach(path: string, virtualPath: string, permission: FilesPermission | undefined): void {
    const key = withoutTrailingSlash(virtualPath);
    this.#attached.set(key, path);
    if (permission === undefined) this.#permissions.delete(key);
    else this.#permissions.set(key, permission);
  }

  detach(virtualPath: string): void {
    this.#attached.delete(withoutTrailingSlash(virtualPath));
    this.#permissions.delete(withoutTrailingSlash(virtualPath));
  }

  async list(path: string, principal: Principal | undefined): Promise<readonly FileDetails[] | FilesRefusal> {
    const found = await this.#find(path, principal);
    return 'status' in found ? found : listDirectory(found.path, path);
  }

  async read(
    path: string,
    offset: number,
    length: number | undefined,
    principal: Principal | undefined,
  ): Promise<FilePart | FilesRefusal> {
    const found = await this.#find(path, principal);
    return 'status' in found ? found : readPart(found, offset, length);
  }

  protected override initialize(): void {
    const routes: [keyof typeof filesHelp, (request: HttpRequest) => Promise<HttpResponse> | HttpResponse][] = [
      ['/browse', (request) => this.#browse(request)],
      ['/read', (request) => this.#read(request)],
      ['/download', (request) => this.#download(request)],
      ['/debug', (request) => this.#debug(request)],
    ];
    const { realm } = this.#options;
    const guard = realm === undefined ? {} : { realm };
    for (const [path, handler] of routes) {
      const options = { help: filesHelp[path], ...guard };
      this.route(path, (request) => this.runtime.track(Promise.resolve(handler(request))), options);
    }
  }

  /** What a path means, to somebody who may look at it; or why it cannot be had. */
  async #find(path: string, principal: Principal | undefined): Promise<Found | FilesRefusal> {
    const permission = longestPrefix(this.#permissions, path)?.root;
    if (permission !== undefined && !(await permission(principal))) return { status: 403, text: '' };
    const resolved = await resolvePath(this.#attached, path);
    if (resolved.kind === 'missing') return { status: 404, text: '' };
    return resolved.kind === 'invalid' ? { status: 400, text: resolved.message } : resolved;
  }

  async #browse({ principal, query }: HttpRequest): Promise<HttpResponse> {
    const requested = requiredPath(query);
    if (requested === undefined) return textResponse(400, pathMissing);
    const listed = await this.list(requested, principal);
    if ('status' in listed) return textResponse(listed.status, listed.text);
    return jsonResponse(listed.map(fileEntry), { jsonp: query.get('jsonp') });
  }

  async #read(request: HttpRequest): Promise<HttpResponse> {
    const query = parseReadQuery(request.query);
    if ('error' in query) return textResponse(400, query.error);
    const isSizeAsked = query.offset === -1;
    const part = await this.read(
      query.path,
      Math.max(0, query.offset),
      isSizeAsked ? 0 : query.length,
      request.principal,
    );
    if ('status' in part) return textResponse(part.status, part.text);
    const data = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      part.bytes.subarray(0, wholeCharacters(part.bytes)),
    );
    return jsonResponse(
      { data, offset: isSizeAsked ? part.size : query.offset },
      { jsonp: request.query.get('jsonp') },
    );
  }

  async #download({ principal, query }: HttpRequest): Promise<HttpResponse> {
    const requested = requiredPath(query);
    if (requested === undefined) return textResponse(400, pathMissing);
    const found = await this.#find(requested, principal);
    if ('status' in found) return refusedDownload(found);
    const opened = await openFile(found);
    if (opened.refusal !== undefined) return textResponse(opened.refusal.status, opened.refusal.text);
    const { file, stats } = opened;
    if (!stats.isFile() || stats.size === 0) await file.close();
    if (stats.isDirectory()) return textResponse(400, 'Cannot download a directory.\n');
    if (!stats.isFile()) return textResponse(400, 'Cannot download what is not a file.\n');
    const name = basename(found.path);
    const headers = {
      'content-type': contentType(name),
      'content-disposition': `attachment; filename=${headerText(name)}`,
      'content-length': String(stats.size),
    };
    // What grows while it is sent is cut where it ended at first.
    return { status: 200, headers, body: stats.size === 0 ? '' : wholeFile(file, stats.size) };
  }

  #debug(request: HttpRequest): HttpResponse {
    const { approves } = approversOf(this.#options.authorizer, request.principal);
    if (!approves('GET_ENDPOINT_WITH_PATH', { value: '/files/debug' })) return textResponse(403, '403 Forbidden.');
    const sorted = [...this.#attached].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return jsonResponse(Object.fromEntries(sorted), { jsonp: request.query.get('jsonp') });
  }
}

/** Other than the rest of `/files`, a download that is refused without a text tells the status. */
function refusedDownload({ status, text }: FilesRefusal): HttpResponse {
  if (text !== '') return textResponse(status, text);
  return textResponse(status, status === 403 ? '403 Forbidden.' : '404 Not Found.');
}

/** A file's name fit for a header: characters that would end or change it are replaced. */
function headerText(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]|["\\;]/g, '_');
}
