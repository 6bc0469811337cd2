import test from 'ava';
import { completeFlags } from '@mesos-ts/daemon';
import { loadFlags } from '@mesos-ts/flags';
import { laterFlags, masterFlags, settingsOf } from '../src/flags.ts';

function load(...argv: string[]): ReturnType<typeof loadFlags<typeof masterFlags>> {
  return loadFlags(masterFlags, { argv, program: 'mesos-master' });
}

test('the defaults are those of Mesos', (t) => {
  const settings = settingsOf(completeFlags(masterFlags, {}));
  t.like(settings, {
    allocationIntervalMs: 1000,
    agentPingTimeoutMs: 15_000,
    agentPingTimeoutsMax: 5,
    agentReregisterTimeoutMs: 600_000,
    completedFrameworksMax: 50,
    completedTasksMax: 1000,
    heartbeatIntervalMs: 15_000,
    unreachableTasksMax: 1000,
    rootSubmissions: true,
    filterGpuResources: true,
    offerTimeoutMs: undefined,
    roles: undefined,
  });
  t.deepEqual(settings.minAllocatable.map(String), ['cpus:0.01', 'mem:32']);
});

test('roles, weights and minima are read', (t) => {
  const loaded = load(
    '--roles=a,b',
    '--weights=a=2,b=0.5',
    '--min_allocatable_resources=cpus:1;mem:32|ports:5',
    '--slave_ping_timeout=20secs',
  );
  if (loaded.kind !== 'loaded') throw new Error('The flags are fine');
  const settings = settingsOf(loaded.flags);
  t.deepEqual([...(settings.roles ?? [])], ['a', 'b']);
  t.deepEqual(Object.fromEntries(settings.weights), { a: 2, b: 0.5 });
  t.is(settings.minAllocatable.length, 2);
  t.is(settings.agentPingTimeoutMs, 20_000);
});

for (const argument of [
  '--registry=on_paper',
  '--registry_strict',
  '--agent_removal_rate_limit=1',
  '--agent_removal_rate_limit=0/1mins',
  '--agent_removal_rate_limit=1/soon',
  '--recovery_agent_removal_limit=101%',
  '--recovery_agent_removal_limit=half',
  '--zk=zk://h:1',
  '--zk=h:1',
  '--zk_session_timeout=1ms',
  '--quorum=0',
  '--firewall_rules={"paths": []}',
  '--agent_reregister_timeout=1mins',
  '--agent_ping_timeout=1ms',
  '--max_agent_ping_timeouts=0',
  '--http_heartbeat_interval=0secs',
  '--weights=a=0',
  '--weights=a',
  '--weights=a=1,a=2',
  '--weights=/=1',
  '--roles=a,..',
  '--min_allocatable_resources=cpus:x',
  '--role_sorter=random',
  '--port=70000',
  '--clustr=x',
]) {
  test(`${argument} is refused by name`, (t) => {
    const loaded = load(argument);
    t.is(loaded.kind, 'error');
    t.regex(loaded.kind === 'error' ? loaded.error : '', new RegExp(argument.replace(/^--([a-z_]+).*$/, '$1')));
  });
}

test('no flag is both there and to come', (t) => {
  t.deepEqual(
    laterFlags.filter((name) => Object.hasOwn(masterFlags, name)),
    [],
  );
});
