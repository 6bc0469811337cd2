import test from 'ava';
import * as fc from 'fast-check';
import { nearest } from '../src/index.ts';

const knownNames = ['port', 'ip', 'work_dir', 'hostname', 'advertise_ip', 'fetcher_cache_dir'];

test('a missing, added, wrong or swapped letter still finds the name', (t) => {
  t.is(nearest('prot', knownNames), 'port');
  t.is(nearest('workdir', knownNames), 'work_dir');
  t.is(nearest('work-dir', knownNames), 'work_dir');
  t.is(nearest('hosttname', knownNames), 'hostname');
  t.is(nearest('fetcher_cache', knownNames), 'fetcher_cache_dir');
});

test('a name that is nothing like the candidates finds none', (t) => {
  t.is(nearest('zookeeper', knownNames), undefined);
  t.is(nearest('xy', knownNames), undefined);
  t.is(nearest('', knownNames), undefined);
  t.is(nearest('port'.repeat(10_000), knownNames), undefined);
});

test('of equally near candidates the first is taken', (t) => {
  t.is(nearest('task', ['tasks', 'tasker', 'mask']), 'tasks');
});

test('a candidate is nearest to itself', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 30 }), { minLength: 1 }), (names) => {
      for (const name of names) t.is(nearest(name, names), name);
    }),
  );
});
