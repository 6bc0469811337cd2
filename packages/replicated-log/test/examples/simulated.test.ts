import test from 'ava';
import { LogViolation, simulateLog } from '@mesos-ts/replicated-log/testing';

test('whatever goes wrong in twenty seeds, the log stays consistent', (t) => {
  for (let seed = 1; seed <= 20; seed++) simulateLog(seed);
  t.pass();
});

test('what is planted is found: acknowledging before the disk has it', (t) => {
  t.throws(() => simulateLog(1, { faults: { disk: { isHasty: true } } }), { instanceOf: LogViolation });
});
