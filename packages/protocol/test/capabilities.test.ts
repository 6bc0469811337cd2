import test from 'ava';
import { agentCapabilities, frameworkCapabilities, frameworkRoles, hasCapability } from '../src/index.ts';

const info = { user: 'u', name: 'n' };

test('claimed capabilities are told, those without a known type are not', (t) => {
  const capable = { ...info, capabilities: [{ type: 'MULTI_ROLE' as const }, {}] };
  t.deepEqual([...frameworkCapabilities(capable)], ['MULTI_ROLE']);
  t.true(hasCapability(capable, 'MULTI_ROLE'));
  t.false(hasCapability(info, 'PARTITION_AWARE'));
  t.deepEqual([...agentCapabilities([{ type: 'HIERARCHICAL_ROLE' }])], ['HIERARCHICAL_ROLE']);
  t.is(agentCapabilities(undefined).size, 0);
});

test('the roles of a framework are its roles if it is capable of many, else its one role', (t) => {
  t.deepEqual(frameworkRoles(info), ['*']);
  t.deepEqual(frameworkRoles({ ...info, role: 'web', roles: ['ignored'] }), ['web']);
  t.deepEqual(frameworkRoles({ ...info, roles: ['a', 'b', 'a'], capabilities: [{ type: 'MULTI_ROLE' }] }), ['a', 'b']);
  t.deepEqual(frameworkRoles({ ...info, capabilities: [{ type: 'MULTI_ROLE' }] }), []);
});
