import { approversBy, type Authorizer } from '@mesos-ts/daemon';
import { BasicAuthenticator } from '@mesos-ts/libprocess';
import test from 'ava';
import { schedulerRealm } from '../../src/constants.ts';
import { TestCluster } from '../../src/testing/index.ts';
import type { FrameworkInfo } from '@mesos-ts/protocol';

const credentials = { ann: 'secret', ben: 'secret' };

/** A cluster whose schedulers have to say who they are. */
async function guarded(authorizer?: Authorizer): Promise<TestCluster> {
  const cluster = await TestCluster.start(authorizer === undefined ? {} : { authorizer });
  cluster.runtime.http.setAuthenticator(schedulerRealm, new BasicAuthenticator(schedulerRealm, credentials));
  return cluster;
}

function as(user: keyof typeof credentials): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:secret`).toString('base64')}` };
}

test('a scheduler that does not say who it is is challenged', async (t) => {
  await using cluster = await guarded();
  const scheduler = await cluster.httpScheduler();
  t.is(scheduler.streamId, '');
  const { headers, status } = await cluster.runtime.inject({ method: 'POST', url: '/master/api/v1/scheduler/' });
  t.is(status, 401);
  t.regex(headers['www-authenticate'] ?? '', /Basic realm="mesos-master-scheduler"/);
});

test('the principal of a framework is that of its scheduler, which need not repeat it but may not tell another', async (t) => {
  await using cluster = await guarded();
  await cluster.httpScheduler({ headers: as('ann') });
  t.like(await cluster.get('/frameworks'), { frameworks: [{ principal: 'ann' }] });
  await cluster.httpScheduler({ headers: as('ann'), info: { principal: 'ann' } });
  for (const principal of ['ben', '']) {
    const scheduler = await cluster.httpScheduler({ headers: as('ann') });
    const framework_info = { ...scheduler.info, principal };
    t.deepEqual(await scheduler.subscribe({ framework_info }), {
      status: 400,
      text:
        "Failed to validate scheduler::Call: Authenticated principal 'ann' does not match principal " +
        `'${principal}' set in \`FrameworkInfo\``,
    });
  }
});

test('calls of somebody else are refused, whatever stream they name', async (t) => {
  await using cluster = await guarded();
  const scheduler = await cluster.httpScheduler({ headers: as('ann') });
  t.is((await scheduler.call({ type: 'SUPPRESS' })).status, 202);
  t.deepEqual(await scheduler.call({ type: 'TEARDOWN' }, as('ben')), {
    status: 400,
    text: "Authenticated principal 'ben' does not match principal 'ann' set in `FrameworkInfo`",
  });
  const update_framework = { framework_info: { ...scheduler.info, principal: 'ben' } };
  t.deepEqual(await scheduler.call({ type: 'UPDATE_FRAMEWORK', update_framework }), {
    status: 400,
    text: "FrameworkInfo update is not valid: Changing framework's principal is not allowed.",
  });
});

test('who may not be in a role hears so: an ERROR event for SUBSCRIBE, 403 for UPDATE_FRAMEWORK', async (t) => {
  const authorizer: Authorizer = {
    approvers: (principal) =>
      approversBy(
        (action, object) =>
          action !== 'REGISTER_FRAMEWORK' ||
          principal?.value === 'ann' ||
          object?.framework_info?.roles?.includes('ops') === false,
      ),
  };
  await using cluster = await guarded(authorizer);
  const refused = await cluster.httpScheduler({ headers: as('ben'), info: { roles: ['web', 'ops'] } });
  t.deepEqual(
    refused.events.map((event) => event.error?.message),
    ['Not authorized to register framework  with roles { ops, web }'],
  );
  t.true(refused.hasEnded);
  const ann = await cluster.httpScheduler({ headers: as('ann'), info: { roles: ['web', 'ops'] } });
  t.is(ann.of('SUBSCRIBED').length, 1);
  const ben = await cluster.httpScheduler({ headers: as('ben'), info: { roles: ['web'], principal: 'ben' } });
  const framework_info: FrameworkInfo = { ...ben.info, roles: ['web', 'ops'] };
  t.deepEqual(await ben.call({ type: 'UPDATE_FRAMEWORK', update_framework: { framework_info } }), {
    status: 403,
    text: `Not authorized to register framework ${ben.frameworkId} with roles { ops, web }`,
  });
  t.deepEqual(ben.info.roles, ['web'], 'and nothing has changed');
});
