import test from 'ava';
import { diskSuite, simulate } from '../../../src/testing/index.ts';
import type { Disk, NodeContext, SimulatedNode } from '../../../src/testing/index.ts';

function bytes(node: SimulatedNode, name: string): string | undefined {
  const content = node.disk.peek(name);
  return content === undefined ? undefined : Buffer.from(content).toString();
}

const withDisk = ({ disk }: NodeContext): Disk => disk;

// A simulation for each test.
diskSuite(test, {
  name: 'simulated',
  use: async (work) => {
    await simulate(1, async (simulation) => work((await simulation.node('n', withDisk)).value));
  },
});

test('a program that is killed leaves what it has written, and its next life reads it', async (t) => {
  await simulate(1, async (simulation) => {
    const node = await simulation.node('n', withDisk);
    await node.value.write('a', 0, Buffer.from('written'));
    node.crash({ power: false });
    await node.restart();
    t.is(Buffer.from(await node.value.read('a', 0, 100)).toString(), 'written');
  });
});

test('when the power goes, what was synced stays, and of the rest any part may be there, torn between sectors', async (t) => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    await simulate(seed, async (simulation) => {
      const node = await simulation.node('n', withDisk);
      const disk = node.value;
      await disk.write('a', 0, Buffer.alloc(1_024, 'o'));
      await disk.sync('a');
      await disk.write('a', 0, Buffer.alloc(512, '1'));
      await disk.write('a', 512, Buffer.alloc(1_024, '2'));
      await disk.write('b', 0, Buffer.from('unsynced'));
      node.crash({ power: true });
      await node.restart();
      const found = bytes(node, 'a') ?? '';
      const sectors = [0, 512, 1_024].map((start) => found.slice(start, start + 512));
      for (const [index, sector] of sectors.entries()) {
        const fill = [...new Set(sector)].join('');
        t.regex(fill, [/^[o1]$/, /^[o2]$/, /^(2|\0|)$/][index] ?? /^$/, `seed ${seed}`);
      }
      seen.add(`${sectors.map((sector) => sector[0] ?? '-').join('')} ${bytes(node, 'b') ?? 'no b'}`);
    });
  }
  for (const outcome of [/^oo- no b$/, /^1/, /^o2/, /^oo2|^1o2/, /unsynced$/]) {
    t.true(
      [...seen].some((text) => outcome.test(text)),
      `${String(outcome)} of ${[...seen].join(', ')}`,
    );
  }
});

test('a renaming lasts from the next sync on, and either name has a whole content before', async (t) => {
  const seen = new Set<string | undefined>();
  for (let seed = 1; seed <= 40; seed++) {
    await simulate(seed, async (simulation) => {
      const node = await simulation.node('n', withDisk);
      const disk = node.value;
      await disk.write('state', 0, Buffer.from('one'));
      await disk.sync('state');
      await disk.write('state.new', 0, Buffer.from('two'));
      await disk.sync('state.new');
      await disk.rename('state.new', 'state');
      if (seed > 20) await disk.sync('state');
      node.crash({ power: true });
      await node.restart();
      const content = bytes(node, 'state');
      if (seed > 20) t.is(content, 'two');
      else seen.add(content);
    });
  }
  t.true(seen.size === 2 && seen.has('one') && seen.has('two'));
});

test('a sync covers what was done before it was asked for, not what is done meanwhile', async (t) => {
  let lost = false;
  for (let seed = 1; seed <= 40; seed++) {
    await simulate(seed, async (simulation) => {
      const node = await simulation.node('n', withDisk);
      const disk = node.value;
      await disk.write('a', 0, Buffer.from('before'));
      await Promise.all([disk.sync('a'), disk.write('a', 6, Buffer.from('after'))]);
      node.crash({ power: true });
      await node.restart();
      const found = bytes(node, 'a') ?? '';
      t.true(found.startsWith('before'), `seed ${seed}`);
      if (!found.endsWith('after')) lost = true;
    });
  }
  t.true(lost);
});

test('a disk fails when it is told to: reads, writes, syncs that lose what they were for, and a disk that is full', async (t) => {
  await simulate(1, async (simulation) => {
    const node = await simulation.node('n', withDisk, { disk: { capacityBytes: 100 } });
    const disk = node.value;
    await disk.write('a', 0, Buffer.from('kept'));
    await disk.sync('a');
    await t.throwsAsync(disk.write('b', 0, Buffer.alloc(97)), { code: 'DISK_FAILED', message: /no space left/ });
    node.disk.configure({ readErrors: 1 });
    await t.throwsAsync(disk.read('a', 0, 1), { code: 'DISK_FAILED' });
    node.disk.configure({ readErrors: 0, writeErrors: 1 });
    await t.throwsAsync(disk.write('a', 0, Buffer.from('gone')), { code: 'DISK_FAILED' });
    node.disk.configure({ writeErrors: 0, syncErrors: 1 });
    await disk.write('a', 0, Buffer.from('lost'));
    await t.throwsAsync(disk.sync('a'), { code: 'DISK_FAILED' });
    t.is(Buffer.from(await disk.read('a', 0, 4)).toString(), 'lost');
    node.disk.configure({ syncErrors: 0, corruption: 1 });
    t.not(Buffer.from(await disk.read('a', 0, 4)).toString(), 'lost');
    node.disk.configure({ corruption: 0 });
    await disk.sync('a');
    node.crash({ power: true });
    await node.restart();
    t.is(bytes(node, 'a'), 'kept');
  });
});

test('whoever is killed hears of nothing that it had asked its disk for', async (t) => {
  await simulate(1, async (simulation) => {
    let heard = false;
    const node = await simulation.node('n', withDisk);
    const writing = node.value.write('a', 0, Buffer.from('x'));
    void writing.then(() => {
      heard = true;
    });
    node.crash();
    await simulation.sleep(1_000);
    t.false(heard);
  });
});
