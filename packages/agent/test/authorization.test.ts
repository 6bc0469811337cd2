import test from 'ava';
import { startCluster, type Cluster } from './support/cluster.ts';
import { customExecutor } from './support/executor-info.ts';
import type { AgentCall } from '@mesos-ts/protocol';

const any = { type: 'ANY' };
const none = { type: 'NONE' };

async function status(cluster: Cluster, call: AgentCall): Promise<number> {
  const { runtime } = cluster.agent;
  const headers = { 'content-type': 'application/json' };
  return (await runtime.inject({ method: 'POST', url: '/api/v1', headers, body: JSON.stringify(call) })).status;
}

test('the agent asks its own rules, too, who may run tasks as whom', async (t) => {
  const acls = {
    run_tasks: [
      { principals: any, users: { values: ['ann'] } },
      { principals: any, users: none },
    ],
  };
  await using cluster = await startCluster({ flags: { acls, switch_user: false } });
  await cluster.run('good', { command: { value: 'true', user: 'ann' } });
  await cluster.run('bad', { command: { value: 'true', user: 'root' } });
  t.deepEqual(cluster.master.states('good'), ['TASK_RUNNING']);
  t.deepEqual(cluster.master.states('bad'), ['TASK_ERROR']);
  t.like(cluster.master.updates.at(-1)?.status, { reason: 'REASON_TASK_UNAUTHORIZED', source: 'SOURCE_AGENT' });
});

test('sandboxes are shown to those who may see what runs as their executor’s user, even after its end', async (t) => {
  const acls = {
    access_sandboxes: [
      { principals: any, users: { values: ['ann'] } },
      { principals: any, users: none },
    ],
  };
  await using cluster = await startCluster({ flags: { acls, switch_user: false } });
  await cluster.run('mine', { command: { value: 'true', user: 'ann' } });
  await cluster.run('theirs', { command: { value: 'true', user: 'root' } });
  const browse = async (executor: string): Promise<number> => {
    const path = `/frameworks/framework/executors/${executor}/runs/latest`;
    return (await cluster.agent.runtime.inject({ url: `/files/browse?path=${path}` })).status;
  };
  // There is nothing on the disk of this agent.
  t.is(await browse('mine'), 404);
  t.is(await browse('theirs'), 403);
  cluster.master.send('mesos.internal.ShutdownFrameworkMessage', { framework_id: { value: 'framework' } });
  await cluster.clock.advance(60_000);
  t.is(await browse('theirs'), 403);
});

test('who may not use containers is told so, though the calls come later', async (t) => {
  const acls = {
    kill_nested_containers: [{ principals: any, users: none }],
    kill_standalone_containers: [{ principals: any, users: none }],
    modify_resource_provider_configs: [{ principals: any, resource_providers: none }],
  };
  await using cluster = await startCluster({ flags: { acls } });
  await cluster.run('task', { executor: customExecutor() });
  const [value = ''] = await cluster.agent.containerizer.containers();
  const container_id = { value: 'n', parent: { value } };
  t.is(await status(cluster, { type: 'KILL_NESTED_CONTAINER', kill_nested_container: { container_id } }), 403);
  t.is(await status(cluster, { type: 'WAIT_NESTED_CONTAINER', wait_nested_container: { container_id } }), 501);
  t.is(await status(cluster, { type: 'KILL_CONTAINER', kill_container: { container_id: { value: 's' } } }), 403);
  t.is(await status(cluster, { type: 'WAIT_CONTAINER', wait_container: { container_id: { value: 's' } } }), 501);
  const info = { type: 't', name: 'n' };
  t.is(await status(cluster, { type: 'REMOVE_RESOURCE_PROVIDER_CONFIG', remove_resource_provider_config: info }), 403);
});
