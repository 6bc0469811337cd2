import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { FileDisk } from '../../src/index.ts';
import { diskSuite, inTemporaryFolder } from '../../src/testing/index.ts';

diskSuite(test, {
  name: 'file',
  use: (work) =>
    inTemporaryFolder(async (folder) => {
      await using disk = new FileDisk(folder);
      await work(disk);
    }),
});

test('file: what one has written another one reads, and files of other names are none of its', async (t) => {
  await inTemporaryFolder(async (folder) => {
    await writeFile(join(folder, '.hidden'), 'x');
    const first = new FileDisk(folder);
    await first.write('a', 0, Buffer.from('kept'));
    await first.close();
    await first.close();
    await using second = new FileDisk(folder);
    t.deepEqual(await second.list(), [{ name: 'a', bytes: 4 }]);
    t.is(Buffer.from(await second.read('a', 0, 10)).toString(), 'kept');
  });
});
