import test from 'ava';
import { completeFramework, frameworkId } from '../src/framework.ts';

const machine = { user: 'me', hostname: 'here' };

test('user and hostname are those of the machine, unless given', (t) => {
  t.like(completeFramework({ name: 'n' }, machine), { name: 'n', user: 'me', hostname: 'here' });
  t.like(completeFramework({ name: 'n', user: '', hostname: '' }, machine), { user: 'me', hostname: '' });
  t.like(completeFramework({ name: 'n', user: 'you', hostname: 'there' }, machine), { user: 'you', hostname: 'there' });
});

test('roles default to * and imply MULTI_ROLE', (t) => {
  t.like(completeFramework({ name: 'n' }, machine), { roles: ['*'], capabilities: [{ type: 'MULTI_ROLE' }] });
  const given = completeFramework(
    { name: 'n', roles: ['a', 'b'], capabilities: [{ type: 'PARTITION_AWARE' }] },
    machine,
  );
  t.like(given, { roles: ['a', 'b'], capabilities: [{ type: 'PARTITION_AWARE' }, { type: 'MULTI_ROLE' }] });
  t.is(completeFramework({ name: 'n', capabilities: [{ type: 'MULTI_ROLE' }] }, machine).capabilities?.length, 1);
});

test('a framework with the old role is left as it is', (t) => {
  const info = completeFramework({ name: 'n', role: 'old' }, machine);
  t.is(info.roles, undefined);
  t.is(info.capabilities, undefined);
});

test('an id without a value is no id', (t) => {
  t.is(frameworkId({ name: 'n', user: 'u', id: { value: '' } }), undefined);
  t.is(frameworkId({ name: 'n', user: 'u' }), undefined);
  t.deepEqual(frameworkId({ name: 'n', user: 'u', id: { value: 'f' } }), { value: 'f' });
});
