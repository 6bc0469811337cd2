import test from 'ava';
import fc from 'fast-check';
import { fromJson, ProtocolError, toJson, toJsonBytes, type MessageName } from '../../src/index.ts';
import { messageNames, randomMessageOf } from '../support/random-message.ts';

test('bytes are base64, enums names, 64-bit integers numbers, and unset or empty fields are left out', (t) => {
  const json = toJson('mesos.v1.TaskStatus', {
    task_id: { value: 't' },
    state: 'TASK_RUNNING',
    uuid: Uint8Array.of(1, 2, 255),
    labels: { labels: [] },
    unreachable_time: { nanoseconds: 1_700_000_000_000_000_000 },
    message: undefined,
  });
  t.is(
    JSON.stringify(json),
    '{"task_id":{"value":"t"},"state":"TASK_RUNNING","uuid":"AQL/","labels":{},"unreachable_time":{"nanoseconds":1700000000000000000}}',
  );
});

test('an unset field that has a default is written with it, unless it is deprecated', (t) => {
  t.deepEqual(toJson('mesos.v1.Filters', {}), { refuse_seconds: 5 });
  t.is(toJson('mesos.v1.Resource', { name: 'cpus', type: 'SCALAR' })['role'], undefined);
});

test('lists of the state are written when they are there, be they empty; those of other messages are not', (t) => {
  const state = { get_tasks: { tasks: [], orphan_tasks: undefined }, get_executors: {} };
  t.deepEqual(toJson('mesos.v1.master.Response.GetState', state as object), {
    get_tasks: { tasks: [] },
    get_executors: {},
  });
  t.deepEqual(toJson('mesos.v1.master.Response.GetRoles', { roles: [] }), {});
});

test('reading is lenient: null, texts for numbers and booleans, and a single value for a list', (t) => {
  const resource = fromJson('mesos.v1.Resource', {
    name: 'ports',
    type: 'RANGES',
    role: null,
    ranges: { range: { begin: '1', end: 2.0 } },
    unknown: { x: 1 },
  });
  t.deepEqual(resource, { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 1, end: 2 }] } });
  t.deepEqual(fromJson('mesos.v1.CommandInfo', { shell: 'false' }), { shell: false });
});

test('infinite numbers are texts, and what is no number is written as unset', (t) => {
  for (const value of [Infinity, -Infinity]) {
    t.deepEqual(toJson('mesos.v1.Value.Scalar', { value }), { value: String(value) });
    t.deepEqual(fromJson('mesos.v1.Value.Scalar', { value: String(value) }), { value });
  }
  const status = { task_id: { value: 't' }, state: 'TASK_RUNNING', timestamp: NaN } as const;
  const json: unknown = JSON.parse(Buffer.from(toJsonBytes('mesos.v1.TaskStatus', status)).toString());
  t.deepEqual(json, toJson('mesos.v1.TaskStatus', status) as unknown);
  t.deepEqual(fromJson('mesos.v1.TaskStatus', json), { task_id: { value: 't' }, state: 'TASK_RUNNING' });
});

test('white space in base64 does not count, nor does what follows the padding', (t) => {
  t.deepEqual(fromJson('mesos.v1.UUID', { value: 'AA EC\n/w==ignored' }), { value: Uint8Array.of(0, 1, 2, 255) });
});

test('an unknown enum value counts as unset where it may be, and is an error where it is required', (t) => {
  t.deepEqual(fromJson('mesos.v1.scheduler.Call', { type: 'NO_SUCH' }), {});
  const error = t.throws(() => fromJson('mesos.v1.TaskStatus', { task_id: { value: 't' }, state: 'TASK_X' }), {
    instanceOf: ProtocolError,
  });
  t.is(error.message, "Failed to find enum for 'TASK_X'");
});

