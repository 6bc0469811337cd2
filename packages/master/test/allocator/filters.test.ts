import test from 'ava';
import { OfferFilters, refusalMs } from '../../src/allocator/filters.ts';
import { resources } from '../resources.ts';

test('a refusal lasts 5 s unless the framework says otherwise, at least an interval and at most a year', (t) => {
  t.is(refusalMs({}, 1000), 5000);
  t.is(refusalMs({ refuse_seconds: 10 }, 1000), 10_000);
  t.is(refusalMs({ refuse_seconds: 0.1 }, 1000), 1000);
  t.is(refusalMs({ refuse_seconds: 0 }, 1000), 0);
  t.is(refusalMs({ refuse_seconds: -1 }, 1000), 5000);
  t.is(refusalMs({ refuse_seconds: Number.NaN }, 1000), 5000);
  t.is(refusalMs({ refuse_seconds: 1e300 }, 1000), 365 * 24 * 3_600_000);
});

test('an offer is filtered while a refusal of as much or more lasts', (t) => {
  const filters = new OfferFilters();
  filters.refuse('r', 'S0', resources('cpus:2;mem:100'), 1000);
  t.is(filters.refusedUntilMs('r', 'S0', resources('cpus:1'), 999), 1000);
  t.is(filters.refusedUntilMs('r', 'S0', resources('cpus:3'), 999), undefined);
  t.is(filters.refusedUntilMs('other', 'S0', resources('cpus:1'), 999), undefined);
  t.is(filters.refusedUntilMs('r', 'S1', resources('cpus:1'), 999), undefined);
  t.is(filters.refusedUntilMs('r', 'S0', resources('cpus:1'), 1000), undefined);
  t.is(filters.size('r'), 0);
});

test('refusals that a newer one implies take no memory', (t) => {
  const filters = new OfferFilters();
  for (let i = 1; i <= 100; i++) filters.refuse('r', 'S0', resources(`cpus:${i}`), 1000 + i);
  t.is(filters.size('r'), 1);
  filters.refuse('r', 'S0', resources('cpus:1'), 5000);
  t.is(filters.size('r'), 2);
});
