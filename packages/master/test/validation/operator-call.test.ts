import test from 'ava';
import { MasterCall_Type } from '@mesos-ts/protocol';
import { validateOperatorCall } from '../../src/validation/operator-call.ts';

const needNothing = new Set<string>([
  'UNKNOWN',
  'GET_HEALTH',
  'GET_FLAGS',
  'GET_VERSION',
  'GET_LOGGING_LEVEL',
  'GET_STATE',
  'GET_AGENTS',
  'GET_FRAMEWORKS',
  'GET_EXECUTORS',
  'GET_OPERATIONS',
  'GET_TASKS',
  'GET_ROLES',
  'GET_WEIGHTS',
  'GET_MASTER',
  'SUBSCRIBE',
  'GET_MAINTENANCE_STATUS',
  'GET_MAINTENANCE_SCHEDULE',
  'GET_QUOTA',
]);

test('each type of call must have the field of its name, but for those that ask for nothing in particular', (t) => {
  for (const type of Object.values(MasterCall_Type)) {
    const expected = needNothing.has(type) ? undefined : `Expecting '${type.toLowerCase()}' to be present`;
    t.is(validateOperatorCall({ type }), expected, type);
  }
  t.is(validateOperatorCall({}), "Expecting 'type' to be present");
});

test('resources are looked at where Mesos does, and a volume to resize must be on an agent', (t) => {
  const agent_id = { value: 'a' };
  const wrong = { name: '', type: 'SCALAR', scalar: { value: 1 } } as const;
  const volume = { ...wrong, name: 'disk' };
  const text = "Resource ':1' is invalid: Empty resource name";
  t.is(validateOperatorCall({ type: 'RESERVE_RESOURCES', reserve_resources: { agent_id, resources: [wrong] } }), text);
  t.is(
    validateOperatorCall({ type: 'UNRESERVE_RESOURCES', unreserve_resources: { agent_id, resources: [wrong] } }),
    text,
  );
  t.is(validateOperatorCall({ type: 'CREATE_VOLUMES', create_volumes: { agent_id, volumes: [wrong] } }), undefined);
  const nowhere = "Expecting 'agent_id' to be present; only agent default resources are supported right now";
  t.is(validateOperatorCall({ type: 'GROW_VOLUME', grow_volume: { volume, addition: volume } }), nowhere);
  t.is(validateOperatorCall({ type: 'SHRINK_VOLUME', shrink_volume: { volume, subtract: { value: 1 } } }), nowhere);
  t.is(validateOperatorCall({ type: 'GROW_VOLUME', grow_volume: { agent_id, volume, addition: volume } }), undefined);
  const other = { reserve_resources: { agent_id, resources: [wrong] } };
  t.is(
    validateOperatorCall({ type: 'GET_HEALTH', ...other }),
    undefined,
    'what belongs to another type does not count',
  );
});
