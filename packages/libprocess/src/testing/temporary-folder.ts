import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is removed with all that is in it. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes an empty folder that is gone at the end of the scope: `await using folder = await temporaryFolder();`. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'mesos-ts-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 10 }) };
}

/** Does something with an empty folder, which is gone afterwards. */
export async function inTemporaryFolder<T>(work: (path: string) => Promise<T>): Promise<T> {
  await using folder = await temporaryFolder();
  return await work(folder.path);
}
