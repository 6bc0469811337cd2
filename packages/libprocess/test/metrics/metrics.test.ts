import test from 'ava';
import {
  Counter,
  Metric,
  MetricTimer,
  Process,
  ProcessError,
  PushGauge,
  Runtime,
  deferred,
  snapshotOf,
} from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { heapUsed } from '../support/heap.ts';
import type { MetricValue, Metrics } from '../../src/index.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'no error';
  } catch (error) {
    return error instanceof ProcessError ? error.code : String(error);
  }
}

class OwnMetric extends Metric {
  readonly kind = 'gauge';
  readonly #read: () => MetricValue;
  constructor(name: string, read: () => MetricValue) {
    super(name);
    this.#read = read;
  }
  read(): MetricValue {
    return this.#read();
  }
}

function withClock(): { clock: TestClock; metrics: Metrics; runtime: Runtime } {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  return { clock, metrics: runtime.metrics, runtime };
}

test('a counter is made on first use, grows, and begins at 0 again when it is reset', (t) => {
  const { metrics } = withClock();
  const counter = metrics.counter('z/count');
  metrics.counter('z/count').increment();
  counter.increment(41);
  t.is(metrics.snapshot()['z/count'], 42);
  t.is(
    codeOf(() => counter.increment(-1)),
    'METRIC_INVALID',
  );
  t.is(
    codeOf(() => counter.increment(Number.NaN)),
    'METRIC_INVALID',
  );
  counter.reset();
  t.is(metrics.snapshot()['z/count'], 0);
});

test('a push gauge is set, incremented and decremented by its owner', (t) => {
  const { metrics } = withClock();
  const gauge = metrics.pushGauge('queue/length');
  t.is(metrics.snapshot()['queue/length'], 0);
  gauge.increment();
  gauge.increment(42);
  gauge.decrement();
  t.is(metrics.snapshot()['queue/length'], 42);
  metrics.pushGauge('queue/length').set(-1.5);
  t.is(gauge.value, -1.5);
});

test('a pull gauge is computed when it is asked for, and left out when it has no value or throws, which is counted', (t) => {
  const { metrics } = withClock();
  let value: number | undefined = 0.5;
  metrics.gauge('a/gauge', () => value);
  metrics.gauge('a/broken', () => {
    throw new Error('no');
  });
  t.is(metrics.snapshot()['a/gauge'], 0.5);
  value = undefined;
  t.false('a/gauge' in metrics.snapshot());
  t.false('a/broken' in metrics.snapshot());
  t.is(metrics.counter('libprocess/metrics_failed').value, 3);
});

test('a metric that cannot be read leaves the others readable, and counts as failed', async (t) => {
  const { metrics } = withClock();
  const throwing = new OwnMetric('a/throws', () => {
    throw new Error('no');
  });
  const rejecting = new OwnMetric('b/rejects', () => Promise.reject(new Error('no')));
  metrics.add(throwing);
  metrics.add(rejecting);
  metrics.pushGauge('c/works').set(1);
  t.is(snapshotOf(await metrics.collect())['c/works'], 1);
  t.is(metrics.counter('libprocess/metrics_failed').value, 2);
  t.deepEqual(
    Object.keys(metrics.snapshot()).filter((name) => /^[abc]\//.test(name)),
    ['c/works'],
  );
});

test('a metric that answers with one promise for ever is told at every look', async (t) => {
  const { metrics } = withClock();
  const value = Promise.resolve(5);
  metrics.add(new OwnMetric('a', () => value));
  for (let look = 0; look < 3; look++) t.is(snapshotOf(await metrics.collect())['a'], 5);
});

test('a metric that is never told costs the same however often somebody looks', async (t) => {
  const { clock, metrics } = withClock();
  metrics.gauge('never', () => new Promise<undefined>(() => undefined));
  for (let index = 0; index < 300; index++) metrics.counter(`count/${index}`);
  const look = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      const readings = metrics.collect({ timeoutMs: 1 });
      await clock.advance(1);
      await readings;
    }
  };
  await look(100);
  const before = heapUsed();
  await look(1_000);
  const grown = heapUsed() - before;
  t.true(grown < 1_000_000, `${grown} bytes for 1,000 looks at 300 metrics`);
});

