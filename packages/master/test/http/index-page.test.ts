import test from 'ava';
import { TestCluster } from '../../src/testing/index.ts';

test('/ is a page that tells who this is; what is below it and is no endpoint is 404', async (t) => {
  await using cluster = await TestCluster.start({ flags: { cluster: '<b>&' } });
  for (const url of ['/', '/?x=1', '/master', '/master/']) {
    const { body, headers, status } = await cluster.runtime.inject({ url });
    t.is(status, 200, url);
    t.is(headers['content-type'], 'text/html');
    t.regex(body.toString(), /<title>Mesos: &#60;b&#62;&#38;<\/title>/);
  }
  for (const url of ['/none', '/master/none', '/state.json', '/index.html']) {
    const { body, status } = await cluster.runtime.inject({ url });
    t.is(status, 404, url);
    t.is(body.toString(), '404 Not Found.');
  }
});
