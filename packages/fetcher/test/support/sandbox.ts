import { lstat, mkdir, mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ExecutionContext } from 'ava';

import { FetchError } from '../../src/errors.ts';
import type { FetchErrorCode } from '../../src/errors.ts';
import { fetchUris } from '../../src/fetch-uris.ts';
import type { FetchOptions, FetchUri } from '../../src/options.ts';
import { ManualClock } from './clock.ts';

/** Directories for one test, removed after it: a sandbox, and a place for what is fetched. */
export class TestDirectories {
  readonly root: string;
  readonly sandbox: string;
  readonly published: string;

  private constructor(root: string) {
    this.root = root;
    this.sandbox = join(root, 'sandbox');
    this.published = join(root, 'published');
  }

  static async create(t: ExecutionContext): Promise<TestDirectories> {
    const directories = new TestDirectories(await mkdtemp(join(tmpdir(), 'fetcher-test-')));
    await mkdir(directories.sandbox);
    await mkdir(directories.published);
    t.teardown(() => rm(directories.root, { force: true, recursive: true }));
    return directories;
  }

  /** Fetches into the sandbox with a clock that stands still. */
  fetch(uris: readonly FetchUri[], options: Partial<FetchOptions> = {}): Promise<void> {
    return fetchUris(uris, { clock: new ManualClock(), sandboxDirectory: this.sandbox, ...options });
  }

  /** Everything below the root but the published files. */
  everything(): Promise<Record<string, string>> {
    return listTree(this.root, ['published']);
  }

  /** The sandbox's files and their contents. */
  files(): Promise<Record<string, string>> {
    return listTree(this.sandbox);
  }
}

/** A tree as a record of paths: file contents, `-> target` of links, nothing for directories, whose names end in `/`. */
async function listTree(root: string, except: readonly string[] = [], prefix = ''): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const name of (await readdir(join(root, prefix))).toSorted()) {
    if (prefix === '' && except.includes(name)) continue;
    const path = join(prefix, name);
    const status = await lstat(join(root, path));
    if (status.isDirectory()) Object.assign(tree, { [`${path}/`]: '' }, await listTree(root, [], path));
    else if (status.isSymbolicLink()) tree[path] = `-> ${await readlink(join(root, path))}`;
    else tree[path] = await readFile(join(root, path), 'utf8');
  }
  return tree;
}

/** Asserts that a fetch fails with a code and a text in its message, and returns the error. */
export async function fails(
  t: ExecutionContext,
  fetch: Promise<unknown>,
  code: FetchErrorCode,
  text: RegExp,
): Promise<FetchError> {
  const error = await t.throwsAsync(fetch, { instanceOf: FetchError, message: text });
  t.is(error.code, code, error.message);
  return error;
}
