import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for files of a test, gone at its end. */
export async function temporaryFolder(t: { teardown(action: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'libprocess-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
