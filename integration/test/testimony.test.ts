import test from 'ava';
import { lostWrites, readTestimony, reignsOf, rivals, summary } from '../src/testimony.ts';

/** The lives of masters by name, from what witnesses wrote down. */
function lives(written: Readonly<Record<string, readonly string[]>>) {
  return new Map(Object.entries(written).map(([master, lines]) => [master, readTestimony(lines.join('\n'))]));
}

test('a master leads from its first answer as a leader to when it was last asked for one, in each of its lives', (t) => {
  const told = lives({
    one: [
      'begins 0',
      'read 1 2 503 -',
      'read 3 5 recovers -',
      'write 6 9 200 6',
      'read 10 12 307 -',
      'begins 40',
      'read 50 52 200 6',
    ],
    two: ['begins 0', 'read 20 25 200 6', 'read 30 35 silent -'],
  });
  t.deepEqual(reignsOf(told), [
    { master: 'one', sinceMs: 5, untilMs: 6 },
    { master: 'two', sinceMs: 25, untilMs: 20 },
    { master: 'one', sinceMs: 52, untilMs: 50 },
  ]);
  t.deepEqual(rivals(reignsOf(told)), []);
});

test('a life says how it ended', (t) => {
  const ends = readTestimony('begins 0\nread 1 2 200 -\nends 1\nbegins 3\nends SIGKILL\nbegins 5').map(
    ({ end }) => end,
  );
  t.deepEqual(ends, ['1', 'SIGKILL', undefined]);
});

test('two masters that surely led at the same time are rivals, and two that may have led one after the other are not', (t) => {
  const first = ['begins 0', 'read 1 2 200 -', 'read 10 12 200 -'];
  const after = reignsOf(lives({ first, second: ['begins 0', 'read 9 11 200 -', 'read 20 21 200 -'] }));
  t.deepEqual(rivals(after), []);
  const during = reignsOf(lives({ first, second: ['begins 0', 'read 8 9 200 -'] }));
  t.deepEqual(rivals(during), [[during[0], during[1]]]);
  const late = reignsOf(
    lives({ first: [...first, 'read 30 31 recovers -'], second: ['begins 0', 'read 19 20 200 -', 'read 21 22 200 -'] }),
  );
  t.is(rivals(late).length, 1, 'the former leader answers as one after the next has');
});

test('a change is lost when it was confirmed before somebody asked, and is not in the answer', (t) => {
  const one = ['begins 0', 'write 1 3 200 1', 'write 4 6 silent 4', 'write 7 9 200 7'];
  t.deepEqual(
    lostWrites(lives({ one, two: ['begins 0', 'read 8 20 200 1', 'read 10 11 200 7', 'read 12 13 307 -'] })),
    [],
  );
  const [lost, ...others] = lostWrites(lives({ one, two: ['begins 0', 'read 10 11 200 4', 'read 12 13 200 7'] }));
  t.deepEqual([lost?.read.weight, lost?.confirmed.weight, others], [4, 7, []]);
  t.is(lostWrites(lives({ one, two: ['begins 0', 'read 10 11 200 -'] })).length, 1, 'nothing at all is there');
});

test('a summary counts what was said', (t) => {
  const [life] = readTestimony('begins 0\nread 1 2 200 -\nread 1 2 silent -\nread 1 2 200 -');
  t.is(summary(life?.said ?? []), '200 x 2, silent x 1');
  t.is(summary([]), 'nothing');
});
