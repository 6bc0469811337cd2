import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { startCluster, type Cluster } from '../support/cluster.ts';

const call = { 'content-type': 'application/json' };

function get(cluster: Cluster, headers: Record<string, string> = {}, url = '/slave(1)/state') {
  return cluster.agent.runtime.inject({ url, headers });
}

function getState(cluster: Cluster, headers: Record<string, string> = {}) {
  const body = '{"type":"GET_STATE"}';
  return cluster.agent.runtime.inject({ method: 'POST', url: '/api/v1', headers: { ...call, ...headers }, body });
}

test('whoever has the agent’s state already is told so, until something changes; of /state and of calls', async (t) => {
  await using cluster = await startCluster();
  for (const ask of [get, getState]) {
    const first = await ask(cluster);
    const etag = String(first.headers['etag']);
    t.is(first.status, 200);
    t.is(first.headers['cache-control'], 'no-cache');
    t.is(first.headers['content-type'], 'application/json');
    t.is(Number(first.headers['content-length']), first.body.length);
    const same = await ask(cluster, { 'if-none-match': etag });
    t.is(same.status, 304);
    t.is(same.body.length, 0);
    await cluster.run(ask === get ? 'one' : 'two');
    const changed = await ask(cluster, { 'if-none-match': etag });
    t.is(changed.status, 200);
    t.not(changed.headers['etag'], etag);
    t.true(changed.body.toString().includes(ask === get ? 'one' : 'two'));
  }
});

test('the agent’s state is told compressed to those who take it, with the same tag', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('task');
  const plain = await get(cluster);
  const { body, headers } = await get(cluster, { 'accept-encoding': 'gzip' });
  t.is(headers['content-encoding'], 'gzip');
  t.is(headers['etag'], plain.headers['etag']);
  t.is(gunzipSync(body).toString(), plain.body.toString());
});

test('the agent’s state is told as a script, to a function with a name that may be one', async (t) => {
  await using cluster = await startCluster();
  const plain = await get(cluster);
  const script = await get(cluster, {}, '/state?jsonp=show');
  t.is(script.headers['content-type'], 'text/javascript');
  t.is(script.body.toString(), `show(${plain.body.toString()})`);
  t.is((await get(cluster, {}, '/state?jsonp=alert(1)')).status, 400);
});

test('those who ask together share an answer, and are counted', async (t) => {
  await using cluster = await startCluster();
  const answers = await Promise.all([get(cluster), get(cluster), get(cluster)]);
  t.is(new Set(answers.map(({ body }) => body.toString())).size, 1);
  t.true((cluster.agent.runtime.metrics.snapshot()['slave/http_cache_hits'] ?? 0) >= 1);
});
