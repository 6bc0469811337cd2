import test from 'ava';
import { membersOf } from '../../src/command-executor/process-tree.ts';
import type { ProcessEntry } from '@mesos-ts/libprocess/subprocess';

const facts = (pid: number, parentPid: number, groupId: number, sessionId: number, isZombie = false): ProcessEntry => ({
  pid,
  parentPid,
  groupId,
  sessionId,
  isZombie,
  startTicks: 0,
  userSecs: 0,
  systemSecs: 0,
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
  t.deepEqual(membersOf([facts(10, 5, 10, 10, true), facts(11, 1, 10, 10), facts(12, 1, 10, 10, true)], 10, true), []);
  t.deepEqual(membersOf([facts(11, 1, 10, 10), facts(12, 1, 10, 10, true)], 10, true), [11]);
});

test('a process that has got the number of a reaped leader is a stranger', (t) => {
  const processes = [facts(10, 5, 10, 10), facts(11, 10, 10, 10)];
  t.deepEqual(membersOf(processes, 10, true), []);
  t.deepEqual(membersOf(processes, 10, false), [10, 11]);
});
