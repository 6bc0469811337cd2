import { encode, encodeRecord, fromJson, ProtocolError, RecordDecoder, type MessageName } from '@mesos-ts/protocol';
import test from 'ava';
import fc from 'fast-check';
import { Mutator } from '../../src/testing/index.ts';
import { decodeCall } from '../../src/index.ts';

const uuid = 'AAECAwQFRgeICQoLDA0ODw==';
const calls: readonly [MessageName, object][] = [
  [
    'mesos.v1.scheduler.Call',
    {
      type: 'SUBSCRIBE',
      subscribe: {
        framework_info: {
          user: 'nobody',
          name: 'fuzz',
          roles: ['a', 'b/c'],
          failover_timeout: 1.5,
          capabilities: [{ type: 'MULTI_ROLE' }],
          labels: { labels: [{ key: 'k', value: 'v' }] },
          offer_filters: { a: { min_allocatable_resources: { quantities: [{ quantities: { cpus: { value: 1 } } }] } } },
        },
        suppressed_roles: ['a'],
      },
    },
  ],
  [
    'mesos.v1.scheduler.Call',
    {
      framework_id: { value: 'f' },
      type: 'ACCEPT',
      accept: {
        offer_ids: [{ value: 'o' }],
        operations: [
          {
            type: 'LAUNCH',
            launch: {
              task_infos: [
                {
                  name: 't',
                  task_id: { value: 't' },
                  agent_id: { value: 'a' },
                  resources: [{ name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 1, end: 2 }] } }],
                  command: { value: 'sleep 1', environment: { variables: [{ name: 'A', value: 'B' }] } },
                },
              ],
            },
          },
        ],
        filters: { refuse_seconds: 5.5 },
      },
    },
  ],
  [
    'mesos.v1.scheduler.Call',
    {
      framework_id: { value: 'f' },
      type: 'ACKNOWLEDGE',
      acknowledge: { agent_id: { value: 'a' }, task_id: { value: 't' }, uuid },
    },
  ],
  ['mesos.v1.master.Call', { type: 'READ_FILE', read_file: { path: '/master/log', offset: 1, length: 2 } }],
  [
    'mesos.v1.executor.Call',
    {
      type: 'UPDATE',
      framework_id: { value: 'f' },
      executor_id: { value: 'e' },
      update: { status: { task_id: { value: 't' }, state: 'TASK_RUNNING', uuid, data: 'AA==' } },
    },
  ],
  [
    'mesos.v1.agent.Call',
    {
      type: 'LAUNCH_NESTED_CONTAINER',
      launch_nested_container: { container_id: { value: 'c', parent: { value: 'p' } }, command: { value: 'true' } },
    },
  ],
];

test('damaged calls in JSON are read or refused with 400', (t) => {
  const [seed = 0] = fc.sample(fc.nat(), 1);
  const mutator = new Mutator(seed);
  const answers = { read: 0, refused: 0 };
  for (let count = 0; count < 4_000; count++) {
    const [name, call] = mutator.pick(calls);
    const text = Buffer.from(JSON.stringify(mutator.json(call)));
    const { answer } = decodeCall(mutator.below(3) === 0 ? mutator.bytes(text) : text, 'application/json', name);
    if (answer === undefined) answers.read++;
    else answers.refused += answer.kind === 'refused' && answer.status === 400 ? 1 : NaN;
  }
  t.is(answers.read + answers.refused, 4_000);
  t.true(answers.read > 100 && answers.refused > 100, 'both happen');
});

test('damaged calls in protobuf are read or refused with 400', (t) => {
  const [seed = 0] = fc.sample(fc.nat(), 1);
  const mutator = new Mutator(seed);
  const answers = { read: 0, refused: 0 };
  for (let count = 0; count < 4_000; count++) {
    const [name, call] = mutator.pick(calls);
    const bytes = mutator.bytes(encode(name, fromJson(name, call)));
    const { answer } = decodeCall(bytes, 'application/x-protobuf', name);
    if (answer === undefined) answers.read++;
    else answers.refused += answer.kind === 'refused' && answer.status === 400 ? 1 : NaN;
  }
  t.is(answers.read + answers.refused, 4_000);
  t.true(answers.read > 100 && answers.refused > 100, 'both happen');
});

test('damaged RecordIO gives records or ends with a ProtocolError, however it is cut', (t) => {
  const [seed = 0] = fc.sample(fc.nat(), 1);
  const mutator = new Mutator(seed);
  for (let count = 0; count < 10_000; count++) {
    const records = [0, 1, 2].map(() => encodeRecord(Buffer.from('x'.repeat(mutator.below(30)))));
    const damaged = mutator.bytes(Buffer.concat(records));
    const decoder = new RecordDecoder({ recordBytesMax: 1_000 });
    const cut = mutator.below(damaged.length + 1);
    try {
      const found = [...decoder.push(damaged.subarray(0, cut)), ...decoder.push(damaged.subarray(cut))];
      t.true(found.every((record) => record.length <= damaged.length));
    } catch (error) {
      t.true(error instanceof ProtocolError, String(error));
    }
  }
});
