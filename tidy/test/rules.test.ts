import test from 'ava';
import { codeOnly, sources } from '../src/tree.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly instead: string;
  /** The files that are meant for it. */
  readonly except: readonly string[];
}

const systemTime: readonly string[] = ['packages/libprocess/src/time/system-clock.ts'];
const turns: readonly string[] = [
  'packages/libprocess/src/transport/websocket-connection.ts',
  'packages/libprocess/src/actor/run-queue.ts',
  'packages/libprocess/src/runtime.ts',
  'packages/libprocess/src/threads/port.ts',
  'packages/libprocess/src/testing/simulation/simulation.ts',
  'packages/libprocess/src/testing/test-clock.ts',
  'packages/libprocess/src/transport/memory-transport.ts',
  'packages/daemon/src/listing/turn.ts',
];

const rules: readonly Rule[] = [
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime\b/,
    instead: `the runtime's clock`,
    except: [...systemTime, 'benchmarks/src/baselines/timers.ts', 'benchmarks/src/measure.ts'],
  },
  {
    pattern: /\bset(?:Timeout|Interval)\(|timers\/promises/,
    instead: `a timer of the runtime's clock, or an actor's delay`,
    except: [...systemTime, 'benchmarks/src/baselines/timers.ts', 'packages/cli/src/pause.ts'],
  },
  {
    pattern: /\bsetImmediate\(|\bqueueMicrotask\(|\bprocess\.nextTick\(/,
    instead: 'an event to an actor',
    except: turns,
  },
  {
    pattern: /\bMath\.random\(|\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b|\bnanoid\(/,
    instead: `the runtime's random`,
    except: ['packages/libprocess/src/random/system-random.ts', 'packages/libprocess/src/random/seeded-random.ts'],
  },
];

// Integration tests run against real machines, in real time.
const code = sources('src')
  .filter(({ workspace }) => workspace !== 'integration')
  .map((file) => ({ ...file, code: codeOnly(file.text) }));

for (const rule of rules) {
  test(`only the files meant for it use what should be ${rule.instead}`, (t) => {
    const wrong = code
      .filter(({ path, code: text }) => !rule.except.includes(path) && rule.pattern.test(text))
      .map(({ path }) => path);
    t.deepEqual(wrong, [], `Use ${rule.instead}`);
    const needless = rule.except.filter(
      (path) => !code.some((file) => file.path === path && rule.pattern.test(file.code)),
    );
    t.deepEqual(needless, [], 'An exception that nobody needs is to be taken back');
  });
}

test('no file has more than 600 lines', (t) => {
  const long = sources('src', 'test')
    .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
    .filter(({ lines }) => lines > 600);
  t.deepEqual(long, []);
});

test('constants have names as everything else has, not capitals', (t) => {
  const wrong = sources('src', 'test').flatMap(({ path, text }) =>
    [...codeOnly(text).matchAll(/^(?:export )?const ([A-Z][A-Z\d]*(?:_[A-Z\d]+)*)\b(?= *[:=])/gm)].map(
      ([, name]) => `${path}: ${name}`,
    ),
  );
  t.deepEqual(wrong, []);
});

test('no work is left marked as unfinished, and no test is switched off', (t) => {
  // Written so that this file does not find itself.
  const marks = /\b(?:TO[D]O|FIX[M]E|XX[X])\b|test\.(?:only|skip|failing|tod[o])\(/;
  const wrong = sources('src', 'test')
    .filter(({ text }) => marks.test(text))
    .map(({ path }) => path);
  t.deepEqual(wrong, []);
});

test('no test sleeps', (t) => {
  const wrong = sources('test')
    .filter(({ workspace }) => workspace !== 'integration')
    .filter(({ text }) =>
      /\bset(?:Timeout|Interval)\(|timers\/promises/.test(
        codeOnly(text) + text.match(/from 'node:timers\/promises'/g)?.join(''),
      ),
    )
    .map(({ path }) => path);
  t.deepEqual(wrong, []);
});
