import test from 'ava';
import { MetricsProcess, Process, ProcessError, Runtime } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { parseExposition } from './exposition.ts';
import type { MetricsProcessOptions } from '../../src/index.ts';

function serving(options?: MetricsProcessOptions): { clock: TestClock; runtime: Runtime } {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  runtime.spawn(new MetricsProcess(options));
  return { clock, runtime };
}

test('the metrics process serves the snapshot as JSON, also for JSONP', async (t) => {
  const { runtime } = serving();
  runtime.metrics.gauge('some/gauge', () => Promise.resolve(7));
  const plain = await runtime.inject({ url: '/metrics/snapshot' });
  t.is(plain.headers['content-type'], 'application/json');
  const snapshot = JSON.parse(plain.body.toString()) as Record<string, number>;
  t.is(snapshot['some/gauge'], 7);
  t.deepEqual(Object.keys(snapshot), Object.keys(snapshot).toSorted());
  const script = await runtime.inject({ url: '/metrics/snapshot?jsonp=show' });
  t.is(script.headers['content-type'], 'text/javascript');
  t.regex(script.body.toString(), /^show\(\{.*"some\/gauge":7.*\}\)$/);
  await runtime.close();
});

test('a snapshot with a timeout leaves out what an actor that is busy does not tell in time', async (t) => {
  class Slow extends Process {
    // Until it is initialised, nobody gets an answer.
    protected override initialize(): Promise<void> {
      return new Promise(() => undefined);
    }
    size(): number {
      return 1;
    }
  }
  const { clock, runtime } = serving();
  const slow = runtime.spawn(new Slow());
  runtime.metrics.gauge('slow/size', () => runtime.dispatch(slow, 'size'));
  runtime.metrics.gauge('fast/size', () => 2);
  const answer = runtime.inject({ url: '/metrics/snapshot?timeout=2secs' });
  await clock.advance(2000);
  const snapshot = JSON.parse((await answer).body.toString()) as Record<string, number>;
  t.is(snapshot['fast/size'], 2);
  t.false('slow/size' in snapshot);

  const scrape = runtime.inject({
    url: '/metrics/prometheus',
    headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '10' },
  });
  await clock.advance(5000);
  const families = parseExposition((await scrape).body.toString());
  t.true(families.has('fast_size'));
  t.false(families.has('slow_size'));
});

const refusals = [
  ['soon', "Invalid timeout 'soon': Failed to convert '' to number.\n"],
  ['1.2.3secs', "Invalid timeout '1.2.3secs': Failed to convert '1.2.3' to number.\n"],
  ['', "Invalid timeout '': Invalid duration ''.\n"],
  ['10', "Invalid timeout '10': Invalid duration '10'.\n"],
] as const;

for (const [text, reason] of refusals) {
  test(`the timeout '${text}' is answered with 400 and what is wrong with it, in Mesos's words`, async (t) => {
    const { runtime } = serving();
    for (const path of ['snapshot', 'prometheus']) {
      const { body, headers, status } = await runtime.inject({ url: `/metrics/${path}?timeout=${text}` });
      t.deepEqual([status, headers['content-type'], body.toString()], [400, 'text/plain; charset=utf-8', reason]);
    }
    await runtime.close();
  });
}

test('a unit that is none is told with those that are', async (t) => {
  const { runtime } = serving();
  const { body } = await runtime.inject({ url: '/metrics/snapshot?timeout=5seconds' });
  t.regex(body.toString(), /^Invalid timeout '5seconds': Unknown duration unit 'seconds'; supported units are 'ns', /);
  await runtime.close();
});

test('a rate is kept by letting requests wait for their turn, and a bounded number of them', async (t) => {
  const { clock, runtime } = serving({ rate: { requests: 2, intervalMs: 1000 } });
  const answers: [number, number][] = [];
  for (let request = 0; request < 102; request++) {
    void runtime.inject({ url: '/metrics/snapshot' }).then(({ status }) => answers.push([clock.monotonic(), status]));
  }
  await clock.settle();
  t.deepEqual(
    answers.map(([, status]) => status).toSorted((a, b) => a - b),
    [200, 503],
  );
  await clock.advance(1000);
  t.deepEqual(answers.slice(2), [
    [500, 200],
    [1000, 200],
  ]);
  await clock.advance(60_000);
  t.is(answers.filter(([, status]) => status === 200).length, 101);
  await runtime.close();
});

test('a rate at which nobody is ever served is refused', (t) => {
  for (const [requests, intervalMs] of [
    [0, 1000],
    [2, 0],
    [2, -1],
    [Number.NaN, 1000],
  ] as const) {
    t.throws(() => new MetricsProcess({ rate: { requests, intervalMs } }), {
      instanceOf: ProcessError,
      code: 'METRIC_INVALID',
    });
  }
});

test('the Prometheus exposition has the type of its format and the prefix that was asked for', async (t) => {
  const { runtime } = serving({ prometheus: { prefix: 'mesos' } });
  runtime.metrics.counter('master/messages', { help: 'Messages that came.' }).increment(3);
  const { body, headers } = await runtime.inject({ url: '/metrics/prometheus' });
  t.is(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const family = parseExposition(body.toString()).get('mesos_master_messages_total');
  t.deepEqual(family, {
    help: 'Messages that came.',
    type: 'counter',
    samples: [{ name: 'mesos_master_messages_total', labels: {}, value: 3 }],
  });
  await runtime.close();
});
