import { decode, encode, parseResources, Resources, type Offer, type QuotaConfig } from '@mesos-ts/protocol';
import { State } from '@mesos-ts/state';
import test from 'ava';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { call, get } from '../http/operator-support.ts';
import { must } from '../must.ts';
import { HeldStorage } from '../registrar/support.ts';

type Amounts = Readonly<Record<string, number>>;

function config(role: string, guarantees: Amounts, limits: Amounts = {}): QuotaConfig {
  return { role, guarantees: scalars(guarantees), limits: scalars(limits) };
}

function scalars(units: Amounts): Record<string, { value: number }> {
  return Object.fromEntries(Object.entries(units).map(([name, value]) => [name, { value }]));
}

async function update(
  cluster: TestCluster,
  quota_configs: readonly QuotaConfig[],
  more: { readonly force?: boolean } = {},
): Promise<[number, string]> {
  const answering = call(cluster, { type: 'UPDATE_QUOTA', update_quota: { quota_configs, ...more } });
  const { status, text } = await answering;
  await cluster.clock.settle();
  return [status, text];
}

function amounts({ resources = [] }: Offer): Record<string, number> {
  return Resources.of(resources).scalarQuantities.toObject();
}

const cpus4 = { resources: 'cpus:4;mem:1024' };

test('offers that bring a role beyond its new limit are taken back, and it is offered what is left of the limit', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent(cpus4);
  const { actor } = await cluster.scheduler({ info: { roles: ['eng'] } });
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')], 0);
  await cluster.clock.advance(1000);
  t.deepEqual(amounts(must(actor.offers.at(-1))), { cpus: 3, mem: 960 });
  t.deepEqual(await update(cluster, [config('eng', {}, { cpus: 2 })]), [200, '']);
  t.is(actor.of('RESCIND').length, 1);
  await cluster.clock.advance(1000);
  t.deepEqual(amounts(must(actor.offers.at(-1))), { cpus: 1, mem: 960 });
  t.like(await cluster.get('/roles'), {
    roles: [{ name: 'eng', quota: { role: 'eng', guarantee: {}, limit: { cpus: 2 }, consumed: { cpus: 1, mem: 64 } } }],
  });
});

test('offers are taken back from others until a role can get what it is guaranteed, and then it does', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent(cpus4);
  await cluster.agent(cpus4);
  const { actor: other } = await cluster.scheduler({ info: { roles: ['other'] } });
  const { actor: eng } = await cluster.scheduler({ info: { roles: ['eng'] } });
  t.is(other.offers.length, 2);
  t.deepEqual(await update(cluster, [config('eng', { cpus: 3 })]), [200, '']);
  t.is(other.of('RESCIND').length, 1);
  await cluster.clock.advance(1000);
  t.deepEqual(eng.offers.map(amounts), [{ cpus: 4, mem: 1024 }]);
});

test('SET_QUOTA frees whole agents, one for each framework that waits for its guarantee', async (t) => {
  await using cluster = await TestCluster.start();
  for (let i = 0; i < 3; i++) await cluster.agent(cpus4);
  const { actor: other } = await cluster.scheduler({ info: { roles: ['other'] } });
  await cluster.scheduler({ info: { roles: ['eng'] } });
  await cluster.scheduler({ info: { roles: ['eng'] } });
  const guarantee = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }];
  const set = { type: 'SET_QUOTA', set_quota: { quota_request: { role: 'eng', guarantee } } };
  t.is((await call(cluster, set)).status, 200);
  await cluster.clock.settle();
  t.is(other.of('RESCIND').length, 2);
  t.like(await get(cluster, 'GET_QUOTA'), {
    get_quota: { status: { configs: [{ guarantees: { cpus: { value: 1 } }, limits: { cpus: { value: 1 } } }] } },
  });
  t.is((await call(cluster, { type: 'REMOVE_QUOTA', remove_quota: { role: 'eng' } })).status, 200);
  t.deepEqual(await get(cluster, 'GET_QUOTA'), { type: 'GET_QUOTA', get_quota: { status: {} } });
});

