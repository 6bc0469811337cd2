import test from 'ava';
import fc from 'fast-check';
import { MemoryLogContent, MemoryLogStorage, levelLogStorage } from '../../src/index.ts';
import { inFolder } from './folder.ts';
import type { Action, LogStorage, LogWrite, RecoveredLog } from '../../src/index.ts';

const position = fc.nat(12);
const action: fc.Arbitrary<Action> = fc
  .tuple(position, fc.nat(5), fc.nat(7), fc.boolean())
  .map(([at, proposal, kind, learned]) => {
    const base = { position: at, promised: proposal };
    if (kind === 0) return base;
    const done = { ...base, performed: proposal, ...(learned ? { learned } : {}) };
    if (kind === 1) return { ...done, value: { type: 'truncate', to: at >> 1 } };
    if (kind === 2) return { ...done, value: { type: 'nop', tombstone: true } };
    if (kind === 3) return { ...done, value: { type: 'nop' } };
    return { ...done, value: { type: 'append', bytes: Buffer.alloc(kind, proposal) } };
  });
const write: fc.Arbitrary<LogWrite> = fc.record(
  {
    actions: fc.array(action, { maxLength: 4 }),
    learned: fc.array(
      fc.tuple(position, fc.nat(3)).map(([from, more]) => ({ from, to: from + more })),
      { maxLength: 1 },
    ),
    metadata: fc.record({ status: fc.constantFrom('VOTING', 'RECOVERING'), promised: fc.nat(9) }),
  },
  { requiredKeys: [] },
);

async function outcome(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

async function everything(storage: LogStorage, log?: RecoveredLog): Promise<string> {
  return JSON.stringify({ log, actions: await storage.read(0, 100) });
}

test('whatever is written, LevelDB and memory have the same, refuse the same, and find the same after a restart', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(write, { maxLength: 8 }), { maxLength: 3 }), (lives) =>
      inFolder(async (path) => {
        const content = new MemoryLogContent();
        for (const writes of [...lives, []]) {
          const memory = new MemoryLogStorage(content);
          const level = levelLogStorage({ path });
          const logs = [await memory.recover(), await level.recover()];
          t.is(await everything(level, logs[1]), await everything(memory, logs[0]));
          const answers = await Promise.all(
            writes.map((one) => Promise.all([memory, level].map((storage) => outcome(() => storage.persist(one))))),
          );
          for (const [one, other] of answers) t.is(one, other);
          t.is(await everything(level), await everything(memory));
          await memory.close();
          await level.close();
        }
      }),
    ),
    { numRuns: 150 },
  );
});
