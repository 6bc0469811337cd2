import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { InMemoryStorage, LevelStorage } from '../src/index.ts';
import { storageSuite } from '../src/testing/index.ts';

storageSuite(test, {
  name: 'in memory',
  use: async (work) => {
    await work(new InMemoryStorage());
  },
});

storageSuite(test, {
  name: 'LevelDB',
  use: async (work) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'db');
    let storage = await LevelStorage.open(path);
    try {
      await work(storage, async () => {
        await storage.close();
        return (storage = await LevelStorage.open(path));
      });
    } finally {
      await storage.close();
    }
  },
});
