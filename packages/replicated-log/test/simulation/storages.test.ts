import test from 'ava';
import { Replica } from '../../src/protocol/replica.ts';
import type { ReplicaInit } from '../../src/protocol/replica.ts';
import { MemoryLogStorage, levelLogStorage } from '../../src/index.ts';
import type { LogStorage, LogWrite } from '../../src/index.ts';
import { simulateLog } from '../../src/testing/index.ts';
import { SimulatedDisk, recoveredFrom } from '../../src/testing/simulation/simulated-disk.ts';
import { inFolder } from '../storage/folder.ts';

/** What the replicas of a simulation write from an empty disk on, until they crash. */
function livesOf(seed: number): LogWrite[][] {
  const lives: LogWrite[][] = [];
  const noting = (init: ReplicaInit): Replica => {
    if (init.recovered.metadata.status !== 'EMPTY') return new Replica(init);
    const writes: LogWrite[] = [];
    lives.push(writes);
    const persist = (write: LogWrite): void => {
      writes.push(write);
      init.port.persist(write);
    };
    return new Replica({ ...init, port: { ...init.port, persist } });
  };
  simulateLog(seed, { faults: { parts: { replica: noting } } });
  return lives;
}

/** Everything that a storage tells after these writes, as a text. */
async function kept(open: () => LogStorage, writes: readonly LogWrite[]): Promise<string> {
  const storage = open();
  await storage.recover();
  // All at once, as a replica does.
  await Promise.all(writes.map((write) => storage.persist(write)));
  await storage.close();
  const again = open();
  const recovered = await again.recover();
  const actions = await again.read(recovered.begin, recovered.end);
  await again.close();
  return JSON.stringify([
    recovered.metadata,
    recovered.begin,
    recovered.end,
    recovered.learned,
    recovered.unlearned,
    actions,
  ]);
}

/** The same of the disk of the simulation. */
function expected(writes: readonly LogWrite[]): string {
  const disk = new SimulatedDisk(() => undefined);
  for (const write of writes) disk.write(write);
  const { metadata, begin, end, learned, unlearned } = recoveredFrom(disk.written);
  const actions = [...disk.written.actions.values()]
    .filter(({ position }) => position >= begin)
    .toSorted((one, other) => one.position - other.position);
  return JSON.stringify([metadata, begin, end, learned, unlearned, actions]);
}

test('a storage in memory keeps what the disks of the simulation keep', async (t) => {
  let truncated = 0;
  for (let seed = 1; seed <= 60; seed++) {
    for (const writes of livesOf(seed)) {
      const { content } = new MemoryLogStorage();
      t.is(await kept(() => new MemoryLogStorage(content), writes), expected(writes), `seed ${seed}`);
      if (content.begin > 0) truncated++;
    }
  }
  t.true(truncated > 20);
});

test('of a truncation that is all a replica has heard of, storages and the disks of the simulation say the same', async (t) => {
  const value = { type: 'nop', tombstone: true } as const;
  const writes: LogWrite[] = [{ actions: [{ position: 79, promised: 3, performed: 3, value, learned: true }] }];
  const { content } = new MemoryLogStorage();
  t.is(await kept(() => new MemoryLogStorage(content), writes), expected(writes));
  t.is(await inFolder((path) => kept(() => levelLogStorage({ path }), writes)), expected(writes));
});

test('a storage in LevelDB keeps what the disks of the simulation keep', async (t) => {
  t.timeout(300_000);
  for (let seed = 1; seed <= 6; seed++) {
    for (const writes of livesOf(seed)) {
      const found = await inFolder((path) => kept(() => levelLogStorage({ path }), writes));
      t.is(found, expected(writes), `seed ${seed}`);
    }
  }
});
