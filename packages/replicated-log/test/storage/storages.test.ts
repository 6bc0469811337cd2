import { mkdir } from 'node:fs/promises';
import test from 'ava';
import { FileDisk } from '@mesos-ts/libprocess';
import { MemoryLogContent, MemoryLogStorage, levelLogStorage } from '../../src/index.ts';
import { JournalStore, OrderedLogStorage, logStorageSuite } from '../../src/testing/index.ts';
import { inFolder } from './folder.ts';

logStorageSuite(test, {
  name: 'memory',
  use: async (work) => {
    const content = new MemoryLogContent();
    await work(() => new MemoryLogStorage(content));
  },
});

logStorageSuite(test, {
  name: 'LevelDB',
  use: (work) => inFolder((path) => work(() => levelLogStorage({ path }))),
});

logStorageSuite(test, {
  name: 'journal',
  use: (work) =>
    inFolder(async (path) => {
      await mkdir(path);
      await using disk = new FileDisk(path);
      await work(() => new OrderedLogStorage(new JournalStore(disk)));
    }),
});
