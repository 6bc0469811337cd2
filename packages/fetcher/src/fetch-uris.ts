/**
 * Fetches a list of URIs into a sandbox: all are downloaded, then unpacked, and only when every one is complete are they
 * put in place, in the order of the list.
 */
import { chmod } from 'node:fs/promises';

import { archiveFormat } from './archive/format.ts';
import type { ArchiveFormat } from './archive/format.ts';
import { unpack } from './archive/unpack.ts';
import {
  archiveEntriesMaxDefault,
  concurrentDownloadsMaxDefault,
  extractedBytesMaxDefault,
  urisMax,
} from './constants.ts';
import { download } from './download.ts';
import { FetchError, asFetchError } from './errors.ts';
import type { FetchOptions, FetchUri } from './options.ts';
import { giveAway, merge } from './place.ts';
import { SandboxDirectory } from './sandbox-directory.ts';
import { Staging } from './staging.ts';
import { TreeWriter } from './tree-writer.ts';
import { outputPath, uriOrigin } from './uri.ts';
import type { Origin } from './uri.ts';
import { effectiveOwner } from './users.ts';
import type { Identity } from './users.ts';

/** What is to be done for one URI. */
interface Item {
  uri: FetchUri;
  origin: Origin;
  /** The file's path in the sandbox, in segments. */
  output: string[];
  format: ArchiveFormat | undefined;
  /** Its names in the staging directory. */
  file: string;
  tree: string;
}

interface Run {
  items: Item[];
  options: FetchOptions;
  owner: Identity | undefined;
  signal: AbortSignal;
  staging: Staging;
  log: (line: string) => void;
}

/**
 * Fetches URIs into a sandbox as Mesos's fetcher does (Mesos's `docs/fetcher.md`). When it rejects, with a `FetchError`,
 * no partial file is in the sandbox; and nothing at all is, unless the failure came while complete files were put in
 * place (`FETCH_CONFLICT`, or a full disk).
 */
export async function fetchUris(uris: readonly FetchUri[], options: FetchOptions): Promise<void> {
  const items = plan(uris, options.frameworksHome);
  if (items instanceof FetchError) throw items;
  if (items.length === 0) return;
  // One failure ends the other downloads.
  const failure = new AbortController();
  const signals = options.signal === undefined ? [failure.signal] : [options.signal, failure.signal];
  try {
    if (options.signal?.aborted === true) throw aborted(options.signal);
    await using sandbox = await SandboxDirectory.open(options.sandboxDirectory);
    await using staging = await Staging.create(sandbox);
    const owner = effectiveOwner(options.owner);
    const log = options.log ?? ((): void => {});
    const run: Run = { items, log, options, owner, signal: AbortSignal.any(signals), staging };
    await downloadAll(run, failure);
    await unpackAll(run);
    await placeAll(run, sandbox);
  } catch (error) {
    throw options.signal?.aborted === true ? aborted(options.signal) : asFetchError(error);
  }
}

/** Decides what to do for each URI; an error when one of them cannot be fetched whatever happens. */
function plan(uris: readonly FetchUri[], frameworksHome: string | undefined): Item[] | FetchError {
  if (uris.length > urisMax) return new FetchError('FETCH_TOO_LARGE', `More than ${urisMax} URIs`);
  const items: Item[] = [];
  for (const [index, uri] of uris.entries()) {
    const output = outputPath(uri);
    if (output instanceof FetchError) return output;
    const origin = uriOrigin(uri.value, frameworksHome);
    if (origin instanceof FetchError) return origin;
    const packed = uri.executable !== true && uri.extract !== false;
    const format = packed ? archiveFormat(output.at(-1) ?? '') : undefined;
    items.push({ file: `${index}.file`, format, origin, output, tree: `${index}.tree`, uri });
  }
  return items;
}

async function downloadAll(run: Run, failure: AbortController): Promise<void> {
  const queue = run.items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      run.signal.throwIfAborted();
      await downloadItem(run, item);
    }
  };
  let first: { error: unknown } | undefined;
  const guarded = (): Promise<void> =>
    worker().catch((error: unknown) => {
      first ??= { error };
      failure.abort();
    });
  const count = Math.max(1, run.options.concurrentDownloadsMax ?? concurrentDownloadsMaxDefault);
  await Promise.all(Array.from({ length: Math.min(count, run.items.length) }, guarded));
  if (first !== undefined) throw first.error;
}

async function downloadItem(run: Run, item: Item): Promise<void> {
  const { clock } = run.options;
  run.log(`Fetching URI '${item.uri.value}' directly into the sandbox directory`);
  try {
    const path = run.staging.path(item.file);
    await download(item.origin, path, { clock, limits: run.options, reader: run.owner, signal: run.signal });
    if (item.uri.executable === true) await chmod(path, 0o755);
  } catch (error) {
    throw asFetchError(error, item.uri.value);
  }
}

async function unpackAll(run: Run): Promise<void> {
  const budget = {
    bytes: run.options.extractedBytesMax ?? extractedBytesMaxDefault,
    entries: run.options.archiveEntriesMax ?? archiveEntriesMaxDefault,
  };
  for (const item of run.items) {
    try {
      await using root = await run.staging.makeDirectory(item.tree);
      const tree = new TreeWriter(root, budget, run.signal);
      await tree.adopt(item.output, run.staging.path(item.file));
      await unpackItem(run, item, root, tree);
      if (run.owner !== undefined) await giveAway(root, run.owner);
    } catch (error) {
      throw asFetchError(error, item.uri.value);
    }
  }
}

async function unpackItem(run: Run, item: Item, root: SandboxDirectory, tree: TreeWriter): Promise<void> {
  const name = item.output.at(-1) ?? '';
  if (item.format !== undefined) {
    const path = root.path(item.output.join('/'));
    await unpack({ format: item.format, name, path }, tree, run.signal);
    run.log(`Extracted '${name}' into the sandbox directory`);
  } else if (item.uri.executable !== true && item.uri.extract !== false) {
    run.log(`Copied and did not extract '${item.uri.value}': its name is not that of an archive`);
  }
}

async function placeAll(run: Run, sandbox: SandboxDirectory): Promise<void> {
  // From here on a fetch is not given up: what is left takes no time.
  run.signal.throwIfAborted();
  for (const item of run.items) {
    try {
      await using tree = await run.staging.openDirectory(item.tree);
      await merge(tree, sandbox);
    } catch (error) {
      throw asFetchError(error, item.uri.value);
    }
    run.log(`Fetched '${item.uri.value}' to '${item.output.join('/')}'`);
  }
}

function aborted(signal: AbortSignal): FetchError {
  return new FetchError('FETCH_ABORTED', 'The fetch was aborted', { cause: signal.reason });
}
