import test from 'ava';
import { approversBy, type Action, type Authorizer } from '@mesos-ts/daemon';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { must } from '../must.ts';

interface Asked {
  readonly method?: string;
  readonly url: string;
  readonly body?: string;
}

async function ask(cluster: TestCluster, { body, method = 'POST', url }: Asked): Promise<[number, string]> {
  const answer = await cluster.runtime.inject({ url, method, ...(body === undefined ? {} : { body }) });
  return [answer.status, answer.body.toString()];
}

function form(fields: Readonly<Record<string, unknown>>): string {
  const texts = Object.entries(fields).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return new URLSearchParams(texts).toString();
}

/** An authorizer who allows everything but some actions. */
function denying(...actions: Action[]): Authorizer {
  return { approvers: () => approversBy((action) => !actions.includes(action)) };
}

const reservation = { type: 'DYNAMIC', role: 'eng', principal: 'ann' };
const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };
const reserved = { ...cpus, reservations: [reservation] };

test('/teardown ends a framework: its tasks are killed, and it is among the completed ones', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const { actor } = await cluster.scheduler();
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')]);
  await cluster.clock.settle();
  t.deepEqual(await ask(cluster, { url: '/master/teardown', body: 'frameworkId=M-0000' }), [200, '']);
  t.like(await cluster.get('/frameworks'), {
    frameworks: [],
    completed_frameworks: [{ id: 'M-0000', completed_tasks: [{ id: 't', state: 'TASK_KILLED' }] }],
  });
  t.deepEqual(await ask(cluster, { url: '/teardown', body: 'frameworkId=M-0000' }), [
    400,
    'No framework found with specified ID',
  ]);
});

test('/teardown says what is wrong with a request', async (t) => {
  await using cluster = await TestCluster.start();
  t.deepEqual(await ask(cluster, { url: '/teardown', body: 'x=1&frameworkid=M-0000' }), [
    400,
    "Missing 'frameworkId' query parameter in the request body",
  ]);
  t.deepEqual(await ask(cluster, { url: '/teardown', body: 'frameworkId=%zz' }), [
    400,
    "Unable to decode query string: Malformed % escape in 'frameworkId=%zz'",
  ]);
  t.deepEqual(await ask(cluster, { url: '/teardown', method: 'GET' }), [
    405,
    "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.",
  ]);
});

test('who may not tear down frameworks gets 403, and 400 for one that is not there', async (t) => {
  await using cluster = await TestCluster.start({ authorizer: denying('TEARDOWN_FRAMEWORK') });
  await cluster.scheduler();
  t.deepEqual(await ask(cluster, { url: '/teardown', body: 'frameworkId=M-0000' }), [403, '403 Forbidden.']);
  t.like(await cluster.get('/frameworks'), { frameworks: [{ id: 'M-0000' }] });
  t.is((await ask(cluster, { url: '/teardown', body: 'frameworkId=x' }))[0], 400);
});

test('/reserve checks the agent and the reservation, then says that it is not supported yet', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const reserve = (fields: Readonly<Record<string, unknown>>): Promise<[number, string]> =>
    ask(cluster, { url: '/reserve', body: form(fields) });
  t.deepEqual(await reserve({ resources: [] }), [400, "Missing 'slaveId' query parameter in the request body"]);
  t.deepEqual(await reserve({ slaveId: 'M-S0' }), [400, "Missing 'resources' query parameter in the request body"]);
  t.regex((await reserve({ slaveId: 'M-S0', resources: '[' }))[1], /^Error parsing 'resources' query parameter/);
  t.regex((await reserve({ slaveId: 'M-S0', resources: '[]', source: '{' }))[1], /^Error parsing 'source' query/);
  t.regex((await reserve({ slaveId: 'M-S0', resources: '[{}]' }))[1], /^Error parsing 'resources' query parameter/);
  t.deepEqual(await reserve({ slaveId: 'x', resources: [reserved] }), [400, 'No agent found with specified ID']);
  const [status, text] = await reserve({ slaveId: 'M-S0', resources: [cpus] });
  t.is(status, 400);
  t.regex(text, /^Invalid RESERVE operation on agent M-S0 at .*: Resource cpus:1 is not dynamically reserved$/);
  t.is((await reserve({ slaveId: 'M-S0', resources: [{ ...reserved, name: 'a', type: 'SET' }] }))[0], 400);
  t.deepEqual(await reserve({ slaveId: 'M-S0', resources: [reserved] }), [
    501,
    'Reserving resources is not supported yet',
  ]);
});

