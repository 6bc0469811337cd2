import test from 'ava';
import { ResourceQuantities } from '@mesos-ts/protocol';
import { configOf, configOfInfo, infoOf, isDefaultQuota, isWithin, limitsText, quotaOf } from '../src/quota.ts';

const cpus = (value: number): { cpus: { value: number } } => ({ cpus: { value } });

test('a guarantee of nothing is none, a limit of nothing is one', (t) => {
  t.true(isDefaultQuota(quotaOf({ role: 'a', guarantees: cpus(0) })));
  const quota = quotaOf({ role: 'a', guarantees: cpus(0), limits: cpus(0) });
  t.false(isDefaultQuota(quota));
  t.deepEqual(configOf('a', quota), { role: 'a', limits: cpus(0) });
});

test('amounts have three decimals, as resources have', (t) => {
  const quota = quotaOf({ role: 'a', guarantees: cpus(0.10049), limits: { mem: { value: 64 }, ...cpus(1.0004) } });
  t.deepEqual(configOf('a', quota), { role: 'a', guarantees: cpus(0.1), limits: { ...cpus(1), mem: { value: 64 } } });
  t.is(limitsText(quota.limits), 'cpus:1; mem:64');
  t.is(limitsText(new Map()), '{}');
});

test('what is not named has no limit', (t) => {
  const { limits } = quotaOf({ role: 'a', limits: cpus(1) });
  t.true(isWithin(ResourceQuantities.fromScalars({ cpus: 1, mem: 1e9 }), limits));
  t.false(isWithin(ResourceQuantities.fromScalars({ cpus: 1.001 }), limits));
});

test('a quota of old limits what it guarantees', (t) => {
  const info = { role: 'a', guarantee: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 2 } } as const] };
  const config = configOfInfo(info);
  t.deepEqual(config, { role: 'a', guarantees: cpus(2), limits: cpus(2) });
  t.deepEqual(infoOf('a', quotaOf(config)), info);
  t.deepEqual(infoOf('a', quotaOf({ role: 'a', limits: cpus(2) })), { role: 'a' });
});
