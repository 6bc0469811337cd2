import { SeededRandom, SystemClock, deferred } from '@mesos-ts/libprocess';
import { encode } from '@mesos-ts/protocol';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { LogStorage, State, StateError, type LogStorageOptions, type Variable } from '../src/index.ts';
import { storageSuite } from '../src/testing/index.ts';
import { MemoryLog } from './memory-log.ts';

function open(log: MemoryLog, options: Partial<LogStorageOptions> = {}): LogStorage {
  const random = new SeededRandom(1);
  return new LogStorage({ reader: log.reader(), writer: log.writer(), clock: new SystemClock(), random, ...options });
}

let seed = 1;
function stateOf(storage: LogStorage): State {
  return new State(storage, new SeededRandom(seed++));
}

const text = ({ value }: Variable): string => Buffer.from(value).toString();

async function put(state: State, name: string, value: string | Uint8Array): Promise<Variable | undefined> {
  return state.store((await state.fetch(name)).mutate(Buffer.from(value)));
}

async function code(t: ExecutionContext, promise: Promise<unknown>): Promise<string> {
  return (await t.throwsAsync(promise, { instanceOf: StateError })).code;
}

for (const [title, options] of [
  ['replicated log', {}],
  ['replicated log of whole values', { diffsBetweenSnapshots: 0 }],
  ['replicated log that is kept short', { logLengthMax: 3 }],
] as const) {
  storageSuite(test, {
    name: title,
    use: async (work) => {
      const log = new MemoryLog();
      let storage = open(log, options);
      await work(storage, async () => {
        await storage.close();
        return (storage = open(log, options));
      });
      await storage.close();
    },
  });
}

test('a small change of a large value is written as what it differs by, and a whole value now and then', async (t) => {
  const log = new MemoryLog();
  const state = stateOf(open(log, { diffsBetweenSnapshots: 10 }));
  const value = Buffer.from(new SeededRandom(1).bytes(100_000));
  await put(state, 'a', value);
  const sizes: number[] = [];
  for (let round = 0; round < 22; round++) {
    value.write(`round ${round}`, round * 1000);
    const before = log.bytes;
    await put(state, 'a', value);
    sizes.push(log.bytes - before);
  }
  t.deepEqual(
    sizes.flatMap((size, index) => (size > 1000 ? [index] : [])),
    [10, 21],
  );
  t.true(Buffer.compare((await stateOf(open(log)).fetch('a')).value, value) === 0);
});

test('differences that together are larger than the value give way to the value', async (t) => {
  const log = new MemoryLog();
  const state = stateOf(open(log));
  const random = new SeededRandom(1);
  for (let round = 0; round < 20; round++) await put(state, 'a', random.bytes(1000));
  t.true(log.bytes < 20 * 1100);
  t.is(log.entries.filter((entry) => entry !== undefined).length, 1, 'all before the last is truncated');
});

test('the log is truncated up to the oldest value that is needed, which does not hold it up for ever', async (t) => {
  const log = new MemoryLog();
  const state = stateOf(open(log, { diffsBetweenSnapshots: 0, logLengthMax: 50 }));
  await put(state, 'old', 'never changed');
  for (let round = 0; round < 500; round++) await put(state, 'busy', `round ${round}`);
  t.true(log.entries.length - log.beginning < 60, `${log.entries.length - log.beginning} positions`);
  t.is(text(await stateOf(open(log)).fetch('old')), 'never changed');
});

test('two programs that change one variable take turns, and none overwrites what it has not seen', async (t) => {
  const log = new MemoryLog();
  const [one, other] = [stateOf(open(log)), stateOf(open(log))];
  const mine = await put(one, 'a', '1');
  t.is(text((await put(other, 'a', '2')) as Variable), '2');
  t.is(await one.store((mine as Variable).mutate(Buffer.from('3'))), undefined);
  t.is(text(await one.fetch('a')), '2');
});

for (const [when, isMade] of [
  ['before', false],
  ['after', true],
] as const) {
  test(`a change whose writer is deposed ${when} it is in the log is neither said to be made nor not`, async (t) => {
    const log = new MemoryLog();
    const state = stateOf(open(log));
    const first = (await put(state, 'a', '1')) as Variable;
    log.deposes = when;
    t.is(await code(t, state.store(first.mutate(Buffer.from('2')))), 'STATE_DEMOTED');
    t.is(text(await state.fetch('a')), isMade ? '2' : '1');
  });
}

