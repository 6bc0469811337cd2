import test from 'ava';
import { createTask, withoutSecretValues } from '../src/index.ts';
import type { ContainerInfo, ExecutorInfo, Secret } from '../src/index.ts';

const value: Secret = { type: 'VALUE', value: { data: Buffer.from('sesame') } };
const reference: Secret = { type: 'REFERENCE', reference: { name: 'db', key: 'password' } };
const command = {
  value: 'run',
  environment: {
    variables: [
      { name: 'PLAIN', value: 'x' },
      { name: 'PASSWORD', type: 'SECRET' as const, secret: value },
      { name: 'STORED', type: 'SECRET' as const, secret: reference },
    ],
  },
};
const shownCommand = {
  value: 'run',
  environment: {
    variables: [
      { name: 'PLAIN', value: 'x' },
      { name: 'PASSWORD', type: 'SECRET', secret: { type: 'VALUE' } },
      { name: 'STORED', type: 'SECRET', secret: reference },
    ],
  },
};
const image = {
  type: 'DOCKER',
  docker: { name: 'i', config: value, credential: { principal: 'p', secret: 's' } },
} as const;

test('of secrets in environments, volumes and images the type and the reference are told, and no value', (t) => {
  const container: ContainerInfo = {
    type: 'MESOS',
    mesos: { image },
    volumes: [
      { container_path: '/s', mode: 'RO', source: { type: 'SECRET', secret: value } },
      {
        container_path: '/c',
        mode: 'RO',
        source: {
          type: 'CSI_VOLUME',
          csi_volume: {
            plugin_name: 'p',
            static_provisioning: {
              volume_id: 'v',
              volume_capability: { mount: {}, access_mode: { mode: 'SINGLE_NODE_WRITER' } },
              node_stage_secrets: { a: value },
              node_publish_secrets: { b: reference },
            },
          },
        },
      },
    ],
  };
  const executor: ExecutorInfo = { executor_id: { value: 'e' }, command, container, data: Uint8Array.of(1) };
  const shown = withoutSecretValues(executor);
  t.deepEqual(shown.command, shownCommand as typeof command);
  t.deepEqual(shown.container?.mesos?.image?.docker, {
    name: 'i',
    config: { type: 'VALUE' },
    credential: { principal: 'p' },
  });
  t.deepEqual(shown.container?.volumes?.[0]?.source, { type: 'SECRET', secret: { type: 'VALUE' } });
  const provisioning = shown.container?.volumes?.[1]?.source?.csi_volume?.static_provisioning;
  t.like(provisioning, {
    volume_id: 'v',
    node_stage_secrets: { a: { type: 'VALUE' } },
    node_publish_secrets: { b: reference },
  });
  t.is(shown.data, executor.data);
  t.false(JSON.stringify(shown).includes(JSON.stringify(value.value)));
});

test('what has no secret is the same object', (t) => {
  const executor = {
    executor_id: { value: 'e' },
    command: { value: 'x', uris: [{ value: 'u' }] },
    data: Uint8Array.of(1),
  };
  t.is(withoutSecretValues(executor), executor);
});

test('the record of a task has no values of secrets', (t) => {
  const task = createTask(
    {
      name: 't',
      task_id: { value: 't' },
      agent_id: { value: 'a' },
      container: { type: 'MESOS', mesos: { image } },
      health_check: { type: 'COMMAND', command },
    },
    'TASK_STAGING',
    { value: 'f' },
  );
  t.deepEqual(task.health_check?.command, shownCommand as typeof command);
  t.deepEqual(task.container?.mesos?.image?.docker?.config, { type: 'VALUE' });
});