test('/unreserve, /create-volumes and /destroy-volumes check what they are given', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const volume = {
    name: 'disk',
    type: 'SCALAR',
    scalar: { value: 8 },
    reservations: [reservation],
    disk: { persistence: { id: 'p', principal: 'ann' }, volume: { container_path: 'v', mode: 'RW' } },
  };
  const slaveId = 'M-S0';
  const unreserve = form({ slaveId, resources: [volume] });
  t.regex((await ask(cluster, { url: '/unreserve', body: unreserve }))[1], /destroy the persistent volume first/);
  t.is((await ask(cluster, { url: '/unreserve', body: form({ slaveId, resources: [reserved] }) }))[0], 501);
  const create = (volumes: unknown[]): Promise<[number, string]> =>
    ask(cluster, { url: '/create-volumes', body: form({ slaveId, volumes }) });
  t.is((await create([volume]))[0], 501);
  t.regex((await create([volume, volume]))[1], /Persistence ID 'p' is not unique$/);
  t.regex((await create([{ ...volume, disk: { ...volume.disk, persistence: undefined } }]))[1], /^Invalid CREATE/);
  t.deepEqual(await ask(cluster, { url: '/destroy-volumes', body: form({ slaveId, volumes: [volume] }) }), [
    400,
    'Invalid DESTROY operation: Persistent volumes not found',
  ]);
});

test('who may not reserve is told so rather than that it is not supported', async (t) => {
  await using cluster = await TestCluster.start({ authorizer: denying('RESERVE_RESOURCES', 'CREATE_VOLUME') });
  await cluster.agent();
  const body = form({ slaveId: 'M-S0', resources: [reserved] });
  t.deepEqual(await ask(cluster, { url: '/reserve', body }), [403, '403 Forbidden.']);
});

test('/weights shows those of the flag and those that were set, which are checked first', async (t) => {
  await using cluster = await TestCluster.start({ flags: { weights: 'eng=2.5', roles: ['eng', 'ops'] } });
  t.deepEqual(await cluster.get('/weights'), [{ role: 'eng', weight: 2.5 }]);
  const put = (body: unknown): Promise<[number, string]> =>
    ask(cluster, { url: '/weights', method: 'PUT', body: typeof body === 'string' ? body : JSON.stringify(body) });
  t.deepEqual(await put({}), [400, "Failed to parse update weights request JSON '{}': Unexpected JSON type parsed"]);
  t.regex((await put('['))[1], /^Failed to parse update weights request JSON '\[': /);
  t.regex((await put([{ role: 'ops' }]))[1], /^Failed to convert weights JSON array to protobuf /);
  t.deepEqual(await put([{ role: 'ops', weight: 0 }]), [
    400,
    "Failed to validate update weights request JSON for role 'ops': Invalid weight '0': Weights must be positive",
  ]);
  t.deepEqual(await put([{ role: 'x', weight: 1 }]), [
    400,
    "Failed to validate update weights request JSON: Unknown role 'x'",
  ]);
  t.regex((await put([{ role: 'a b', weight: 1 }]))[1], /JSON: Invalid role 'a b': /);
  t.deepEqual(await put([]), [200, '']);
  t.deepEqual(await put([{ role: ' ops ', weight: 2 }]), [200, '']);
  t.deepEqual(await cluster.get('/weights'), [
    { role: 'eng', weight: 2.5 },
    { role: 'ops', weight: 2 },
  ]);
  t.like(await cluster.get('/registrar(1)/registry'), {
    weights: [{ info: { role: 'eng', weight: 2.5 } }, { info: { role: 'ops', weight: 2 } }],
  });
  t.is((await ask(cluster, { url: '/weights' }))[0], 405);
});

