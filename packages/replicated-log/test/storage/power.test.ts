import test from 'ava';
import { simulateSeeds } from '@mesos-ts/libprocess/testing';
import { LogError, MemoryLogStorage } from '../../src/index.ts';
import { JournalStore, OrderedLogStorage } from '../../src/testing/index.ts';
import type { Dice, Simulation } from '@mesos-ts/libprocess/testing';
import type { Action, LogStorage, LogWrite, RecoveredLog } from '../../src/index.ts';

/** What a program finds when it starts: its storage and what it recovered, or why it could not. */
interface Life {
  readonly storage: LogStorage;
  readonly outcome: RecoveredLog | LogError;
}

function randomWrite(dice: Dice, number: number): LogWrite {
  const position = dice.integer(30);
  const value = {
    type: 'append',
    bytes: Buffer.alloc(dice.chance(0.1) ? 40_000 : 1 + dice.integer(700), 1 + (number % 255)),
  };
  const action = { position, promised: number, performed: number, value } as Action;
  const learned = dice.chance(0.5) ? [{ from: position, to: position }] : [];
  const metadata = dice.chance(0.2) ? { metadata: { status: 'VOTING', promised: number } as const } : {};
  const truncates = dice.chance(0.1) && position > 0;
  const actions: Action[] = truncates
    ? [{ ...action, value: { type: 'truncate', to: dice.integer(position) }, learned: true }]
    : [action];
  return { actions, learned, ...metadata };
}

/** All that a storage has, as text. */
async function contents(storage: LogStorage, { metadata, begin, end, learned }: RecoveredLog): Promise<string> {
  const actions = (await storage.read(0, 1_000)).map(({ value, ...rest }) => ({
    ...rest,
    value: value?.type === 'append' ? `${value.bytes.length} x ${value.bytes[0]}` : value,
  }));
  return JSON.stringify({ metadata, begin, end, learned, actions });
}

/** The state after the first so many writes. */
async function expected(writes: readonly LogWrite[]): Promise<string> {
  const first = new MemoryLogStorage();
  await first.recover();
  for (const write of writes) await first.persist(write);
  const second = new MemoryLogStorage(first.content);
  return contents(second, await second.recover());
}

async function run(simulation: Simulation, faults: boolean, seen: Map<string, number>): Promise<void> {
  const { dice } = simulation;
  const node = await simulation.node('n', async ({ disk }): Promise<Life> => {
    const storage = new OrderedLogStorage(new JournalStore(disk));
    try {
      return { storage, outcome: await storage.recover() };
    } catch (error) {
      if (error instanceof LogError) return { storage, outcome: error };
      throw error;
    }
  });
  const note = (what: string): void => {
    seen.set(what, (seen.get(what) ?? 0) + 1);
  };
  let history: LogWrite[] = [];
  for (let life = 0; life < 6; life++) {
    const { storage } = node.value;
    let acknowledged = history.length;
    let failed = false;
    if (faults) node.disk.configure({ writeErrors: 0.02, syncErrors: 0.02, capacityBytes: 400_000 });
    const writing: Promise<unknown>[] = [];
    for (let number = 0; number < 30; number++) {
      const write = randomWrite(dice, history.length + 1);
      history.push(write);
      const length = history.length;
      writing.push(
        storage.persist(write).then(
          () => {
            if (failed) throw new Error('a write was acknowledged after one that failed');
            if (acknowledged !== length - 1) throw new Error('writes were acknowledged out of order');
            acknowledged = length;
          },
          (error: unknown) => {
            failed = true;
            note(error instanceof LogError ? error.code : String(error));
          },
        ),
      );
      if (dice.chance(0.4)) await simulation.sleep(dice.between(0, 12));
    }
    if (dice.chance(0.3)) await Promise.all(writing);
    node.crash({ power: dice.chance(0.7) });
    node.disk.configure({ writeErrors: 0, syncErrors: 0, capacityBytes: Infinity, corruption: faults ? 0.3 : 0 });
    await node.restart();
    while (node.value.outcome instanceof LogError) {
      note(node.value.outcome.code);
      if (!faults) throw node.value.outcome;
      node.disk.configure({ corruption: 0 });
      node.crash({ power: false });
      await node.restart();
    }
    const found = await contents(node.value.storage, node.value.outcome);
    let kept = -1;
    for (let count = history.length; count >= acknowledged && kept < 0; count--) {
      if (found === (await expected(history.slice(0, count)))) kept = count;
    }
    if (kept < 0) throw new Error(`what is there is not what was written first: ${found}`);
    if (kept > acknowledged) note('kept more');
    if (kept < history.length) note('lost some');
    history = history.slice(0, kept);
  }
}

test('at whatever moment the power goes, the log is what the first so many writes made it, and all that were acknowledged are among them', async (t) => {
  const seen = new Map<string, number>();
  const seeds = await simulateSeeds({ seeds: 60 }, (simulation) => run(simulation, false, seen));
  t.true(
    seeds === 1 || ['kept more', 'lost some'].every((what) => (seen.get(what) ?? 0) > 20),
    JSON.stringify([...seen]),
  );
});

test('writes and syncs that fail, a full disk and bits that turn over are told of, and never served', async (t) => {
  const seen = new Map<string, number>();
  const seeds = await simulateSeeds({ seeds: 60 }, (simulation) => run(simulation, true, seen));
  const all = ['LOG_STORAGE_FAILED', 'LOG_CORRUPT', 'kept more', 'lost some'];
  t.true(seeds === 1 || all.every((what) => (seen.get(what) ?? 0) > 10), JSON.stringify([...seen]));
});