test('a limit below what a role has, and guarantees of more than there is, need force', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent(cpus4);
  const { actor } = await cluster.scheduler({ info: { roles: ['eng/web'] } });
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')]);
  await cluster.clock.settle();
  const less = [config('eng', {}, { cpus: 0.5 })];
  t.deepEqual(await update(cluster, less), [
    400,
    "Invalid QuotaConfig: Role 'eng' is already consuming 'cpus:1; mem:64'; this is more than the requested limits 'cpus:0.5' " +
      "(use 'force' flag to bypass this check)",
  ]);
  t.deepEqual(await update(cluster, less, { force: true }), [200, '']);
  const more = [config('ops', { cpus: 3 }), config('ads', { cpus: 2 })];
  t.deepEqual(await update(cluster, more), [
    400,
    "Invalid QuotaConfig: total quota guarantees 'cpus:5' exceed cluster capacity 'cpus:4; mem:1024' " +
      "(use 'force' flag to bypass this check)",
  ]);
  t.deepEqual(await update(cluster, more, { force: true }), [200, '']);
  t.is((await update(cluster, []))[0], 400, 'even nothing more is too much then');
  t.deepEqual(await update(cluster, [{ role: 'ops' }, { role: 'ads' }]), [200, '']);
  t.deepEqual(await update(cluster, []), [200, '']);
});

test('a quota is neither shown nor kept before the registry has it', async (t) => {
  const registry = new HeldStorage();
  await using cluster = await TestCluster.start({ registry });
  await cluster.agent(cpus4);
  registry.isHolding = true;
  const answering = update(cluster, [config('eng', {}, { cpus: 1 })]);
  await cluster.clock.settle();
  t.deepEqual(await get(cluster, 'GET_QUOTA'), { type: 'GET_QUOTA', get_quota: { status: {} } });
  const { actor } = await cluster.scheduler({ info: { roles: ['eng'] } });
  t.is(amounts(must(actor.offers[0]))['cpus'], 4);
  registry.held[0]?.go();
  t.deepEqual(await answering, [200, '']);
  t.is(actor.of('RESCIND').length, 1);
});

test('a role with a quota is listed though nobody is in it, until a new master has forgotten that it was set back', async (t) => {
  await using cluster = await TestCluster.start();
  await update(cluster, [config('eng', {}, { cpus: 1, mem: 0 }), config('ops', {}, { cpus: 1 })]);
  t.like(await cluster.get('/roles'), {
    roles: [
      { name: 'eng', frameworks: [], quota: { role: 'eng', guarantee: {}, limit: { cpus: 1, mem: 0 }, consumed: {} } },
      { name: 'ops' },
    ],
  });
  t.like(await get(cluster, 'GET_ROLES'), { get_roles: { roles: [{ name: 'eng' }, { name: 'ops' }] } });
  await update(cluster, [{ role: 'ops' }]);
  t.like(await get(cluster, 'GET_QUOTA'), { get_quota: { status: { configs: [{ role: 'eng' }, { role: 'ops' }] } } });
  await cluster.failover();
  const limits = { cpus: { value: 1 }, mem: { value: 0 } };
  t.deepEqual(await get(cluster, 'GET_QUOTA'), {
    type: 'GET_QUOTA',
    get_quota: { status: { infos: [{ role: 'eng' }], configs: [{ role: 'eng', limits }] } },
  });
});

test('a new master keeps quotas from its first offer on, which waits for most of the agents', async (t) => {
  await using cluster = await TestCluster.start();
  const agents = [];
  for (let i = 0; i < 5; i++) agents.push(await cluster.agent(cpus4));
  await update(cluster, [config('eng', {}, { cpus: 6 })]);
  await cluster.failover();
  const { actor } = await cluster.scheduler({ info: { roles: ['eng'] } });
  for (const agent of agents.slice(0, 3)) agent.actor.reregister();
  await cluster.clock.advance(60_000);
  t.deepEqual(actor.offers, []);
  must(agents[3]).actor.reregister();
  await cluster.clock.settle();
  t.is(
    actor.offers.map((offer) => amounts(offer)['cpus'] ?? 0).reduce((sum, each) => sum + each),
    6,
  );
});

