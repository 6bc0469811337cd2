import test from 'ava';
import { ExecutorError, executorEnvironment } from '../src/index.ts';

const minimal = {
  MESOS_SLAVE_PID: 'slave(1)@10.0.0.1:5051',
  MESOS_FRAMEWORK_ID: 'f',
  MESOS_EXECUTOR_ID: 'e',
};

test('what the agent tells is read, with the defaults of Mesos', (t) => {
  const environment = executorEnvironment(minimal);
  t.is(environment.agent.toString(), 'slave(1)@10.0.0.1:5051');
  t.like(environment, {
    frameworkId: { value: 'f' },
    executorId: { value: 'e' },
    sandbox: undefined,
    checkpoint: false,
    shutdownGracePeriodMs: 5_000,
    recoveryTimeoutMs: 900_000,
    subscriptionBackoffMaxMs: 2_000,
    ip: '127.0.0.1',
    port: 0,
  });
});

test('durations are written as Mesos writes them, and the sandbox goes before the directory', (t) => {
  const environment = executorEnvironment({
    ...minimal,
    MESOS_DIRECTORY: '/host/sandbox',
    MESOS_SANDBOX: '/mnt/mesos/sandbox',
    MESOS_CHECKPOINT: '1',
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '3secs',
    MESOS_RECOVERY_TIMEOUT: '1.5mins',
    MESOS_SUBSCRIPTION_BACKOFF_MAX: '500ms',
    LIBPROCESS_IP: '10.0.0.1',
    LIBPROCESS_PORT: '31000',
  });
  t.like(environment, {
    sandbox: '/mnt/mesos/sandbox',
    checkpoint: true,
    shutdownGracePeriodMs: 3_000,
    recoveryTimeoutMs: 90_000,
    subscriptionBackoffMaxMs: 500,
    ip: '10.0.0.1',
    port: 31_000,
  });
  t.is(executorEnvironment({ ...minimal, MESOS_DIRECTORY: '/d' }).sandbox, '/d');
});

test('a variable that is missing or malformed is named', (t) => {
  const cases: [string, string | undefined][] = [
    ['MESOS_SLAVE_PID', undefined],
    ['MESOS_SLAVE_PID', 'nonsense'],
    ['MESOS_FRAMEWORK_ID', ''],
    ['MESOS_EXECUTOR_ID', undefined],
    ['MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD', '3'],
    ['MESOS_RECOVERY_TIMEOUT', 'soon'],
    ['MESOS_SUBSCRIPTION_BACKOFF_MAX', ''],
    ['LIBPROCESS_PORT', '65536'],
    ['LIBPROCESS_PORT', '-1'],
  ];
  for (const [name, value] of cases) {
    const error = t.throws(() => executorEnvironment({ ...minimal, [name]: value }), { instanceOf: ExecutorError });
    t.is(error?.code, 'EXECUTOR_ENVIRONMENT_INVALID');
    t.true(error?.message.includes(`'${name}'`), `${name}=${value ?? ''}: ${error?.message ?? ''}`);
  }
});
