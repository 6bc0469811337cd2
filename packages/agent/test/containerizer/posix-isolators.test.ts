import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { processListAgeMaxMs } from '../../src/constants.ts';
import { createIsolators, isolatorNames } from '../../src/containerizer/posix-isolators.ts';

/** A process with nothing below it that uses the processor for 50 ms each time it is told to, and says when it has. */
const burnerProgram = `
  process.stdin.on('data', () => {
    const before = process.cpuUsage();
    const usedMicros = () => Object.values(process.cpuUsage(before)).reduce((total, part) => total + part);
    while (usedMicros() < 50_000);
    process.stdout.write('.');
  });
`;

test('the processes of this machine are listed once for all containers that are asked about together', async (t) => {
  const burner = spawn(process.execPath, ['--eval', burnerProgram], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => burner.kill('SIGKILL'));
  const burn = async (): Promise<void> => {
    burner.stdin.write('.');
    await once(burner.stdout, 'data');
  };
  const clock = new TestClock();
  const [cpu] = createIsolators(['posix/cpu'], clock);
  const usedSecs = async (): Promise<number> => {
    const usage = await cpu?.usage('container');
    return (usage?.cpus_user_time_secs ?? 0) + (usage?.cpus_system_time_secs ?? 0);
  };
  t.is(await usedSecs(), 0, 'nothing is known of it yet');
  await burn();
  await cpu?.isolate('container', burner.pid ?? 0);
  const before = await usedSecs();
  t.true(before > 0);
  await burn();
  t.is(await usedSecs(), before, 'nobody has looked again');
  await clock.advance(processListAgeMaxMs);
  t.true((await usedSecs()) > before);
});

test('names that are none of an isolator make none', (t) => {
  t.deepEqual(
    createIsolators(['posix/mem', 'cgroups/cpu'], new TestClock()).map(({ name }) => name),
    ['posix/mem'],
  );
  t.deepEqual(isolatorNames, ['posix/cpu', 'posix/mem']);
});