test('a name that is taken is refused, whatever kind of metric has it, and free again when that is removed', (t) => {
  const { metrics } = withClock();
  const gauge = metrics.gauge('a', () => 1);
  const counter = metrics.counter('b');
  metrics.timer('c');
  for (const make of [
    () => metrics.counter('a'),
    () => metrics.pushGauge('a'),
    () => metrics.gauge('a', () => 2),
    () => metrics.gauge('b', () => 2),
    () => metrics.gauge('c_ms', () => 2),
    () => metrics.add(new Counter('b')),
  ]) {
    t.is(codeOf(make), 'METRIC_NAME_IN_USE');
  }
  t.is(metrics.snapshot()['a'], 1, 'the one that was there is still there');
  t.is(metrics.counter('b'), counter);
  t.true(metrics.remove('a'));
  t.false(metrics.remove('a'));
  metrics.counter('a').increment(7);
  t.false(metrics.remove(gauge), 'it is not what has the name now');
  t.is(metrics.snapshot()['a'], 7);
});

test('names that no snapshot could show are refused', (t) => {
  const { metrics } = withClock();
  for (const name of ['', 'a\nb', '__proto__'])
    t.is(
      codeOf(() => metrics.counter(name)),
      'METRIC_INVALID',
      name,
    );
});

test('a snapshot is in order of name', (t) => {
  const { metrics } = withClock();
  for (const name of ['test/f', 'test/B', 'test/a', 'test/e', 'test/a-b']) metrics.counter(name);
  t.deepEqual(
    Object.keys(metrics.snapshot()).filter((name) => name.startsWith('test/')),
    ['test/B', 'test/a', 'test/a-b', 'test/e', 'test/f'],
  );
});

test('a counter with a window has the statistics of its values within it', async (t) => {
  const { clock, metrics } = withClock();
  const counter = metrics.counter('test/counter', { windowMs: 3_600_000 });
  metrics.counter('test/counter-b');
  for (let second = 0; second < 10; second++) {
    await clock.advance(1000);
    counter.increment();
  }
  const snapshot = Object.entries(metrics.snapshot()).filter(([name]) => name.startsWith('test/'));
  t.deepEqual(snapshot.slice(0, 2), [
    ['test/counter', 10],
    ['test/counter-b', 0],
  ]);
  t.deepEqual(
    snapshot.slice(2).map(([name, value]) => [name, Number(value.toPrecision(6))]),
    [
      ['test/counter/count', 11],
      ['test/counter/max', 10],
      ['test/counter/min', 0],
      ['test/counter/p50', 5],
      ['test/counter/p90', 9],
      ['test/counter/p95', 9.5],
      ['test/counter/p99', 9.9],
      ['test/counter/p999', 9.99],
      ['test/counter/p9999', 9.999],
    ],
  );
  await clock.advance(3_600_000);
  t.is(metrics.snapshot()['test/counter/count'], undefined, 'the window is empty');
  t.is(metrics.snapshot()['test/counter'], 10);
});

test('a timer tells the last duration in the unit that its name ends with', async (t) => {
  const { clock, metrics } = withClock();
  const timer = metrics.timer('test/write', { unit: 'us' });
  t.is(timer.name, 'test/write_us');
  t.is(timer.stop(), 0, 'nothing was begun');
  t.false('test/write_us' in metrics.snapshot());
  timer.start();
  await clock.advance(5);
  t.is(timer.stop(), 5000);
  t.is(metrics.snapshot()['test/write_us'], 5000);
  t.is(timer.stop(), 0, 'it has ended already');
  t.is(metrics.snapshot()['test/write_us'], 5000);
  t.is(metrics.timer('test/write', { unit: 'us' }), timer);
});

test('a timer measures any number of promises at once, however they end', async (t) => {
  const { clock, metrics } = withClock();
  const timer = metrics.timer('ask');
  const [first, second] = [deferred<number>(), deferred<number>()];
  const answer = timer.time(first.promise);
  const refusal = timer.time(second.promise);
  await clock.advance(100);
  second.reject(new Error('refused'));
  await t.throwsAsync(refusal, { message: 'refused' });
  await clock.advance(200);
  first.resolve(42);
  t.is(await answer, 42);
  await clock.settle();
  t.deepEqual([timer.count, timer.sum, timer.read()], [2, 400, 300]);
  t.is(metrics.snapshot()['ask_ms/min'], 100);
  t.is(metrics.snapshot()['ask_ms/p50'], 200);
});

test('a timer takes a bounded amount of memory, however often it is used', async (t) => {
  const { clock, metrics } = withClock();
  const timer = metrics.timer('often');
  for (let round = 0; round < 5000; round++) {
    timer.start();
    await clock.advance(1);
    timer.stop();
  }
  t.is(timer.count, 5000);
  t.true((timer.statistics()?.count ?? 0) <= 1000);
});

