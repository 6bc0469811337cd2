import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { decode } from '@mesos-ts/protocol';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { must } from '../must.ts';
import { call } from './operator-support.ts';

/** A cluster with a task. */
async function started(): Promise<TestCluster> {
  const cluster = await TestCluster.start();
  await cluster.agent({ resources: 'cpus:4;mem:64' });
  const { actor } = await cluster.scheduler({});
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0', 'cpus:0.1;mem:32')], 3600);
  await cluster.clock.settle();
  return cluster;
}

test('/state has a tag, and who has what the tag is of is answered 304 until something changes', async (t) => {
  await using cluster = await started();
  const first = await cluster.runtime.inject({ url: '/state' });
  const etag = must(first.headers['etag']);
  t.is(first.status, 200);
  t.is(first.headers['content-length'], String(first.body.length));
  for (const tags of [etag, `"other", ${etag}`, '*', etag.replace('W/', '')]) {
    const again = await cluster.runtime.inject({ url: '/state', headers: { 'if-none-match': tags } });
    t.is(again.status, 304, tags);
    t.is(again.headers['etag'], etag);
    t.is(again.body.length, 0);
  }
  await cluster.agent({ resources: 'cpus:1' });
  const changed = await cluster.runtime.inject({ url: '/state', headers: { 'if-none-match': etag } });
  t.is(changed.status, 200);
  t.not(changed.headers['etag'], etag);
});

test('/state is compressed for those who take that', async (t) => {
  await using cluster = await started();
  const plain = await cluster.runtime.inject({ url: '/state' });
  const packed = await cluster.runtime.inject({ url: '/state', headers: { 'accept-encoding': 'gzip' } });
  t.is(packed.headers['content-encoding'], 'gzip');
  t.is(packed.headers['vary'], 'accept-encoding');
  t.deepEqual(gunzipSync(packed.body), plain.body);
});

test('GET_STATE and GET_TASKS have tags as well, one for each form', async (t) => {
  await using cluster = await started();
  const tags = new Set<string>();
  for (const type of ['GET_STATE', 'GET_TASKS']) {
    for (const accept of ['application/json', 'application/x-protobuf']) {
      const ask = (headers: Readonly<Record<string, string>>) =>
        cluster.runtime.inject({
          url: '/api/v1',
          method: 'POST',
          headers: { 'content-type': 'application/json', accept, ...headers },
          body: JSON.stringify({ type }),
        });
      const answer = await ask({});
      t.is(answer.headers['content-type'], accept);
      const etag = must(answer.headers['etag']);
      tags.add(etag);
      t.is((await ask({ 'if-none-match': etag })).status, 304);
    }
  }
  t.is(tags.size, 4);
});

test('GET_STATE says the same in both forms', async (t) => {
  await using cluster = await started();
  const json = JSON.parse((await call(cluster, { type: 'GET_STATE' })).text) as {
    get_state: { get_tasks: { tasks: { task_id: unknown }[] } };
  };
  const { body } = await call(cluster, { type: 'GET_STATE' }, { accept: 'application/x-protobuf' });
  const { get_state: state } = decode('mesos.v1.master.Response', body);
  t.is(state?.get_tasks?.tasks?.length, 1);
  t.deepEqual(json.get_state.get_tasks.tasks[0]?.task_id, { value: 't' });
});
