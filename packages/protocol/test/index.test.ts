import { readFile } from 'node:fs/promises';
import test from 'ava';
import { enums, messages } from '../src/generated/schema.ts';
import * as protocol from '../src/index.ts';

/** The TypeScript name of a protobuf type, as the documentation of the package tells it. */
function typeName(fullName: string): string {
  const [, packageName = '', path = ''] = /^([a-z_0-9.]+)\.([A-Z].*)$/.exec(fullName) ?? [];
  const name = path.replaceAll('.', '_');
  if (packageName === 'mesos.v1' || packageName === 'mesos.internal') return name;
  const prefix = (packageName.split('.').at(-1) ?? '')
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
  return name.startsWith(prefix) ? name : prefix + name;
}

test('every enum is exported under its name, with its values', (t) => {
  for (const [fullName, values] of Object.entries(enums)) {
    const exported: unknown = Reflect.get(protocol, typeName(fullName));
    const names = Object.keys(values);
    t.deepEqual(exported, Object.fromEntries(names.map((name) => [name, name])), fullName);
  }
});

test('every message type is exported under its name', async (t) => {
  const source = await readFile(new URL('../../src/index.ts', import.meta.url), 'utf8');
  const exported = new Set(source.split(/[^\w]+/));
  const missing = Object.keys(messages).filter((fullName) => !exported.has(typeName(fullName)));
  t.deepEqual(missing, []);
});

test('the numbers on the wire are those of Mesos', (t) => {
  const task = messages['mesos.v1.TaskInfo'] ?? [];
  t.deepEqual(Object.fromEntries(task.map(([name, number]) => [name, number])), {
    name: 1,
    task_id: 2,
    agent_id: 3,
    resources: 4,
    executor: 5,
    data: 6,
    command: 7,
    health_check: 8,
    container: 9,
    labels: 10,
    discovery: 11,
    kill_policy: 12,
    check: 13,
    max_completion_time: 14,
    limits: 15,
  });
  t.is(enums['mesos.v1.TaskState']?.['TASK_STAGING'], 6);
  t.is(enums['mesos.v1.TaskStatus.Reason']?.['REASON_INVALID_OFFERS'], 6);
});
