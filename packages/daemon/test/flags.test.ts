import { defineFlags, flag } from '@mesos-ts/flags';
import test from 'ava';
import { asksForVersion, commonFlags, completeFlags, logFile, refuseLaterFlags } from '../src/flags.ts';

const later = ['acls', 'log_auto_initialize', 'whitelist'];

test('flags that Mesos has and the program does not are refused, from wherever they come', (t) => {
  t.is(refuseLaterFlags(later, ['--acls=x'], {}), "Flag 'acls' is not supported yet");
  t.is(refuseLaterFlags(later, ['--acls', 'x'], {}), "Flag 'acls' is not supported yet");
  t.is(refuseLaterFlags(later, ['--no-log_auto_initialize'], {}), "Flag 'log_auto_initialize' is not supported yet");
  t.is(
    refuseLaterFlags(later, [], { MESOS_WHITELIST: 'x' }),
    "Flag 'whitelist' is not supported yet, but MESOS_WHITELIST is set",
  );
  t.is(refuseLaterFlags(later, ['--port=1', '--', '--acls=x'], { MESOS_WORK_DIR: 'x' }), undefined);
});

test('the version is asked for by a flag, not by what stands behind the flags', (t) => {
  for (const argument of ['--version', '--version=true', '--version=1']) t.true(asksForVersion(['--port=1', argument]));
  for (const argument of ['--version=false', '--no-version', '--versions', 'version'])
    t.false(asksForVersion([argument]));
  t.false(asksForVersion(['--', '--version']));
});

test('a flag that is not given has its default, and a given one its value, be it false or 0', (t) => {
  const table = defineFlags({
    ...commonFlags({ daemon: 'master', port: 5050, logShown: 'in /state' }),
    weight: flag.number({ default: 1, help: 'A number.' }),
  });
  const flags = completeFlags(table, { hostname_lookup: false, weight: 0, hostname: 'h' });
  t.like(flags, { port: 5050, hostname: 'h', hostname_lookup: false, weight: 0, version: false, ip: undefined });
});

test('the log of a daemon has the name that Mesos gives it', (t) => {
  t.is(logFile({ log_dir: '/var/log' }, 'agent'), '/var/log/mesos-agent.INFO');
  t.is(logFile({ log_dir: undefined }, 'agent'), undefined);
});
