import { deferred } from '@mesos-ts/libprocess';
import { InMemoryStorage, State } from '@mesos-ts/state';
import test from 'ava';
import { MasterError } from '../../src/errors.ts';
import { agentInfo, HeldStorage, RegistrarBench } from './support.ts';
import type { RegistryOperation } from '../../src/registrar/operations.ts';

const admit = (id: string): RegistryOperation => ({ type: 'admit-agent', info: agentInfo(id) });

test('a new registry is empty but for its master, and is durable when recovery is over', async (t) => {
  await using bench = new RegistrarBench();
  const contents = await bench.recover();
  t.is(contents.agents.size, 0);
  t.is(contents.rest.master?.info.id, 'M');
  t.deepEqual([...(await bench.storage.names())], ['registry']);
});

test('what one registrar has written the next recovers, with itself as the master', async (t) => {
  const storage = new InMemoryStorage();
  {
    await using bench = new RegistrarBench(storage);
    await bench.recover('M1');
    t.true(await bench.apply(admit('a')));
    t.true(await bench.apply(admit('b')));
    t.true(await bench.apply({ type: 'mark-unreachable', agentId: 'a', timeMs: 1 }));
  }
  await using bench = new RegistrarBench(storage);
  const contents = await bench.recover('M2');
  t.deepEqual([...contents.agents.keys()], ['b']);
  t.deepEqual([...contents.unreachable.keys()], ['a']);
  t.is(contents.rest.master?.info.id, 'M2');
  t.is(await bench.recover('M3'), contents, 'recovery is done once');
});

test('changes before recovery has begun are refused, and those that come during it wait for it', async (t) => {
  const storage = new HeldStorage();
  await using bench = new RegistrarBench(storage);
  const error = await t.throwsAsync(bench.apply(admit('a')), { instanceOf: MasterError });
  t.is(error.code, 'REGISTRAR_FAILED');
  storage.isHolding = true;
  const recovered = bench.recover();
  const applied = bench.apply(admit('a'));
  await bench.clock.settle();
  t.deepEqual(await bench.shown(), {}, 'what is not durable is not shown');
  storage.isHolding = false;
  storage.held[0]?.go();
  await recovered;
  t.true(await applied);
});

test('changes that come while one is written are written together, in their order', async (t) => {
  const storage = new HeldStorage();
  await using bench = new RegistrarBench(storage);
  await bench.recover();
  storage.isHolding = true;
  const answers: string[] = [];
  const note = (name: string, answer: Promise<boolean>): Promise<number> =>
    answer.then((isMade) => answers.push(`${name} ${isMade}`));
  const first = note('a', bench.apply(admit('a')));
  await bench.clock.settle();
  const rest = [
    note('b', bench.apply(admit('b'))),
    note('a again', bench.apply(admit('a'))),
    note('b lost', bench.apply({ type: 'mark-unreachable', agentId: 'b', timeMs: 1 })),
    note('b back', bench.apply({ type: 'mark-reachable', info: agentInfo('b') })),
  ];
  await bench.clock.settle();
  t.is(storage.sets, 2, 'recovery, and the first change');
  t.is(bench.runtime.metrics.snapshot()['registrar/queued_operations'], 4);
  t.deepEqual(answers, []);
  storage.held[0]?.go();
  await first;
  await bench.clock.settle();
  t.is(storage.sets, 3);
  t.deepEqual(answers, ['a true']);
  storage.held[1]?.go();
  await Promise.all(rest);
  t.deepEqual(answers, ['a true', 'b true', 'a again false', 'b lost true', 'b back true']);
  t.is(storage.sets, 3);
});

test('nothing of a change is shown or answered before it is durable', async (t) => {
  const storage = new HeldStorage();
  await using bench = new RegistrarBench(storage);
  await bench.recover();
  storage.isHolding = true;
  let isAnswered = false;
  const applied = bench.apply(admit('a')).then(() => (isAnswered = true));
  await bench.clock.settle();
  t.is((await bench.shown())['slaves'], undefined);
  t.false(isAnswered);
  storage.held[0]?.go();
  await applied;
  t.like(await bench.shown(), { slaves: { slaves: [{ info: { hostname: 'host-of-a' } }] } });
});

test('when a write fails, all of it is refused, and so is whatever waits or comes later', async (t) => {
  const storage = new HeldStorage();
  await using bench = new RegistrarBench(storage);
  await bench.recover();
  storage.isHolding = true;
  const all = [bench.apply(admit('a'))];
  await bench.clock.settle();
  all.push(bench.apply(admit('b')));
  await bench.clock.settle();
  storage.held[0]?.fail(new Error('the disk is full'));
  for (const each of all) {
    const error = await t.throwsAsync(each, { instanceOf: MasterError });
    t.is(error.message, 'Failed to update registry: the disk is full');
  }
  storage.isHolding = false;
  await t.throwsAsync(bench.apply(admit('c')), { message: /the disk is full/ });
  t.is(storage.sets, 2, 'nothing is written after a failure');
  t.is((await bench.shown())['slaves'], undefined);
  t.true(bench.log.some((line) => line.includes('Registrar aborting: Failed to update registry: the disk is full')));
});

