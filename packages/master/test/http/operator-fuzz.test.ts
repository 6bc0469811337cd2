import test from 'ava';
import fc from 'fast-check';
import { bombard, Mutator } from '@mesos-ts/daemon/testing';
import { MasterCall_Type } from '@mesos-ts/protocol';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { must } from '../must.ts';
import { get } from './operator-support.ts';

// Of nobody: what is damaged must not happen to be a change that is right.
const agent_id = { value: 'no-agent' };
const reserved = {
  name: 'cpus',
  type: 'SCALAR',
  scalar: { value: 1.5 },
  reservations: [{ type: 'DYNAMIC', role: 'eng', principal: 'ann', labels: { labels: [{ key: 'k', value: 'v' }] } }],
};
const volume = {
  name: 'disk',
  type: 'SCALAR',
  scalar: { value: 64 },
  reservations: [{ type: 'STATIC', role: 'eng' }],
  disk: { persistence: { id: 'p' }, volume: { mode: 'RW', container_path: 'data' } },
};
const machines = [{ hostname: 'host', ip: '10.0.0.9' }];
const unavailability = { start: { nanoseconds: 1e18 }, duration: { nanoseconds: 3.6e12 } };

/** A valid call of every type but SUBSCRIBE, whose answer has no end. */
const calls: readonly object[] = [
  ...Object.keys(MasterCall_Type)
    .filter((type) => type.startsWith('GET_') && type !== 'GET_METRICS')
    .map((type) => ({ type })),
  { type: 'GET_METRICS', get_metrics: { timeout: { nanoseconds: 1e6 } } },
  { type: 'SET_LOGGING_LEVEL', set_logging_level: { level: 1, duration: { nanoseconds: 1e6 } } },
  { type: 'LIST_FILES', list_files: { path: '/master/log' } },
  { type: 'READ_FILE', read_file: { path: '/master/log', offset: 1, length: 5 } },
  { type: 'UPDATE_WEIGHTS', update_weights: { weight_infos: [{ role: 'eng', weight: 2.5 }] } },
  { type: 'RESERVE_RESOURCES', reserve_resources: { agent_id, resources: [reserved] } },
  { type: 'UNRESERVE_RESOURCES', unreserve_resources: { agent_id, resources: [reserved] } },
  { type: 'CREATE_VOLUMES', create_volumes: { agent_id, volumes: [volume] } },
  { type: 'DESTROY_VOLUMES', destroy_volumes: { agent_id, volumes: [volume] } },
  { type: 'GROW_VOLUME', grow_volume: { agent_id, volume, addition: reserved } },
  { type: 'SHRINK_VOLUME', shrink_volume: { agent_id, volume, subtract: { value: 1 } } },
  {
    type: 'UPDATE_MAINTENANCE_SCHEDULE',
    update_maintenance_schedule: { schedule: { windows: [{ machine_ids: machines, unavailability }] } },
  },
  { type: 'START_MAINTENANCE', start_maintenance: { machines } },
  { type: 'STOP_MAINTENANCE', stop_maintenance: { machines } },
  { type: 'DRAIN_AGENT', drain_agent: { agent_id, max_grace_period: { seconds: 1, nanos: 5 }, mark_gone: true } },
  { type: 'DEACTIVATE_AGENT', deactivate_agent: { agent_id } },
  { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id } },
  {
    type: 'UPDATE_QUOTA',
    update_quota: {
      force: false,
      quota_configs: [{ role: 'eng', guarantees: { cpus: { value: 1 } }, limits: { cpus: { value: 2 } } }],
    },
  },
  { type: 'SET_QUOTA', set_quota: { quota_request: { role: 'eng', guarantee: [{ ...reserved, reservations: [] }] } } },
  { type: 'REMOVE_QUOTA', remove_quota: { role: 'eng' } },
  { type: 'TEARDOWN', teardown: { framework_id: { value: 'no-framework' } } },
  { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id } },
  { type: 'EXPLAIN', explain: { framework_id: { value: 'M-0000' }, agents_max: 3 } },
  { type: 'CAN_PLACE', can_place: { role: 'eng', resources: [{ ...reserved, reservations: [] }], agents_max: 3 } },
];

test('10,000 damaged calls are answered without an error of the master, and change nothing', async (t) => {
  t.timeout(300_000);
  const flags = { external_log_file: import.meta.filename, max_operator_event_stream_subscribers: 1 };
  await using cluster = await TestCluster.start({ flags });
  await cluster.agent();
  const { actor } = await cluster.scheduler({ info: { roles: ['eng'] } });
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')], 3600);
  await cluster.clock.settle();
  const before = await get(cluster, 'GET_STATE');
  const [seed = 0] = fc.sample(fc.nat(), 1);
  const mutator = new Mutator(seed);
  const outcome = await bombard({
    count: 10_000,
    next: () => {
      const { body, type } = mutator.call('mesos.v1.master.Call', mutator.pick(calls));
      const accept = mutator.pick(['*/*', 'application/x-protobuf', 'application/json', 'text/html', '']);
      return { url: '/api/v1', method: 'POST', headers: { 'content-type': type, accept }, body };
    },
    send: (request) => cluster.runtime.inject(request),
    settle: () => cluster.clock.settle(),
  });
  t.deepEqual(await get(cluster, 'GET_STATE'), before);
  // What damage has made a subscription ends with the master.
  await cluster.master.close();
  // 501 is what this master cannot do yet.
  const { count, unexpected } = await outcome([200, 400, 403, 404, 406, 409, 501]);
  t.deepEqual(unexpected, []);
  t.true(count(200) > 1000 && count(400) > 1000, `both happen: ${count(200)}, ${count(400)}`);
});
