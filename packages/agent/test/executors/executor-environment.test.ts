import { PID } from '@mesos-ts/libprocess';
import test from 'ava';
import { executorEnvironment, shutdownGracePeriodMs } from '../../src/executors/executor-environment.ts';

const options = {
  executorInfo: { executor_id: { value: 'E' } },
  frameworkId: 'F',
  agentId: 'S0',
  agentPid: new PID('slave(1)', '10.0.0.2:5051'),
  ip: '10.0.0.2',
  directory: '/sandbox',
  isCheckpointing: false,
  shutdownGracePeriodMs: 3000,
  recoveryTimeoutMs: 900_000,
  subscriptionBackoffMaxMs: 2000,
  variables: {},
};

test('an executor finds in its environment what it needs to reach the agent, and nothing of the agent', (t) => {
  t.deepEqual(executorEnvironment(options), {
    LIBPROCESS_IP: '10.0.0.2',
    LIBPROCESS_PORT: '0',
    MESOS_AGENT_ENDPOINT: '10.0.0.2:5051',
    MESOS_CHECKPOINT: '0',
    MESOS_DIRECTORY: '/sandbox',
    MESOS_EXECUTOR_ID: 'E',
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '3secs',
    MESOS_FRAMEWORK_ID: 'F',
    MESOS_HTTP_COMMAND_EXECUTOR: '0',
    MESOS_RECOVERY_TIMEOUT: '15mins',
    MESOS_SANDBOX: '/sandbox',
    MESOS_SLAVE_ID: 'S0',
    MESOS_SLAVE_PID: 'slave(1)@10.0.0.2:5051',
    MESOS_SUBSCRIPTION_BACKOFF_MAX: '2secs',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  });
});

test('an executor finds its token in its environment, if it has one', (t) => {
  t.is(executorEnvironment({ ...options, token: 'x' })['MESOS_EXECUTOR_AUTHENTICATION_TOKEN'], 'x');
});

test("the operator's variables win over the usual path, not over what the agent must say", (t) => {
  const environment = executorEnvironment({ ...options, variables: { PATH: '/p', MORE: '1', LIBPROCESS_PORT: '9' } });
  t.like(environment, { PATH: '/p', MORE: '1', LIBPROCESS_PORT: '0' });
});

test("an executor's own grace period wins over the agent's", (t) => {
  t.is(shutdownGracePeriodMs({ executor_id: { value: 'E' } }, 5000), 5000);
  t.is(shutdownGracePeriodMs({ executor_id: { value: 'E' }, shutdown_grace_period: { nanoseconds: 1e9 } }, 5000), 1000);
});