test('metrics that are computed by promises are waited for, and left out when they are late or refused', async (t) => {
  const { clock, metrics } = withClock();
  const never = deferred<number>();
  let asked = 0;
  metrics.gauge('async/ready', () => Promise.resolve(42));
  metrics.gauge('async/failed', () => Promise.reject(new Error('no')));
  metrics.gauge('async/late', () => {
    asked++;
    return never.promise;
  });
  const collected = metrics.collect({ timeoutMs: 2000 });
  let isDone = false;
  void collected.then(() => {
    isDone = true;
  });
  await clock.advance(1999);
  t.false(isDone);
  await clock.advance(1);
  t.true(isDone);
  const snapshot = snapshotOf(await collected);
  t.is(snapshot['async/ready'], 42);
  t.false('async/failed' in snapshot);
  t.false('async/late' in snapshot);
  t.is(metrics.counter('libprocess/metrics_failed').value, 1);
  t.false('async/ready' in metrics.snapshot(), 'what is not known at once is not in a snapshot that is made at once');

  const next = metrics.collect({ timeoutMs: 2000 });
  t.is(asked, 1, 'who has not answered is not asked again');
  never.resolve(7);
  t.is(snapshotOf(await next)['async/late'], 7);
  t.is(clock.timers, 0, 'the timeout is taken back');
  await metrics.collect();
  t.is(asked, 2);
});

test('numbers that JSON has no text for are left out of a snapshot', (t) => {
  const { metrics } = withClock();
  metrics.gauge('a', () => Number.NaN);
  metrics.gauge('b', () => Number.POSITIVE_INFINITY);
  t.deepEqual(
    Object.keys(metrics.snapshot()).filter((name) => name.length === 1),
    [],
  );
});

class Registrar extends Process {
  // Made in the constructor, before the actor has a runtime.
  readonly writes = new Counter('registrar/writes');
  readonly bytes = new PushGauge('registrar/bytes');
  protected override initialize(): void {
    const metrics = this.runtime.metrics.of(this.self);
    metrics.add(this.writes);
    metrics.add(this.bytes);
    metrics.timer('registrar/store');
    metrics.gauge('registrar/size', () => 3);
    metrics.counter('registrar/errors').increment();
    metrics.counter('registrar/errors').increment();
  }
}

test('the metrics of an actor are served while it lives and removed when it ends', async (t) => {
  const { clock, metrics, runtime } = withClock();
  const own = (): string[] => Object.keys(metrics.snapshot()).filter((name) => name.startsWith('registrar/'));
  for (let life = 0; life < 2; life++) {
    const pid = runtime.spawn(new Registrar('registrar'));
    await clock.settle();
    t.deepEqual(own(), ['registrar/bytes', 'registrar/errors', 'registrar/size', 'registrar/writes']);
    t.is(metrics.snapshot()['registrar/errors'], 2);
    t.is(
      codeOf(() => metrics.gauge('registrar/writes', () => 1)),
      'METRIC_NAME_IN_USE',
    );
    runtime.terminate(pid);
    await clock.settle();
    t.deepEqual(own(), []);
    t.is(
      codeOf(() => metrics.of(pid)),
      'PROCESS_TERMINATED',
    );
  }
  await runtime.close();
});

test('an actor cannot take over the metrics of another one, or of the runtime', async (t) => {
  const { clock, metrics, runtime } = withClock();
  const [a, b] = [runtime.spawn(new Registrar('a')), runtime.spawn(new (class extends Process {})('b'))];
  await clock.settle();
  t.is(
    codeOf(() => metrics.of(b).counter('registrar/errors')),
    'METRIC_NAME_IN_USE',
  );
  t.is(
    codeOf(() => metrics.of(b).counter('libprocess/dead_letters')),
    'METRIC_NAME_IN_USE',
  );
  t.is(metrics.counter('registrar/errors').value, 2, 'the runtime may count for it');
  t.true(metrics.remove('registrar/errors'));
  metrics.of(b).counter('registrar/errors');
  runtime.terminate(a);
  await clock.settle();
  t.true('registrar/errors' in metrics.snapshot(), 'it is of another one by now');
  await runtime.close();
});

test('a timer may be made before it is served', async (t) => {
  const { clock, metrics } = withClock();
  const timer = new MetricTimer('early', clock, { unit: 'secs' });
  timer.start();
  await clock.advance(1500);
  timer.stop();
  metrics.add(timer);
  t.is(metrics.snapshot()['early_secs'], 1.5);
});
