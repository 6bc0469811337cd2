import test from 'ava';
import fc from 'fast-check';
import { bombard, Mutator } from '@mesos-ts/daemon/testing';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { must } from '../must.ts';

const agent = 'no-agent';
const reserved = {
  name: 'cpus',
  type: 'SCALAR',
  scalar: { value: 1.5 },
  reservations: [{ type: 'DYNAMIC', role: 'eng', principal: 'ann' }],
};
const volume = {
  ...reserved,
  name: 'disk',
  disk: { persistence: { id: 'p' }, volume: { mode: 'RW', container_path: 'data' } },
};
const machines = [{ hostname: 'host', ip: '10.0.0.9' }];
const unavailability = { start: { nanoseconds: 1e18 }, duration: { nanoseconds: 3.6e12 } };

interface Template {
  readonly method: string;
  readonly url: string;
  /** A form with JSON in one of its fields, or JSON. */
  readonly field?: string;
  readonly json: unknown;
}

const templates: readonly Template[] = [
  { method: 'POST', url: '/teardown', field: 'frameworkId', json: 'no-framework' },
  { method: 'POST', url: '/reserve', field: 'resources', json: [reserved] },
  { method: 'POST', url: '/unreserve', field: 'resources', json: [reserved] },
  { method: 'POST', url: '/create-volumes', field: 'volumes', json: [volume] },
  { method: 'POST', url: '/destroy-volumes', field: 'volumes', json: [volume] },
  { method: 'PUT', url: '/weights', json: [{ role: 'eng', weight: 2.5 }] },
  { method: 'POST', url: '/quota', json: { role: 'eng', guarantee: [{ ...reserved, reservations: [] }] } },
  { method: 'DELETE', url: '/quota/eng', json: null },
  { method: 'POST', url: '/maintenance/schedule', json: { windows: [{ machine_ids: machines, unavailability }] } },
  { method: 'POST', url: '/machine/down', json: machines },
  { method: 'POST', url: '/machine/up', json: machines },
  { method: 'GET', url: '/tasks?limit=1&offset=2&order=asc&framework_id=M-0000&task_id=t', json: null },
  { method: 'GET', url: '/slaves?slave_id=M-S0&jsonp=f', json: null },
  { method: 'GET', url: '/state-summary', json: null },
];

function bodyOf(mutator: Mutator, { field, json }: Template): Buffer {
  const text = JSON.stringify(mutator.json(json));
  const whole = field === undefined ? text : `slaveId=${agent}&${field}=${encodeURIComponent(text)}`;
  return mutator.below(4) === 0 ? mutator.bytes(Buffer.from(whole)) : Buffer.from(whole);
}

test('10,000 damaged requests of version 0 are answered without an error of the master, and change nothing', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const { actor } = await cluster.scheduler({ info: { roles: ['eng'] } });
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')], 3600);
  await cluster.clock.settle();
  const before = await cluster.get('/state');
  const [seed = 0] = fc.sample(fc.nat(), 1);
  const mutator = new Mutator(seed);
  const outcome = await bombard({
    count: 10_000,
    next: () => {
      const template = mutator.pick(templates);
      return { ...mutator.target(template), body: bodyOf(mutator, template) };
    },
    send: (request) => cluster.runtime.inject(request),
    settle: () => cluster.clock.settle(),
  });
  t.deepEqual(await cluster.get('/state'), before);
  // 501 is what this master cannot do yet.
  const { count, unexpected } = await outcome([200, 400, 404, 405, 409, 501]);
  t.deepEqual(unexpected, []);
  t.true(count(200) > 1000 && count(400) > 1000, `both happen: ${count(200)}, ${count(400)}`);
});
