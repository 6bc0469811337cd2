import test from 'ava';
import { describeExit, exitStatusOf, waitStatus } from '../../src/subprocess/index.ts';

const statuses = [
  [{ code: 0, signal: null }, 0, 'exited with status 0'],
  [{ code: 3, signal: null }, 768, 'exited with status 3'],
  [{ code: 255, signal: null }, 65_280, 'exited with status 255'],
  [{ code: null, signal: 'SIGKILL' }, 9, 'terminated with signal SIGKILL'],
  [{ code: null, signal: 'SIGTERM' }, 15, 'terminated with signal SIGTERM'],
] as const;

test('a status is what wait(2) tells, and back', (t) => {
  for (const [status, number, text] of statuses) {
    t.is(waitStatus(status), number);
    t.deepEqual(exitStatusOf(number), status);
    t.is(describeExit(status), text);
  }
  t.deepEqual(exitStatusOf(0x80 | 9), { code: null, signal: 'SIGKILL' }, 'with a core dump');
});
