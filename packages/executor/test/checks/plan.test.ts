import test from 'ava';
import { planOfCheck, planOfHealthCheck, policyOf } from '../../src/checks/plan.ts';

function url(plan: ReturnType<typeof planOfCheck>): unknown {
  return plan.value?.target.type === 'HTTP' ? plan.value.target.url : plan;
}

test("what a check leaves out has Mesos's defaults", (t) => {
  t.deepEqual(planOfCheck({ type: 'TCP', tcp: { port: 80 } }).value, {
    name: 'TCP check',
    target: { type: 'TCP', host: '127.0.0.1', port: 80 },
    delayMs: 15_000,
    intervalMs: 10_000,
    timeoutMs: 20_000,
  });
  t.deepEqual(policyOf({ type: 'TCP' }), { consecutiveFailures: 3, gracePeriodMs: 10_000 });
});

test('zero is none, but a timeout of zero is no timeout; what is no number is none', (t) => {
  const zero = { delay_seconds: 0, interval_seconds: 0, timeout_seconds: 0 };
  const nan = { delay_seconds: Number.NaN, interval_seconds: Number.NaN, timeout_seconds: Number.NaN };
  for (const times of [zero, nan]) {
    t.like(planOfHealthCheck({ type: 'TCP', tcp: { port: 1 }, ...times }).value, {
      delayMs: 0,
      intervalMs: 0,
      timeoutMs: Number.POSITIVE_INFINITY,
    });
  }
  const policy = { type: 'TCP', grace_period_seconds: 0, consecutive_failures: 0 } as const;
  t.deepEqual(policyOf(policy), { consecutiveFailures: 0, gracePeriodMs: 0 });
});

test('HTTP asks the loopback interface: IPv4 by http, unless a health check says otherwise', (t) => {
  t.is(url(planOfCheck({ type: 'HTTP', http: { port: 8080 } })), 'http://127.0.0.1:8080');
  t.is(url(planOfCheck({ type: 'HTTP', http: { port: 8080, path: '/a?b=c' } })), 'http://127.0.0.1:8080/a?b=c');
  const http = { port: 8443, path: '/', scheme: 'https', protocol: 'IPv6' } as const;
  t.is(url(planOfHealthCheck({ type: 'HTTP', http })), 'https://[::1]:8443/');
});

test('a TCP health check may be of IPv6', (t) => {
  const plan = planOfHealthCheck({ type: 'TCP', tcp: { port: 1, protocol: 'IPv6' } });
  t.deepEqual(plan.value?.target, { type: 'TCP', host: '::1', port: 1 });
});

test('a check that does not say what to check is none', (t) => {
  for (const plan of [
    planOfCheck({}),
    planOfCheck({ type: 'UNKNOWN' }),
    planOfCheck({ type: 'HTTP', tcp: { port: 1 } }),
    planOfCheck({ type: 'COMMAND', command: { command: { shell: false } } }),
    planOfHealthCheck({ type: 'TCP', http: { port: 1 } }),
    planOfHealthCheck({ type: 'COMMAND', command: {} }),
  ]) {
    t.regex(plan.error ?? '', /does not say what to check$/);
  }
});