test('a writer that cannot be elected tries again, after longer and longer pauses, until the storage is closed', async (t) => {
  const clock = new TestClock();
  const log = new MemoryLog();
  log.losses = 3;
  const storage = open(log, { clock });
  const fetched = stateOf(storage).fetch('a');
  await clock.settle();
  t.is(log.starts, 1);
  await clock.advance(10_000);
  t.is((await fetched).value.length, 0);
  t.is(log.starts, 4);
  log.losses = Infinity;
  const hopeless = open(log, { clock });
  const names = t.throwsAsync(stateOf(hopeless).names(), { instanceOf: StateError });
  await clock.advance(60_000);
  await hopeless.close();
  t.is((await names).code, 'STATE_CLOSED');
});

test('a standby that follows has read what there is, without the right to write', async (t) => {
  const log = new MemoryLog();
  const leader = stateOf(open(log));
  await put(leader, 'a', '1');
  const standby = open(log);
  await standby.follow();
  t.is(log.starts, 1);
  let reads = 0;
  log.beforeRead = () => reads++;
  await put(leader, 'a', '2');
  await leader.expunge(await leader.fetch('a'));
  await put(leader, 'b', '3');
  await standby.follow();
  const state = stateOf(standby);
  t.is(text(await state.fetch('b')), '3');
  t.deepEqual([...(await state.names())], ['b']);
  t.is(reads, 2, 'once to follow, and once for the election');
});

test('a log that is truncated while it is read is read from its new beginning', async (t) => {
  const log = new MemoryLog();
  const leader = stateOf(open(log, { diffsBetweenSnapshots: 0 }));
  await put(leader, 'gone', 'x');
  await put(leader, 'a', '1');
  const standby = open(log);
  await standby.follow();
  await leader.expunge(await leader.fetch('gone'));
  await put(leader, 'a', '2');
  await put(leader, 'a', '3');
  t.true(log.beginning > 4, 'there is no trace of what was expunged');
  await standby.follow();
  const late = open(log);
  let reads = 0;
  log.beforeRead = () => {
    if (reads++ > 0) return;
    log.entries.push(log.entries.findLast((entry) => entry !== undefined));
    log.beginning = log.entries.length - 1;
  };
  await late.follow();
  t.is(reads, 2);
  log.beforeRead = undefined;
  for (const each of [late, standby]) t.deepEqual([...(await stateOf(each).names())], ['a']);
});

test('a log that is truncated between what it differs by and the whole value that follows is read up to that value', async (t) => {
  const log = new MemoryLog();
  const writer = open(log, { diffsBetweenSnapshots: 2 });
  const state = stateOf(writer);
  const value = Buffer.alloc(1000);
  const change = async (round: number): Promise<void> => {
    value.write(`round ${round}`);
    await put(state, 'a', value);
  };
  await change(0);
  await change(1);
  await put(state, 'b', 'which keeps the last difference in the log');
  await change(2);
  const reader = log.reader();
  // The end is known; then a whole value comes, and what the differences are of is truncated.
  const end = await reader.catchup();
  await change(3);
  await state.names();
  t.true(log.beginning > 1 && log.beginning < end);
  let ends = 0;
  const late = { ...reader, catchup: async () => (ends++ === 0 ? end : reader.catchup()) };
  const standby = new LogStorage({
    reader: late,
    writer: log.writer(),
    clock: new SystemClock(),
    random: new SeededRandom(1),
  });
  await standby.follow();
  t.is(ends, 2);
  t.deepEqual((await standby.get('a'))?.value, Uint8Array.from(value));
  await Promise.all([writer.close(), standby.close()]);
});

test('a value that has grown larger than an entry of the log can still be changed, by who wrote it and by the next', async (t) => {
  const log = new MemoryLog();
  log.entryBytesMax = 2_000;
  const options = { diffsBetweenSnapshots: 3, logLengthMax: 5 };
  const random = new SeededRandom(4);
  let storage = open(log, options);
  let state = stateOf(storage);
  let value = random.bytes(1_900);
  await put(state, 'a', value);
  for (let round = 0; round < 30; round++) {
    value = Buffer.concat([value, random.bytes(100)]);
    t.truthy(await put(state, 'a', value), `round ${round}`);
    if (round % 10 !== 9) continue;
    await storage.close();
    storage = open(log, options);
    state = stateOf(storage);
    t.is(Buffer.compare((await state.fetch('a')).value, value), 0);
  }
  t.is(log.starts, 4, 'nobody has to win the right to write again for it');
  t.is(await code(t, put(state, 'b', random.bytes(5_000))), 'STATE_FAILED', 'nothing to differ from');
  t.is(await code(t, put(state, 'a', random.bytes(5_000))), 'STATE_FAILED', 'it differs by too much');
  t.is(Buffer.compare((await state.fetch('a')).value, value), 0);
  // The log is as long as it has to be, until the value fits again.
  t.true(log.entries.length - log.beginning > 30);
  await put(state, 'a', value.subarray(0, 1_000));
  await state.names();
  t.true(log.entries.length - log.beginning < 5);
  await storage.close();
});

