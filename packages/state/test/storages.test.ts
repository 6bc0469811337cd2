import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
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
    const folder = await mkdtemp(join(tmpdir(), 'state-'));
    let storage = await LevelStorage.open(join(folder, 'db'));
    try {
      await work(storage, async () => {
        await storage.close();
        return (storage = await LevelStorage.open(join(folder, 'db')));
      });
    } finally {
      await storage.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
});