test('a write that takes longer than the store timeout fails', async (t) => {
  const storage = new HeldStorage();
  await using bench = new RegistrarBench(storage);
  await bench.recover();
  storage.isHolding = true;
  const applied = t.throwsAsync(bench.apply(admit('a')), { message: /Failed to perform store within 20secs/ });
  await bench.clock.settle();
  await bench.clock.advance(19_999);
  t.is(bench.log.filter((line) => line.includes('aborting')).length, 0);
  await bench.clock.advance(2);
  await applied;
});

test('a registry that cannot be fetched in time is not recovered', async (t) => {
  class Silent extends InMemoryStorage {
    override get(): Promise<undefined> {
      return deferred<undefined>().promise;
    }
  }
  await using bench = new RegistrarBench(new Silent());
  const recovered = t.throwsAsync(bench.recover(), {
    message: 'Failed to recover registrar: Failed to perform fetch within 1mins',
  });
  await bench.clock.settle();
  await bench.clock.advance(60_001);
  await recovered;
  await t.throwsAsync(bench.apply(admit('a')), { instanceOf: MasterError });
});

test('a registry that somebody else has changed is not written over: the registrar gives up', async (t) => {
  const storage = new InMemoryStorage();
  await using deposed = new RegistrarBench(storage);
  await deposed.recover('M1');
  await using leader = new RegistrarBench(storage, 2);
  await leader.recover('M2');
  t.true(await leader.apply(admit('a')));
  await t.throwsAsync(deposed.apply(admit('b')), { message: 'Failed to update registry: version mismatch' });
  t.true(await leader.apply(admit('c')));
  t.like(await leader.shown(), { master: { info: { id: 'M2' } } });
});

test('bytes that are no registry are refused, and stay as they are', async (t) => {
  const storage = new InMemoryStorage();
  const state = new State(storage, { bytes: (length) => new Uint8Array(length).fill(7) });
  await state.store((await state.fetch('registry')).mutate(Uint8Array.of(0x12, 0x7f, 1)));
  await using bench = new RegistrarBench(storage);
  await t.throwsAsync(bench.recover(), { message: /^Failed to recover registrar: / });
  t.deepEqual([...(await state.fetch('registry')).value], [0x12, 0x7f, 1]);
});

test('metrics tell the size of the registry and how long it took to fetch and store it', async (t) => {
  await using bench = new RegistrarBench();
  t.is(bench.runtime.metrics.snapshot()['registrar/registry_size_bytes'], undefined, 'it is not recovered');
  await bench.recover();
  await bench.clock.advance(1000);
  await bench.apply(admit('a'));
  const metrics = bench.runtime.metrics.snapshot();
  t.true((metrics['registrar/registry_size_bytes'] ?? 0) > 50);
  t.is(metrics['registrar/queued_operations'], 0);
  t.is(metrics['registrar/state_fetch_ms'], 0, 'no time passes by itself');
  for (const name of ['', '/count', '/max', '/min', '/p50', '/p90', '/p95', '/p99', '/p999', '/p9999']) {
    t.true(`registrar/state_store_ms${name}` in metrics, name);
  }
});

test('a registrar that ends refuses what waits', async (t) => {
  const storage = new HeldStorage();
  await using bench = new RegistrarBench(storage);
  await bench.recover();
  storage.isHolding = true;
  const applied = t.throwsAsync(bench.apply(admit('a')));
  await bench.clock.settle();
  bench.runtime.terminate(bench.pid);
  await applied;
});

test('a change that cannot be put in words fails with all that wait, and nothing is waited for without end', async (t) => {
  await using bench = new RegistrarBench();
  await bench.recover();
  const unspeakable = { ...agentInfo('a') };
  Object.defineProperty(unspeakable, 'hostname', {
    enumerable: true,
    get: () => {
      throw new Error('no words');
    },
  });
  const outcomes = await Promise.allSettled([
    bench.apply({ type: 'admit-agent', info: unspeakable }),
    bench.apply(admit('b')),
  ]);
  for (const outcome of outcomes) {
    t.is(outcome.status, 'rejected');
    if (outcome.status === 'rejected') t.is((outcome.reason as MasterError).code, 'REGISTRAR_FAILED');
  }
});
