import test from 'ava';
import { closure, listProcesses, parseStat, processKey, processTree, readProcess } from '../../src/subprocess/index.ts';
import { hasProc } from './support.ts';
import type { ProcessEntry } from '../../src/subprocess/index.ts';

const linuxTest = hasProc ? test : test.skip;

function entry(pid: number, parentPid: number, session = pid, startTicks = pid): ProcessEntry {
  return {
    pid,
    parentPid,
    groupId: session,
    sessionId: session,
    isZombie: false,
    startTicks,
    userSecs: 0,
    systemSecs: 0,
  };
}

function pids(entries: readonly ProcessEntry[]): number[] {
  return entries.map(({ pid }) => pid).toSorted((a, b) => a - b);
}

test('a line of /proc/<pid>/stat is read, whatever the program is called', (t) => {
  const rest = '12 13 14 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 98765 1000 10';
  for (const name of ['sh', 'a b', ') S 1 1 (', 'x)']) {
    const read = parseStat(`4711 (${name}) S ${rest}`);
    t.deepEqual(read, {
      pid: 4711,
      parentPid: 12,
      groupId: 13,
      sessionId: 14,
      isZombie: false,
      startTicks: 98_765,
      userSecs: 2.5,
      systemSecs: 0.5,
    });
  }
  t.true(parseStat(`1 (x) Z ${rest}`)?.isZombie);
  t.is(processKey(entry(7, 1)), '7:7');
  for (const line of ['', '1 x S 1', 'x (y) S 1 2 3', '1 (x) S 1 2 3']) t.is(parseStat(line), undefined, line);
});

linuxTest('this process is among those of the machine', (t) => {
  const own = readProcess(process.pid);
  t.is(own?.parentPid, process.ppid);
  t.true((listProcesses() ?? []).some(({ pid, startTicks }) => pid === process.pid && startTicks === own?.startTicks));
  t.is(readProcess(2 ** 22 + 1), undefined);
});

const processes = [
  entry(1, 0),
  entry(10, 1),
  entry(11, 10, 10),
  entry(12, 11, 12),
  entry(13, 1, 12),
  entry(14, 1, 10),
  entry(20, 1),
  entry(21, 20, 20),
];

test('a tree is a process with its descendants and the sessions that they lead, and with its own session if it leads one', (t) => {
  t.deepEqual(pids(processTree(processes, { pid: 11, startTicks: 11, leadsSession: false })), [11, 12, 13]);
  t.deepEqual(pids(processTree(processes, { pid: 10, startTicks: 10, leadsSession: true })), [10, 11, 12, 13, 14]);
});

test('what is left of the session of a process that has ended is still its tree', (t) => {
  const without = processes.filter(({ pid }) => pid !== 10);
  t.deepEqual(pids(processTree(without, { pid: 10, startTicks: 10, leadsSession: true })), [11, 12, 13, 14]);
  t.deepEqual(pids(processTree(without, { pid: 10, startTicks: 10, leadsSession: false })), []);
});

test('a process that got the pid of one that has ended is not taken for it', (t) => {
  t.deepEqual(processTree(processes, { pid: 10, startTicks: 3, leadsSession: true }), []);
  t.deepEqual(processTree(processes, { pid: 10, startTicks: 3, leadsSession: false }), []);
});

test('a closure grows until nothing more belongs to it, in whatever order the processes are listed', (t) => {
  const chain = Array.from({ length: 100 }, (_, index) => entry(index + 1, index));
  for (const list of [chain, chain.toReversed()]) {
    const found = closure(
      list,
      ({ pid }) => pid === 50,
      ({ parentPid }, members) => members.has(parentPid),
    );
    t.is(found.length, 51);
  }
});