test('values of the wrong type are refused in words that name the field', (t) => {
  const wrong: readonly [MessageName, unknown, string][] = [
    ['mesos.v1.TaskID', [], 'Expecting a JSON object'],
    ['mesos.v1.TaskID', { value: 1 }, "Not expecting a JSON number for field 'value'"],
    ['mesos.v1.TaskID', { value: ['a'] }, "Not expecting a JSON array for field 'value'"],
    ['mesos.v1.TaskStatus', { task_id: 'x' }, "Not expecting a JSON string for field 'task_id'"],
    ['mesos.v1.UUID', { value: 'AA*' }, "Failed to base64 decode bytes field 'value': Invalid character '*'"],
    ['mesos.v1.TaskStatus', {}, 'Missing required fields: task_id, state'],
    [
      'mesos.v1.scheduler.Call',
      {
        subscribe: { framework_info: { name: 'x', capabilities: [{ type: 'MULTI_ROLE' }] } },
        accept: { offer_ids: [{ value: 'o' }, {}] },
      },
      'Missing required fields: subscribe.framework_info.user, accept.offer_ids[1].value',
    ],
    [
      'mesos.v1.Value.Scalar',
      { value: 'x' },
      "Failed to parse 'x' as a JSON number for field 'value': syntax error at line 1 near: x",
    ],
    [
      'mesos.v1.Value.Scalar',
      { value: 'NaN' },
      "Failed to parse 'NaN' as a JSON number for field 'value': syntax error at line 1 near: NaN",
    ],
    [
      'mesos.v1.Value.Scalar',
      { value: 'true' },
      "Failed to parse 'true' as a JSON number for field 'value': Unexpected JSON type parsed",
    ],
    ['mesos.v1.Value.Scalar', { value: Number('1e999') }, 'Value out of range'],
    ['mesos.v1.Value.Scalar', { value: '1e999' }, 'Value out of range'],
    [
      'mesos.v1.CommandInfo',
      { shell: 'yes' },
      "Failed to parse 'yes' as a JSON boolean for field 'shell': syntax error at line 1 near: yes",
    ],
    ['mesos.v1.quota.QuotaConfig', { role: 'r', limits: 1 }, "Not expecting a JSON number for field 'limits'"],
    [
      'mesos.v1.Value.Range',
      { begin: -1, end: 1 },
      'not a mesos.v1.Value.Range: begin: -1 is not an unsigned 64-bit integer',
    ],
  ];
  for (const [name, json, message] of wrong)
    t.throws(() => fromJson(name, json), { instanceOf: ProtocolError, message });
});

test('what was written is read back, with the defaults made explicit, for every message', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...messageNames), fc.nat(), (name, seed) => {
      const json: unknown = JSON.parse(JSON.stringify(toJson(name, randomMessageOf(name, seed))));
      t.deepEqual(toJson(name, fromJson(name, json)), json as ReturnType<typeof toJson>);
    }),
    { numRuns: 500 },
  );
});

test('the bytes of a message are the text of its JSON form, for every message and in any language', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...messageNames), fc.nat(), (name, seed) => {
      const message = randomMessageOf(name, seed);
      t.deepEqual(JSON.parse(Buffer.from(toJsonBytes(name, message)).toString()), toJson(name, message));
    }),
    { numRuns: 500 },
  );
  const odd = [
    '"',
    '\\',
    '\n',
    '\u0000',
    '\u2028',
    'größe',
    '漢字',
    '😀',
    '\ud800',
    'x'.repeat(5000),
    '漢'.repeat(5000),
  ];
  const labels = { labels: odd.flatMap((key) => odd.map((value) => ({ key, value: key + value }))) };
  t.is(Buffer.from(toJsonBytes('mesos.v1.Labels', labels)).toString(), JSON.stringify(labels));
  const info = { data: undefined, unknown: 1, refuse_seconds: null };
  t.is(Buffer.from(toJsonBytes('mesos.v1.Filters', info as object)).toString(), '{"refuse_seconds":5}');
  t.is(Buffer.from(toJsonBytes('mesos.v1.Value.Scalar', { value: -Infinity })).toString(), '{"value":"-Infinity"}');
});

test('any JSON is read as a valid message or refused with a ProtocolError', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...messageNames), fc.jsonValue(), (name, json) => {
      try {
        fromJson(name, json);
        t.pass();
      } catch (error) {
        t.true(error instanceof ProtocolError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
