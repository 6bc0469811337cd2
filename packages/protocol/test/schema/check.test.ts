import test from 'ava';
import fc from 'fast-check';
import { messages } from '../../src/generated/schema.ts';
import { check, checker, isMessageName, ProtocolError, validate, type MessageName } from '../../src/index.ts';
import { conforms } from '../support/conforms.ts';
import { messageNames, randomMessage } from '../support/random-message.ts';

const anyName = fc.constantFrom(...messageNames);
const anySeed = fc.nat();

test('a message of the right types is accepted and returned as it came', (t) => {
  const call = { type: 'KILL', framework_id: { value: 'f' }, kill: { task_id: { value: 't' } } };
  t.is(check('mesos.v1.scheduler.Call', call), call as ReturnType<typeof check<'mesos.v1.scheduler.Call'>>);
  t.is(checker('mesos.v1.scheduler.Call')(call).kill?.task_id.value, 't');
});

test('what is wrong is told with the path to it', (t) => {
  const wrong: readonly [MessageName, unknown, string][] = [
    ['mesos.v1.TaskID', { value: 1 }, 'value: expected a string, got a number'],
    ['mesos.v1.TaskID', {}, 'value: required, but not set'],
    ['mesos.v1.TaskID', 'x', 'expected an object, got a string'],
    ['mesos.v1.TaskID', [], 'expected an object, got a list'],
    [
      'mesos.v1.TaskGroupInfo',
      { tasks: [{ name: 'a', task_id: { value: true } }] },
      'tasks[0].task_id.value: expected a string, got a boolean',
    ],
    ['mesos.v1.TaskGroupInfo', { tasks: {} }, 'tasks: expected a list, got an object'],
    ['mesos.v1.TaskGroupInfo', { tasks: [null] }, 'tasks[0]: expected an object, got null'],
    ['mesos.v1.Value.Range', { begin: -1, end: 2 }, 'begin: -1 is not an unsigned 64-bit integer'],
    ['mesos.v1.Value.Range', { begin: 0.5, end: 2 }, 'begin: 0.5 is not an unsigned 64-bit integer'],
    ['mesos.v1.Port', { number: 2 ** 32 }, 'number: 4294967296 is not an unsigned 32-bit integer'],
    ['mesos.v1.UUID', { value: 'abc' }, 'value: expected bytes, got a string'],
    ['mesos.v1.scheduler.Call', { type: 'NOPE' }, 'type: "NOPE" is not a mesos.v1.scheduler.Call.Type'],
    ['mesos.v1.scheduler.Call', { type: 1 }, 'type: expected the name of a mesos.v1.scheduler.Call.Type, got a number'],
    [
      'mesos.v1.quota.QuotaConfig',
      { role: 'r', guarantees: { cpus: 1 } },
      'guarantees["cpus"]: expected an object, got a number',
    ],
  ];
  for (const [name, value, error] of wrong) t.is(validate(name, value), error);
});

test('a failed check throws a ProtocolError that names the message', (t) => {
  const error = t.throws(() => check('mesos.v1.TaskID', {}), { instanceOf: ProtocolError });
  t.is(error.code, 'PROTOCOL_INVALID_MESSAGE');
  t.is(error.message, 'not a mesos.v1.TaskID: value: required, but not set');
});

test('null is unset: it is dropped from optional fields at any depth, and refused in required ones', (t) => {
  const value = {
    task_id: { value: 't' },
    state: 'TASK_RUNNING',
    message: null,
    labels: { labels: [{ key: 'k', value: null }] },
  };
  const status = check('mesos.v1.TaskStatus', value);
  t.deepEqual(Object.keys(status).toSorted(), ['labels', 'state', 'task_id']);
  t.deepEqual(status.labels, { labels: [{ key: 'k' }] });
  t.is(value.message, null);
  t.is(validate('mesos.v1.TaskID', { value: null }), 'value: required, but not set');
});

test('of fields that exclude each other no more than one may be set', (t) => {
  const predicate = { exists: {}, text_equals: null };
  t.is(validate('mesos.v1.scheduler.AttributeConstraint.Predicate', predicate), undefined);
  const both = { exists: {}, not_exists: {} };
  const error = validate('mesos.v1.scheduler.AttributeConstraint.Predicate', both);
  t.is(error, 'not_exists: not allowed beside exists');
});

test('unknown fields are ignored, however deep they are', (t) => {
  const deep: Record<string, unknown> = {};
  let inner = deep;
  for (let i = 0; i < 100_000; i += 1) inner = inner['x'] = {};
  t.is(validate('mesos.v1.TaskID', { value: 't', other: deep, more: null }), undefined);
  t.deepEqual(check('mesos.v1.MachineID', { hostname: null, other: deep }), {});
});