test('a new master waits for agents no longer than it was told', async (t) => {
  const flags = { allocator_recovery_timeout: 5000, allocator_agent_recovery_factor: '1' };
  await using cluster = await TestCluster.start({ flags });
  const agents = [await cluster.agent(cpus4), await cluster.agent(cpus4)];
  await update(cluster, [config('eng', {}, { cpus: 6 })]);
  await cluster.failover();
  const { actor } = await cluster.scheduler({ info: { roles: ['eng'] } });
  must(agents[0]).actor.reregister();
  await cluster.clock.advance(4000);
  t.deepEqual(actor.offers, []);
  await cluster.clock.advance(2000);
  t.is(actor.offers.length, 1);
});

test('without quotas a new master waits for nobody', async (t) => {
  await using cluster = await TestCluster.start();
  const agents = [await cluster.agent(cpus4), await cluster.agent(cpus4)];
  await cluster.failover();
  const { actor } = await cluster.scheduler();
  must(agents[0]).actor.reregister();
  await cluster.clock.settle();
  t.is(actor.offers.length, 1);
});

test('a quota that a master of old has written is a guarantee and a limit', async (t) => {
  await using cluster = await TestCluster.start();
  const state = new State(cluster.registry, cluster.runtime.random);
  const variable = await state.fetch('registry');
  const registry = decode('mesos.internal.Registry', variable.value);
  const { value: guarantee } = parseResources('cpus:1');
  const quotas = [{ info: { role: 'eng', guarantee: must(guarantee).toArray() } }];
  await state.store(variable.mutate(encode('mesos.internal.Registry', { ...registry, quotas })));
  await cluster.failover();
  t.like(await get(cluster, 'GET_QUOTA'), {
    get_quota: {
      status: { configs: [{ role: 'eng', guarantees: { cpus: { value: 1 } }, limits: { cpus: { value: 1 } } }] },
    },
  });
  await cluster.agent(cpus4);
  const { actor } = await cluster.scheduler({ info: { roles: ['eng'] } });
  t.is(amounts(must(actor.offers[0]))['cpus'], 1);
  await update(cluster, [config('eng', {}, { cpus: 2 })]);
  const written = (await cluster.get('/registrar(1)/registry')) as Record<string, unknown>;
  t.false('quotas' in written);
});

test('quotas are shown to those, and set by those, who may', async (t) => {
  const acls = {
    permissive: true,
    get_quotas: [
      { principals: { type: 'ANY' }, roles: { values: ['eng'] } },
      { principals: { type: 'NONE' }, roles: { type: 'ANY' } },
    ],
    update_quotas: [{ principals: { type: 'NONE' }, roles: { values: ['secret'] } }],
  };
  await using cluster = await TestCluster.start({ flags: { acls } });
  t.deepEqual(await update(cluster, [config('eng', {}, { cpus: 1 }), config('secret', {}, { cpus: 1 })]), [
    403,
    '403 Forbidden.',
  ]);
  t.deepEqual(await cluster.get('/quota'), {}, 'all or none');
  t.is((await update(cluster, [config('eng', {}, { cpus: 1 }), config('ops', {}, { cpus: 1 })]))[0], 200);
  t.like(await cluster.get('/quota'), { configs: [{ role: 'eng' }] });
  t.is(((await cluster.get('/quota')) as { configs: unknown[] }).configs.length, 1);
});

test('quotas have metrics, and so have roles whose names end lines', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent(cpus4);
  await cluster.scheduler({ info: { roles: ['eng', 'a\u0000b%'] } });
  const of = (role: string, resource: string): (number | undefined)[] =>
    ['guarantee', 'limit', 'offered_or_allocated'].map((what) =>
      cluster.metric(`allocator/mesos/quota/roles/${role}/resources/${resource}/${what}`),
    );
  await update(cluster, [config('eng', { cpus: 1 }, { cpus: 2, mem: 64 }), config('a\u0000b%', {}, { cpus: 3 })]);
  await cluster.clock.advance(1000);
  t.deepEqual(of('eng', 'cpus'), [1, 2, 2]);
  t.deepEqual(of('eng', 'mem'), [undefined, 64, 64]);
  t.deepEqual(of('a%00b%25', 'cpus'), [undefined, 3, 2]);
  t.is(typeof cluster.metric('allocator/mesos/roles/a%00b%25/shares/dominant'), 'number');
  await update(cluster, [{ role: 'eng' }]);
  t.deepEqual(of('eng', 'cpus'), [undefined, undefined, undefined]);
});
