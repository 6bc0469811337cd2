import test from 'ava';
import { labelsJson, optionalJson } from '../../src/index.ts';
import { listJson } from '../../src/v0-json/json.ts';

test('a message is shown with the defaults of what is not set, bytes as base64, and nothing when it is not there', (t) => {
  t.deepEqual(optionalJson('mesos.v1.HealthCheck', { type: 'TCP', grace_period_seconds: 1 }), {
    type: 'TCP',
    grace_period_seconds: 1,
    delay_seconds: 15,
    interval_seconds: 10,
    timeout_seconds: 20,
    consecutive_failures: 3,
  });
  t.is(optionalJson('mesos.v1.HealthCheck', undefined), undefined);
});

test('a list of messages that is empty is not shown', (t) => {
  t.deepEqual(listJson('mesos.v1.ContainerID', [{ value: 'c' }]), [{ value: 'c' }]);
  t.is(listJson('mesos.v1.ContainerID', []), undefined);
  t.is(listJson('mesos.v1.ContainerID', undefined), undefined);
});

test('labels are shown as a list, which is empty when they are but absent when they are not there', (t) => {
  t.is(
    JSON.stringify(labelsJson({ labels: [{ key: 'k', value: 'v' }, { key: 'flag' }] })),
    '[{"key":"k","value":"v"},{"key":"flag"}]',
  );
  t.deepEqual(labelsJson({}), []);
  t.is(labelsJson(undefined), undefined);
});