test('messages nested beyond the limit are refused, not followed', (t) => {
  let id: Record<string, unknown> = { value: 'c' };
  for (let i = 0; i < 50_000; i += 1) id = { value: 'c', parent: id };
  t.regex(validate('mesos.v1.ContainerID', id) ?? '', /nested deeper than 100 messages$/);
  const cyclic: Record<string, unknown> = { value: 'c' };
  cyclic['parent'] = cyclic;
  t.regex(validate('mesos.v1.ContainerID', cyclic) ?? '', /nested deeper than 100 messages$/);
});

test('only names of messages are message names', (t) => {
  t.true(isMessageName('mesos.internal.PingAgentMessage'));
  for (const name of ['mesos.v1.TaskState', 'toString', '__proto__', '']) t.false(isMessageName(name));
  t.is(validate('toString' as MessageName, {}), 'no message is called "toString"');
});

test('every valid message is accepted', (t) => {
  fc.assert(
    fc.property(anyName, anySeed, (name, seed) => {
      t.is(validate(name, randomMessage(name, seed)), undefined);
    }),
    { numRuns: 500 },
  );
});

test('no value is accepted that does not conform to the schema, and nothing but a ProtocolError is thrown', (t) => {
  const junk = fc.anything({ withNullPrototype: true, withTypedArray: true, withMap: true, withDate: true });
  fc.assert(
    fc.property(anyName, junk, (name, value) => {
      t.is(validate(name, value) === undefined, conforms(name, value));
    }),
    { numRuns: 1000 },
  );
});

test('a list whose members have parts in common is accepted exactly if it conforms, and its nulls are dropped from all', (t) => {
  const part = fc.oneof(
    { weight: 9, arbitrary: fc.record({ seed: anySeed, field: fc.nat() }) },
    { weight: 1, arbitrary: fc.constantFrom([null], { value: 5 }, {}, [], null) },
  );
  fc.assert(
    fc.property(anySeed, fc.array(fc.tuple(fc.nat(), part), { maxLength: 8 }), (seed, changes) => {
      let before: Record<string, unknown> = randomMessage('mesos.v1.Task', seed);
      const tasks = [before];
      for (const [at, change] of changes) {
        const other = change !== null && 'seed' in change ? randomMessage('mesos.v1.Task', change.seed) : undefined;
        const names = Object.keys(other ?? before);
        const name = names[at % names.length] ?? 'labels';
        const value = other === undefined ? change : other[name];
        before = Object.fromEntries([...Object.entries(before), [name, value]]);
        tasks.push(before);
      }
      const message = { tasks };
      t.is(
        validate('mesos.v1.master.Response.GetTasks', message) === undefined,
        conforms('mesos.v1.master.Response.GetTasks', message),
      );
    }),
    { numRuns: 1000 },
  );
  const common = { labels: [{ key: 'k', value: null }] };
  const task = {
    name: 'n',
    task_id: { value: 't' },
    framework_id: { value: 'f' },
    agent_id: { value: 'a' },
    labels: common,
  };
  const tasks = ['TASK_RUNNING', 'TASK_FAILED'].map((state) => ({ ...task, state, resources: [] }));
  for (const copy of check('mesos.v1.master.Response.GetTasks', { tasks }).tasks ?? []) {
    t.deepEqual(copy.labels, { labels: [{ key: 'k' }] });
  }
});

test('what the members of a list have in common is refused where it is wrong, also as another of their fields', (t) => {
  const id = { value: 't' };
  const task = { name: 'n', task_id: id, framework_id: id, agent_id: id, state: 'TASK_RUNNING', resources: [] };
  const wrong = { ...task, labels: id, executor_id: id };
  t.is(validate('mesos.v1.master.Response.GetTasks', { tasks: [task, task, wrong] }), undefined);
  const labels = { labels: [id] };
  t.is(
    validate('mesos.v1.master.Response.GetTasks', { tasks: [task, { ...task, labels }, { ...task, labels }] }),
    'tasks[1].labels.labels[0].key: required, but not set',
  );
  t.is(
    validate('mesos.v1.master.Response.GetTasks', { tasks: [task, { ...task, container: id }] }),
    'tasks[1].container.type: required, but not set',
  );
});

test('a message with one member replaced by anything is accepted exactly if it still conforms', (t) => {
  const replacement = fc.oneof(
    fc.anything({ withTypedArray: true }),
    fc.constantFrom(null, undefined, Number.NaN, 2 ** 70, -1, [null]),
  );
  fc.assert(
    fc.property(
      anyName,
      anySeed,
      fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      replacement,
      (name, seed, path, value) => {
        const message = randomMessage(name, seed);
        let inside: Record<string, unknown> = message;
        for (const step of path) {
          const keys = [...new Set([...Object.keys(inside), ...(messages[name] ?? []).map((entry) => entry[0])])];
          const key = keys[step % keys.length] ?? 'x';
          const member = inside[key];
          if (typeof member !== 'object' || member === null || member instanceof Uint8Array) {
            inside[key] = value;
            break;
          }
          inside = member as Record<string, unknown>;
        }
        t.is(validate(name, message) === undefined, conforms(name, message));
      },
    ),
    { numRuns: 2000 },
  );
});
