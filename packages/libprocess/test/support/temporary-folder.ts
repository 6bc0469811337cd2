import { temporaryFolder as scopedFolder } from '../../src/testing/index.ts';

/** A folder for files of a test, gone at its end. */
export async function temporaryFolder(t: { teardown(action: () => Promise<void>): void }): Promise<string> {
  const folder = await scopedFolder();
  t.teardown(async () => {
    await folder[Symbol.asyncDispose]();
  });
  return folder.path;
}
