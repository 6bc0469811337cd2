import test from 'ava';
import { CheckNews, Health } from '../../src/checks/results.ts';
import type { ProbeOutcome } from '../../src/checks/probe.ts';

const exit = (exit_code: number): ProbeOutcome => ({ status: { type: 'COMMAND', command: { exit_code } } });
const http = (status_code: number): ProbeOutcome => ({ status: { type: 'HTTP', http: { status_code } } });
const tcp = (succeeded: boolean): ProbeOutcome => ({ status: { type: 'TCP', tcp: { succeeded } } });
const failure: ProbeOutcome = { failure: 'Timed out' };

const policy = { consecutiveFailures: 3, gracePeriodMs: 0 };

/** Verdicts in short: + healthy, - unhealthy, x unhealthy and to be killed, g within the grace period, . nothing new. */
function judged(health: Health, outcomes: readonly ProbeOutcome[], nowMs = 0): string {
  const marks = outcomes.map((outcome) => {
    const verdict = health.judge(outcome, nowMs);
    if (verdict.type !== 'told') return verdict.type === 'ignored' ? 'g' : '.';
    if (verdict.healthy) return '+';
    return verdict.kill ? 'x' : '-';
  });
  return marks.join('');
}

test('a check tells what has changed, and nothing else', (t) => {
  const news = new CheckNews('COMMAND');
  t.is(news.take(failure), undefined);
  t.deepEqual(news.take(exit(3)), { type: 'COMMAND', command: { exit_code: 3 } });
  t.is(news.take(exit(3)), undefined);
  t.deepEqual(news.take(exit(0)), { type: 'COMMAND', command: { exit_code: 0 } });
});

test('a check that has no result any more tells an empty one, once', (t) => {
  for (const [type, result] of [
    ['COMMAND', exit(0)],
    ['HTTP', http(200)],
    ['TCP', tcp(false)],
  ] as const) {
    const news = new CheckNews(type);
    t.truthy(news.take(result));
    t.deepEqual(news.take(failure), { type, [type.toLowerCase()]: {} });
    t.is(news.take(failure), undefined);
    t.truthy(news.take(result));
  }
});

test('the first success is told, every failure, and the first success after failures', (t) => {
  t.is(judged(new Health(policy, 0), [exit(0), exit(0), exit(1), exit(1), exit(0), exit(0)]), '+.--+.');
});

test('so many failures in a row end the task, a success between them begins the count anew', (t) => {
  t.is(judged(new Health(policy, 0), [exit(1), exit(1), exit(1)]), '--x');
  t.is(judged(new Health(policy, 0), [exit(1), exit(1), exit(0), exit(1), exit(1), exit(1)]), '--+--x');
  t.is(judged(new Health({ ...policy, consecutiveFailures: 0 }, 0), [exit(1)]), 'x');
});

test('failures in the grace period are ignored, and not counted, until the first success', (t) => {
  const health = new Health({ consecutiveFailures: 2, gracePeriodMs: 1_000 }, 5_000);
  t.is(judged(health, [failure, exit(1)], 6_000), 'gg');
  t.is(judged(health, [exit(1)], 6_001), '-');
  const early = new Health({ consecutiveFailures: 2, gracePeriodMs: 1_000 }, 5_000);
  t.is(judged(early, [exit(1), exit(0), exit(1)], 5_001), 'g+-');
});

test('healthy are exit status 0, HTTP from 200 to 399, and a connection', (t) => {
  for (const [healthy, outcomes] of [
    ['+', [exit(0), http(200), http(204), http(302), http(399), tcp(true)]],
    ['-', [exit(1), exit(127), http(199), http(400), http(404), http(500), tcp(false), failure]],
  ] as const) {
    for (const outcome of outcomes) t.is(judged(new Health(policy, 0), [outcome]), healthy, JSON.stringify(outcome));
  }
});
