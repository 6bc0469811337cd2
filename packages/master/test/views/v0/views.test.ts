import test from 'ava';
import { approversBy, type Action, type AuthorizationObject, type Authorizer } from '@mesos-ts/daemon';
import { commandTask, TestCluster } from '../../../src/testing/index.ts';
import { must } from '../../must.ts';

type Rule = (action: Action, object: AuthorizationObject | undefined) => boolean;

/** A cluster in which everybody may do what the rule says: two frameworks, one of them with a task. */
async function clusterWith(rule: Rule): Promise<TestCluster> {
  const authorizer: Authorizer = { approvers: () => approversBy(rule) };
  const cluster = await TestCluster.start({ authorizer });
  await cluster.agent({ resources: 'cpus:4;mem:64;cpus(eng):1;cpus(ops):2' });
  const { actor } = await cluster.scheduler({ info: { name: 'one', roles: ['eng'], principal: 'ann' } });
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0', 'cpus:0.1;mem:32')], 3600);
  await cluster.clock.settle();
  await cluster.scheduler({ info: { name: 'two', roles: ['ops'], principal: 'ben' } });
  return cluster;
}

function denied(...actions: Action[]): Rule {
  return (action) => !actions.includes(action);
}

interface Shown {
  readonly frameworks: { readonly id: string; readonly tasks: unknown[] }[];
  readonly slaves: Record<string, unknown>[];
  readonly tasks: unknown[];
  readonly roles: { readonly name: string }[];
}

async function shown(cluster: TestCluster, path: string): Promise<Shown> {
  return (await cluster.get(path)) as Shown;
}

test('frameworks that somebody may not see are in no view, nor are their tasks', async (t) => {
  await using cluster = await clusterWith(
    (action, object) => action !== 'VIEW_FRAMEWORK' || object?.framework_info?.principal === 'ben',
  );
  for (const path of ['/state', '/frameworks', '/state-summary']) {
    t.deepEqual(
      (await shown(cluster, path)).frameworks.map(({ id }) => id),
      ['M-0001'],
      path,
    );
  }
  t.deepEqual((await shown(cluster, '/tasks')).tasks, []);
  // The summary counts all tasks of an agent.
  t.like((await shown(cluster, '/state-summary')).slaves[0], { TASK_STAGING: 1, framework_ids: ['M-0000'] });
});

test('tasks that somebody may not see are left out of their frameworks and of /tasks', async (t) => {
  await using cluster = await clusterWith(denied('VIEW_TASK'));
  const { frameworks } = await shown(cluster, '/state');
  t.deepEqual(
    frameworks.map(({ tasks }) => tasks),
    [[], []],
  );
  t.deepEqual((await shown(cluster, '/tasks')).tasks, []);
});

test('roles that somebody may not see are not listed, and what is reserved for them only in sums', async (t) => {
  await using cluster = await clusterWith((action, object) => action !== 'VIEW_ROLE' || object?.value !== 'eng');
  t.deepEqual(
    (await shown(cluster, '/roles')).roles.map(({ name }) => name),
    ['ops'],
  );
  const [agent] = (await shown(cluster, '/slaves')).slaves;
  t.like(agent, {
    resources: { cpus: 7, gpus: 0, mem: 64, disk: 0 },
    reserved_resources: { ops: { cpus: 2, gpus: 0, mem: 0, disk: 0 } },
  });
  t.deepEqual(Object.keys(must(agent)['reserved_resources_full'] as object), ['ops']);
  // It was allocated to the role.
  t.deepEqual(must(agent)['used_resources_full'], []);
});

test('who may not see flags gets 403 of /flags and a /state without them', async (t) => {
  await using cluster = await clusterWith(denied('VIEW_FLAGS'));
  const answer = await cluster.runtime.inject({ url: '/flags' });
  t.is(answer.status, 403);
  t.is(answer.body.toString(), '403 Forbidden.');
  const state = (await cluster.get('/state')) as object;
  t.false('flags' in state);
  t.false('cluster' in state);
  t.is((await cluster.runtime.inject({ url: '/flags', method: 'POST' })).status, 405);
});