test('/quota sets the quota of a role that has none, as the API of old does, and takes it away', async (t) => {
  await using cluster = await TestCluster.start({ flags: { roles: ['eng'] } });
  t.deepEqual(await cluster.get('/quota'), {});
  const set = (body: unknown): Promise<[number, string]> => ask(cluster, { url: '/quota', body: JSON.stringify(body) });
  t.deepEqual(await set({ role: 'eng', guarantee: [cpus] }), [
    409,
    "Quota guarantees overcommit the cluster (use 'force' to bypass this check): " +
      "Total quota guarantees 'cpus:1' exceed cluster capacity '{}'",
  ]);
  t.deepEqual(await set({ role: 'ops', guarantee: [cpus] }), [
    400,
    "Failed to validate set quota request: Unknown role 'ops'",
  ]);
  const refusals: [unknown, RegExp][] = [
    [{ guarantee: [cpus] }, /must specify a role$/],
    [{ role: 'eng' }, /with empty 'guarantee'$/],
    [{ role: 'eng', guarantee: [reserved] }, /must not contain any ReservationInfo$/],
    [{ role: 'eng', guarantee: [cpus, cpus] }, /duplicate resource name 'cpus'$/],
    [{ role: 'eng', guarantee: [{ ...cpus, revocable: {} }] }, /RevocableInfo$/],
    [{ role: 'eng', guarantee: [{ name: 'ports', type: 'RANGES', ranges: { range: [] } }] }, /non-scalar resources$/],
  ];
  for (const [body, expected] of refusals) {
    const [status, text] = await set(body);
    t.is(status, 400);
    t.regex(text, expected);
  }
  t.deepEqual(await Promise.all([1, 2].map(() => set({ role: 'eng', guarantee: [cpus], force: true }))), [
    [200, ''],
    [400, "Failed to validate set quota request: Cannot set quota for role 'eng' which already has quota"],
  ]);
  const amounts = { cpus: { value: 1 } };
  t.deepEqual(await cluster.get('/quota'), {
    infos: [{ role: 'eng', guarantee: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }] }],
    configs: [{ role: 'eng', guarantees: amounts, limits: amounts }],
  });
  t.like(await cluster.get('/registrar(1)/registry'), {
    quota_configs: [{ role: 'eng', guarantees: amounts, limits: amounts }],
    minimum_capabilities: [{ capability: 'QUOTA_V2' }],
  });
  t.deepEqual(await ask(cluster, { url: '/quota/eng', method: 'DELETE' }), [200, '']);
  t.deepEqual(await cluster.get('/quota'), {});
  t.deepEqual(await ask(cluster, { url: '/quota/eng', method: 'DELETE' }), [
    400,
    "Failed to remove quota for path '/master/quota/eng': Role 'eng' has no quota set",
  ]);
  t.regex((await ask(cluster, { url: '/quota', method: 'DELETE' }))[1], /expected 3 tokens, found 2 tokens$/);
  t.deepEqual(await ask(cluster, { url: '/quota', method: 'PUT' }), [
    405,
    "405 Method Not Allowed. Expecting one of { 'GET', 'POST', 'DELETE' }, but received 'PUT'.",
  ]);
});

test('schedules of maintenance are checked; without one, nothing is shown', async (t) => {
  await using cluster = await TestCluster.start();
  t.deepEqual(await cluster.get('/maintenance/schedule'), {});
  t.deepEqual(await cluster.get('/maintenance/status'), {});
  const machine = { hostname: 'a', ip: '10.0.0.1' };
  const unavailability = { start: { nanoseconds: 1 } };
  const schedule = (windows: unknown[]): Promise<[number, string]> =>
    ask(cluster, { url: '/maintenance/schedule', body: JSON.stringify({ windows }) });
  t.deepEqual(await schedule([]), [200, '']);
  const refusals: [unknown, string][] = [
    [{ unavailability }, 'List of machines in the maintenance window is empty'],
    [{ machine_ids: [{}], unavailability }, "Both 'hostname' and 'ip' for a machine are empty"],
    [{ machine_ids: [{ ip: 'x' }], unavailability }, 'Failed to parse IPv4: x'],
    [
      { machine_ids: [machine, { ...machine, hostname: 'A' }], unavailability },
      `Machine '{"hostname":"A","ip":"10.0.0.1"}' appears more than once in the schedule`,
    ],
    [
      { machine_ids: [machine], unavailability: { ...unavailability, duration: { nanoseconds: -1 } } },
      "Unavailability 'duration' is negative",
    ],
  ];
  for (const [window, text] of refusals) t.deepEqual(await schedule([window]), [400, text]);
  for (const url of ['/machine/up', '/machine/down']) {
    t.deepEqual(await ask(cluster, { url, body: '[]' }), [400, 'List of machines is empty']);
    t.deepEqual(await ask(cluster, { url, body: '{}' }), [400, 'Unexpected JSON type parsed']);
    t.deepEqual(await ask(cluster, { url, body: JSON.stringify([machine]) }), [
      400,
      `Machine '{"hostname":"a","ip":"10.0.0.1"}' is not part of a maintenance schedule`,
    ]);
    t.is((await ask(cluster, { url, method: 'GET' }))[0], 405);
  }
});

test('every endpoint has a page of /help that tells what it is for, and how to use it', async (t) => {
  await using cluster = await TestCluster.start();
  const { body } = await cluster.runtime.inject({ url: '/help?format=json' });
  const { processes } = JSON.parse(body.toString()) as {
    processes: { id: string; endpoints: { name: string; text: string }[] }[];
  };
  const later = new Set(['/create-volumes', '/destroy-volumes', '/reserve', '/unreserve']);
  for (const { endpoints, id } of processes) {
    for (const { name, text } of endpoints) {
      if (id === 'master') t.is(text.includes('with 501'), later.has(name), name);
      t.regex(text, /### TL;DR; ###\n\S.{10}/, `${id}${name}`);
      if (id !== 'profiler') t.regex(text, /### DESCRIPTION ###\n/, `${id}${name}`);
    }
  }
});
