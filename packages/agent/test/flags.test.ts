import { loadFlags } from '@mesos-ts/flags';
import test from 'ava';
import { agentFlags, laterFlags } from '../src/flags.ts';

const load = (...argv: string[]) => loadFlags(agentFlags, { argv: ['--master=m:5050', '--work_dir=/w', ...argv] });
const errorOf = (...argv: string[]): string => {
  const loaded = load(...argv);
  return loaded.kind === 'error' ? loaded.error : '';
};

test('the defaults are those of Mesos', (t) => {
  const loaded = load();
  t.is(loaded.kind, 'loaded');
  if (loaded.kind !== 'loaded') return;
  t.like(loaded.flags, {
    port: 5051,
    executor_registration_timeout: 60_000,
    executor_shutdown_grace_period: 5000,
    registration_backoff_factor: 1000,
    recovery_timeout: 900_000,
    isolation: ['posix/cpu', 'posix/mem'],
    launcher: 'posix',
    switch_user: true,
    max_completed_executors_per_framework: 150,
  });
});

test('a master and a work directory must be given', (t) => {
  const loaded = loadFlags(agentFlags, { argv: [] });
  t.is(loaded.kind, 'error');
  t.regex(loaded.kind === 'error' ? loaded.error : '', /Flag 'master' is required/);
});

test('what this agent cannot do is refused, not accepted in silence', (t) => {
  t.regex(errorOf('--launcher=linux'), /launcher/);
  t.regex(errorOf('--isolation=cgroups/cpu'), /'cgroups\/cpu' is not supported yet/);
  t.regex(errorOf('--containerizers=docker,mesos'), /'docker' is not supported yet/);
  t.regex(errorOf('--resources=cpus:x'), /resources/);
  t.regex(errorOf('--attributes=a'), /attributes/);
  t.regex(errorOf('--executor_environment_variables={"A":1}'), /Expecting texts only/);
  const zk = loadFlags(agentFlags, { argv: ['--master=zk://a:2181', '--work_dir=/w'] });
  t.regex(zk.kind === 'error' ? zk.error : '', /master.*chroot/);
});

test('no flag is both there and to come', (t) => {
  t.deepEqual(
    laterFlags.filter((name) => Object.hasOwn(agentFlags, name)),
    [],
  );
});
