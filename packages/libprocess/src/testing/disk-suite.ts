import { ProcessError } from '../errors.ts';
import type { Disk } from '../disk/disk.ts';
import type { SuiteAssertions, SuiteTest } from './transport-suite.ts';

/** Options of `diskSuite`. */
export interface DiskSuiteOptions {
  /** What the tests' titles begin with. */
  readonly name: string;
  /** Called by each test with what it does with an empty disk. */
  readonly use: (work: (disk: Disk) => Promise<void>) => Promise<void>;
}

/** Declares what every `Disk` must do, as tests. What a loss of power does cannot be tested from here. */
export function diskSuite(test: SuiteTest, { name, use }: DiskSuiteOptions): void {
  const declare = (title: string, run: (t: SuiteAssertions, disk: Disk) => Promise<void>): void => {
    test(`${name}: ${title}`, (t) => use((disk) => run(t, disk)));
  };

  declare('what was written is read, at any place, and no more than there is', async (t, disk) => {
    await disk.write('a', 0, Buffer.from('hello world'));
    await disk.write('a', 6, Buffer.from('there'));
    t.is(await text(disk, 'a'), 'hello there');
    t.is(Buffer.from(await disk.read('a', 6, 3)).toString(), 'the');
    t.is((await disk.read('a', 6, 100)).length, 5);
    t.is((await disk.read('a', 100, 1)).length, 0);
  });

  declare('what was never written before the end of a file is zero', async (t, disk) => {
    await disk.write('a', 3, Buffer.from('x'));
    t.deepEqual([...(await disk.read('a', 0, 10))], [0, 0, 0, 'x'.charCodeAt(0)]);
  });

  declare('bytes are taken and given as copies', async (t, disk) => {
    const bytes = Buffer.from('mine');
    const writing = disk.write('a', 0, bytes);
    bytes.fill(0);
    await writing;
    const got = await disk.read('a', 0, 4);
    t.is(Buffer.from(got).toString(), 'mine');
    got.fill(0);
    t.is(await text(disk, 'a'), 'mine');
  });

  declare('files are listed by name with their sizes', async (t, disk) => {
    t.deepEqual(await disk.list(), []);
    await disk.write('b', 0, Buffer.alloc(10));
    await disk.write('a.log', 0, Buffer.alloc(0));
    t.deepEqual(await disk.list(), [
      { name: 'a.log', bytes: 0 },
      { name: 'b', bytes: 10 },
    ]);
  });

  declare('renaming replaces, and what is synced stays', async (t, disk) => {
    await disk.write('old', 0, Buffer.from('old'));
    await disk.sync('old');
    await disk.write('new', 0, Buffer.from('new'));
    await disk.sync('new');
    await disk.rename('new', 'old');
    await disk.sync('old');
    t.is(await text(disk, 'old'), 'new');
    t.deepEqual(await disk.list(), [{ name: 'old', bytes: 3 }]);
  });

  declare('removing removes, and a new file of that name is empty', async (t, disk) => {
    await disk.write('a', 0, Buffer.from('before'));
    await disk.remove('a');
    await disk.remove('a');
    t.deepEqual(await disk.list(), []);
    await disk.write('a', 0, Buffer.from('b'));
    t.is(await text(disk, 'a'), 'b');
  });

  declare('what is not there, and what can name no file, is refused with DISK_FAILED', async (t, disk) => {
    const nothing = new Uint8Array();
    t.is(await code(disk.read('none', 0, 1)), 'DISK_FAILED');
    t.is(await code(disk.sync('none')), 'DISK_FAILED');
    t.is(await code(disk.rename('none', 'a')), 'DISK_FAILED');
    for (const wrong of ['', '.', '..', '.a', 'a/b', '../a', 'ä', 'a'.repeat(201)]) {
      t.is(await code(disk.write(wrong, 0, nothing)), 'DISK_FAILED', wrong);
      t.is(await code(disk.remove(wrong)), 'DISK_FAILED', wrong);
    }
    t.deepEqual(await disk.list(), []);
  });
}

async function text(disk: Disk, name: string): Promise<string> {
  return Buffer.from(await disk.read(name, 0, 1_000)).toString();
}

/** The code of the error that a promise rejects with. */
async function code(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
  } catch (error) {
    return error instanceof ProcessError ? error.code : String(error);
  }
  return undefined;
}