test('without differences a value is not larger than an entry of the log', async (t) => {
  const log = new MemoryLog();
  log.entryBytesMax = 100;
  const state = stateOf(open(log, { diffsBetweenSnapshots: 0 }));
  await put(state, 'a', Buffer.alloc(10));
  t.is(await code(t, put(state, 'a', Buffer.alloc(110))), 'STATE_FAILED');
  t.is((await state.fetch('a')).value.length, 10);
  t.truthy(await put(state, 'a', Buffer.alloc(20)));
});

test('what is no change of a state, and a difference without what it is of, are refused', async (t) => {
  const entry = { name: 'a', uuid: new Uint8Array(16), value: new Uint8Array() };
  const headless = encode('mesos.internal.state.Operation', { type: 'DIFF', diff: { entry } });
  for (const bytes of [Uint8Array.of(1, 2, 3), Uint8Array.of(8, 1), headless]) {
    const log = new MemoryLog();
    log.entries.push(bytes);
    t.is(await code(t, stateOf(open(log)).fetch('a')), 'STATE_CORRUPT');
  }
});

test('whoever writes, and whenever writers are deposed or start again, all changes that were answered are there', async (t) => {
  const step = fc.tuple(
    fc.nat(1),
    fc.constantFrom('a', 'b'),
    fc.constantFrom('put', 'put', 'put', 'expunge', 'before', 'after', 'again'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(3), async (steps, diffsBetweenSnapshots) => {
      const log = new MemoryLog();
      const options = { diffsBetweenSnapshots, logLengthMax: 8 };
      const states = [stateOf(open(log, options)), stateOf(open(log, options))];
      const expected = new Map<string, string | undefined>();
      for (const [index, [who, name, what]] of steps.entries()) {
        if (what === 'again') states[who] = stateOf(open(log, options));
        const state = states[who] as State;
        const variable = await state.fetch(name);
        t.is(text(variable), expected.get(name) ?? '');
        if (what === 'before' || what === 'after') log.deposes = what;
        const value = `${'a long beginning that does not change; '.repeat(3)}${index}`;
        try {
          if (what === 'expunge') {
            if (await state.expunge(variable)) expected.delete(name);
          } else if ((await state.store(variable.mutate(Buffer.from(value)))) !== undefined) {
            expected.set(name, value);
          }
        } catch (error) {
          t.is((error as StateError).code, 'STATE_DEMOTED');
          // It may be there or not: whoever looks knows.
          const now = text(await state.fetch(name));
          t.true([value, expected.get(name) ?? ''].includes(now));
          expected.set(name, now);
        }
      }
      const last = stateOf(open(log));
      for (const [name, value] of expected) t.is(text(await last.fetch(name)), value ?? '');
    }),
    { numRuns: 200 },
  );
});

test('a change is answered when it is in the log, and not when the log has been shortened', async (t) => {
  const log = new MemoryLog();
  const writer = log.writer();
  const shortened = deferred<undefined>();
  let truncations = 0;
  const truncate = async (to: number): Promise<number | 'demoted'> => {
    truncations++;
    await shortened.promise;
    return writer.truncate(to);
  };
  const storage = open(log, { writer: { ...writer, truncate }, diffsBetweenSnapshots: 0 });
  const state = stateOf(storage);
  await put(state, 'a', '1');
  t.is(truncations, 1);
  // What comes after it waits.
  const next = put(state, 'a', '2');
  await new Promise(setImmediate);
  t.is(truncations, 1);
  shortened.resolve(undefined);
  await next;
  t.is(text(await state.fetch('a')), '2');
  await storage.close();
});

for (const hangs of ['append', 'truncate', 'catchup', 'beginning'] as const) {
  test(`a log that never answers, for want of a quorum, keeps nobody from closing the storage: ${hangs}`, async (t) => {
    const log = new MemoryLog();
    const never = new Promise<never>(() => undefined);
    const [reader, writer] = [log.reader(), log.writer()];
    const hanging = { [hangs]: () => never };
    const storage = open(log, {
      reader: { ...reader, ...hanging },
      writer: { ...writer, ...hanging },
      logLengthMax: 0,
      diffsBetweenSnapshots: 0,
    });
    const state = stateOf(storage);
    const outcome = code(t, hangs === 'catchup' ? storage.follow() : putTwice(state));
    await new Promise(setImmediate);
    await storage.close();
    t.is(await outcome, 'STATE_CLOSED');
  });
}

async function putTwice(state: State): Promise<void> {
  await put(state, 'a', '1');
  await put(state, 'a', '2');
}
