import test from 'ava';
import fc from 'fast-check';
import { closure, listProcesses } from '@mesos-ts/libprocess/subprocess';
import type { ProcessEntry } from '@mesos-ts/libprocess/subprocess';

import { containerProcesses, Descent } from '../../src/containerizer/process-tree.ts';

const entry = (pid: number, parentPid: number, sessionId: number, startTicks = 100): ProcessEntry => ({
  pid,
  parentPid,
  groupId: sessionId,
  sessionId,
  isZombie: false,
  startTicks,
  userSecs: 0,
  systemSecs: 0,
});
const pidsOf = (entries: ProcessEntry[]): number[] => entries.map(({ pid }) => pid).toSorted((a, b) => a - b);
const mark = { rootPid: 10, rootStartTicks: 100, known: new Set<string>(), isMarked: () => false };

test('this process is among all, and is its own subtree', (t) => {
  const processes = listProcesses() ?? [];
  t.true(pidsOf(processes).includes(process.pid));
  t.true(pidsOf(new Descent(processes).subtree(process.pid)).includes(process.pid));
});

test('what descends from a process is what is reached over parents, whatever the processes are', (t) => {
  const processes = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 0, max: 25 })), {
    selector: ([pid]) => pid,
    maxLength: 25,
  });
  fc.assert(
    fc.property(processes, fc.integer({ min: 0, max: 26 }), (pairs, root) => {
      const entries = pairs.map(([pid, parent]) => entry(pid, parent, pid));
      const expected = closure(
        entries,
        ({ pid }) => pid === root,
        ({ parentPid }, members) => members.has(parentPid),
      );
      const descent = new Descent(entries);
      t.deepEqual(pidsOf(descent.subtree(root)), pidsOf(expected));
      t.is(
        descent.has(root),
        entries.some(({ pid }) => pid === root),
      );
    }),
    { numRuns: 300 },
  );
});

test('descendants belong to a container, also those that made a session of their own', (t) => {
  const processes = [
    entry(1, 0, 1),
    entry(10, 1, 10),
    entry(11, 10, 10),
    entry(12, 11, 12),
    entry(13, 12, 12),
    entry(20, 1, 20),
  ];
  t.deepEqual(pidsOf(containerProcesses(processes, mark)), [10, 11, 12, 13]);
});

test('what is left of the session of a first process that has ended belongs to its container', (t) => {
  t.deepEqual(pidsOf(containerProcesses([entry(1, 0, 1), entry(11, 1, 10), entry(12, 11, 12)], mark)), [11, 12]);
});

test('processes that left session and parents are known by their environment, and bring their own descendants', (t) => {
  const processes = [entry(1, 0, 1), entry(30, 1, 30), entry(31, 30, 30), entry(40, 1, 40)];
  t.deepEqual(pidsOf(containerProcesses(processes, { ...mark, isMarked: ({ pid }) => pid === 30 })), [30, 31]);
});

test('processes found once stay found; a process that is older than the container, or has its pid anew, never is', (t) => {
  const processes = [entry(1, 0, 1, 1), entry(10, 1, 10, 900), entry(50, 1, 50, 120), entry(60, 1, 60, 50)];
  const known = new Set(['50:120', '60:50']);
  t.deepEqual(pidsOf(containerProcesses(processes, { ...mark, known })), [50]);
});

test('a session whose leader has the pid of a container that is gone is none of its', (t) => {
  const processes = [entry(1, 0, 1, 1), entry(10, 1, 10, 900), entry(11, 10, 10, 901), entry(12, 1, 10, 902)];
  t.deepEqual(pidsOf(containerProcesses(processes, mark)), []);
});
