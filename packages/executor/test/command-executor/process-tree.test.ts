import test from 'ava';
import { listProcesses, membersOf, parseStat } from '../../src/command-executor/process-tree.ts';
import type { ProcessFacts } from '../../src/command-executor/process-tree.ts';

const facts = (pid: number, parent: number, group: number, session: number, state = 'S'): ProcessFacts => ({
  pid,
  state,
  parent,
  group,
  session,
});

test('a line of /proc/<pid>/stat is read, whatever the name of the program', (t) => {
  t.deepEqual(parseStat('42 (sh) S 1 42 42 0 -1 4194560 rest'), facts(42, 1, 42, 42));
  t.deepEqual(parseStat('42 (a) Z 9 (b) R 7 8 9 0 -1 rest'), facts(42, 7, 8, 9, 'R'));
  for (const text of ['', 'nonsense', '42', '42 (sh', '(sh) S 1 2 3', '42 (sh) S one 2 3']) {
    t.is(parseStat(text), undefined, text);
  }
});

test('members are session, group, children, and the sessions of these, wherever they stand in the list', (t) => {
  const processes = [
    facts(1, 0, 1, 1),
    facts(14, 13, 13, 13),
    facts(10, 5, 10, 10),
    facts(11, 10, 10, 10),
    facts(12, 1, 12, 10),
    facts(13, 11, 13, 13),
    facts(20, 5, 20, 20),
  ];
  t.deepEqual(
    membersOf(processes, 10, false).toSorted((a, b) => a - b),
    [10, 11, 12, 13, 14],
  );
});

test('the dead are no members', (t) => {
  t.deepEqual(membersOf([facts(10, 5, 10, 10, 'Z'), facts(11, 1, 10, 10), facts(12, 1, 10, 10, 'X')], 10, true), []);
  t.deepEqual(membersOf([facts(11, 1, 10, 10), facts(12, 1, 10, 10, 'Z')], 10, true), [11]);
});

test('a process that has got the number of a reaped leader is a stranger', (t) => {
  const processes = [facts(10, 5, 10, 10), facts(11, 10, 10, 10)];
  t.deepEqual(membersOf(processes, 10, true), []);
  t.deepEqual(membersOf(processes, 10, false), [10, 11]);
});

test('this process is among those of the machine, where there is a /proc', (t) => {
  const own = listProcesses().find(({ pid }) => pid === process.pid);
  t.is(own === undefined, process.platform !== 'linux');
});
