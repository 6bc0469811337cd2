import test from 'ava';
import { LocalAuthorizer } from '../../../src/authorization/local/local-authorizer.ts';
import { parseAcls } from '../../../src/authorization/local/acls.ts';
import { aclOf, aclTable, type AclName } from '../../../src/authorization/local/acl-table.ts';
import type { Principal } from '@mesos-ts/libprocess';
import type { CommandInfo, FrameworkInfo, Resource, Task, TaskInfo } from '@mesos-ts/protocol';
import type { Action, AuthorizationObject, Approvers } from '../../../src/index.ts';

function approvers(acls: unknown, principal?: Principal): Approvers {
  const { error, value } = parseAcls(acls);
  if (value === undefined) throw new Error(error);
  return new LocalAuthorizer(value).approvers(principal);
}

/** Whether ann may do something where she is only allowed to do it to one named object. */
function allowed(name: AclName, value: string, action: Action, object?: AuthorizationObject): boolean {
  const { objects } = aclTable[name];
  const acls = {
    permissive: false,
    [name]: [{ principals: { values: ['ann'] }, [objects]: { values: [value] } }],
  };
  // Each test says which object an action has.
  const approves = approvers(acls, { value: 'ann' }).approves as (
    action: Action,
    object?: AuthorizationObject,
  ) => boolean;
  return approves(action, object);
}

const framework: FrameworkInfo = { user: 'fred', name: 'f', principal: 'prin', role: 'eng' };
const byUser: CommandInfo = { user: 'ursula', value: 'true' };
const executor = { executor_id: { value: 'e' }, command: byUser };
const anonymous = { executor_id: { value: 'e' }, command: { value: 'true' } };
const taskInfo: TaskInfo = { name: 't', task_id: { value: 't' }, agent_id: { value: 'a' } };
const cpu: Resource = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };

function run(task: TaskInfo, user: string): boolean {
  return allowed('run_tasks', user, 'RUN_TASK', { framework_info: framework, task_info: task });
}

function view(user: string, object: AuthorizationObject): boolean {
  return allowed('view_tasks', user, 'VIEW_TASK', { framework_info: framework, ...object });
}

function forAnn(users: readonly string[]): unknown {
  return [{ principals: { values: ['ann'] }, users: { values: users } }];
}

test('tasks are judged by the user that they run as: their own, their executor’s, or the framework’s', (t) => {
  t.true(run({ ...taskInfo, command: byUser }, 'ursula'));
  t.true(run({ ...taskInfo, executor }, 'ursula'));
  t.true(run({ ...taskInfo, executor: anonymous }, 'fred'));
  t.true(run({ ...taskInfo, command: { value: 'true' } }, 'fred'));
  t.false(run({ ...taskInfo, command: byUser }, 'fred'));
  const task: Task = {
    ...taskInfo,
    framework_id: { value: 'f' },
    state: 'TASK_RUNNING',
    resources: [],
    user: 'ursula',
  };
  t.true(view('ursula', { task }));
  t.true(view('fred', { task: { ...task, user: undefined } }));
  t.true(view('ursula', { task_info: { ...taskInfo, executor } }));
});

test('a framework is judged by all its roles, its principal or its user', (t) => {
  const register = (value: string, info: FrameworkInfo): boolean =>
    allowed('register_frameworks', value, 'REGISTER_FRAMEWORK', { framework_info: info });
  t.true(register('eng', framework));
  t.true(register('*', { user: 'fred', name: 'f' }));
  const capabilities = [{ type: 'MULTI_ROLE' as const }];
  t.true(register('eng/%', { ...framework, capabilities, roles: ['eng/a', 'eng/b'] }));
  t.false(register('eng/%', { ...framework, capabilities, roles: ['eng/a', 'eng'] }));
  // Without a role there is nothing to judge.
  t.false(register('eng', { ...framework, capabilities, roles: [] }));
  t.true(approvers({}).approves('REGISTER_FRAMEWORK', { framework_info: { ...framework, capabilities, roles: [] } }));
  t.true(allowed('teardown_frameworks', 'prin', 'TEARDOWN_FRAMEWORK', { framework_info: framework }));
  t.true(allowed('teardown_frameworks', '', 'TEARDOWN_FRAMEWORK', { framework_info: { user: 'fred', name: 'f' } }));
  t.true(allowed('view_frameworks', 'fred', 'VIEW_FRAMEWORK', { framework_info: framework }));
});

test('resources are judged by the role of their last reservation, or by who has made it', (t) => {
  const refined: Resource = {
    ...cpu,
    reservations: [
      { role: 'eng', principal: 'x', type: 'STATIC' },
      { role: 'eng/a', principal: 'res', type: 'DYNAMIC' },
    ],
  };
  const volume: Resource = { ...refined, disk: { persistence: { id: 'v', principal: 'maker' } } };
  const byRole: readonly Action[] = [
    'RESERVE_RESOURCES',
    'CREATE_VOLUME',
    'RESIZE_VOLUME',
    'CREATE_BLOCK_DISK',
    'DESTROY_BLOCK_DISK',
    'CREATE_MOUNT_DISK',
    'DESTROY_MOUNT_DISK',
    'DESTROY_RAW_DISK',
  ];
  for (const action of byRole) {
    t.true(allowed(aclOf[action], 'eng/%', action, { resource: refined }));
    t.true(allowed(aclOf[action], '*', action, { resource: cpu }));
    t.true(allowed(aclOf[action], 'old', action, { resource: { ...cpu, role: 'old' } }));
    t.false(allowed(aclOf[action], 'eng', action, { resource: refined }));
    t.false(allowed(aclOf[action], 'eng', action));
  }
  t.true(allowed('unreserve_resources', 'res', 'UNRESERVE_RESOURCES', { resource: refined }));
  t.true(allowed('unreserve_resources', '', 'UNRESERVE_RESOURCES', { resource: cpu }));
  t.true(
    allowed('unreserve_resources', 'p', 'UNRESERVE_RESOURCES', {
      resource: { ...cpu, reservation: { principal: 'p' } },
    }),
  );
  t.true(allowed('destroy_volumes', 'maker', 'DESTROY_VOLUME', { resource: volume }));
  t.true(allowed('destroy_volumes', '', 'DESTROY_VOLUME', { resource: refined }));
});

test('roles, weights, quota and paths are judged by their names', (t) => {
  t.true(allowed('view_roles', 'eng/%', 'VIEW_ROLE', { value: 'eng/a' }));
  t.true(allowed('get_quotas', 'eng', 'GET_QUOTA', { value: 'eng' }));
  t.true(allowed('update_quotas', 'eng', 'UPDATE_QUOTA', { value: 'eng' }));
  t.true(allowed('update_weights', 'eng', 'UPDATE_WEIGHT', { weight_info: { role: 'eng', weight: 2 } }));
  t.true(allowed('get_endpoints', '/files/debug', 'GET_ENDPOINT_WITH_PATH', { value: '/files/debug' }));
  t.false(allowed('get_endpoints', '/files/debug', 'GET_ENDPOINT_WITH_PATH', { value: '/containers' }));
});

test('containers and sandboxes are judged by the user of their executor', (t) => {
  const byExecutor: readonly Action[] = [
    'VIEW_EXECUTOR',
    'ACCESS_SANDBOX',
    'VIEW_CONTAINER',
    'KILL_NESTED_CONTAINER',
    'WAIT_NESTED_CONTAINER',
    'REMOVE_NESTED_CONTAINER',
    'ATTACH_CONTAINER_INPUT',
    'ATTACH_CONTAINER_OUTPUT',
    'LAUNCH_NESTED_CONTAINER',
    'LAUNCH_NESTED_CONTAINER_SESSION',
  ];
  const container_id = { value: 'c' };
  for (const action of byExecutor) {
    const name = aclOf[action];
    t.true(allowed(name, 'ursula', action, { framework_info: framework, executor_info: executor, container_id }));
    t.true(allowed(name, 'fred', action, { framework_info: framework, executor_info: anonymous, container_id }));
    t.false(allowed(name, 'fred', action, { framework_info: framework, executor_info: executor, container_id }));
  }
  t.true(allowed('kill_nested_containers', 'c', 'KILL_NESTED_CONTAINER', { container_id }));
});

/** Whether ann, who may launch below what runs as ursula, may launch a command if she may do so as these users. */
function launchesAs(users: readonly string[], command_info?: CommandInfo): boolean {
  const acls = {
    permissive: false,
    launch_nested_containers_under_parent_with_user: forAnn(['ursula']),
    launch_nested_containers_as_user: forAnn(users),
  };
  return approvers(acls, { value: 'ann' }).approves('LAUNCH_NESTED_CONTAINER', {
    framework_info: framework,
    executor_info: executor,
    container_id: { value: 'c', parent: { value: 'p' } },
    command_info,
  });
}

test('what is launched in a container is judged by its own user too, by any where it names none', (t) => {
  t.true(launchesAs(['root'], { user: 'root' }));
  t.false(launchesAs(['ben'], { user: 'root' }));
  t.false(launchesAs(['root'], {}));
  t.true(launchesAs([]));
});

test('an executor’s token allows what is below its own container and nothing else', (t) => {
  const claims = { fid: 'f', eid: 'e', cid: 'root' };
  const { approves } = approvers({ permissive: true }, { claims });
  const nested = { value: 'n', parent: { value: 'm', parent: { value: 'root' } } };
  const object = { framework_info: framework, executor_info: executor };
  t.true(approves('LAUNCH_NESTED_CONTAINER', { ...object, container_id: nested }));
  t.true(approves('ATTACH_CONTAINER_OUTPUT', { ...object, container_id: nested }));
  t.false(approves('LAUNCH_NESTED_CONTAINER', { ...object, container_id: { value: 'n', parent: { value: 'other' } } }));
  t.false(approves('ATTACH_CONTAINER_INPUT', { ...object, container_id: nested }));
  t.false(approves('VIEW_FLAGS'));
  t.false(approvers({}, { claims: {} }).approves('WAIT_NESTED_CONTAINER', { ...object, container_id: nested }));
  const provider = approvers({}, { claims: { cid_prefix: 'csi-' } });
  t.true(provider.approves('LAUNCH_STANDALONE_CONTAINER', { container_id: { value: 'csi-1' } }));
  t.false(provider.approves('LAUNCH_STANDALONE_CONTAINER', { container_id: { value: 'x' } }));
});

test('actions on nothing in particular go by ANY and NONE', (t) => {
  for (const [action, name] of Object.entries(aclOf)) {
    const { kind, objects } = aclTable[name];
    if (kind !== 'all-or-none') continue;
    const acls = {
      permissive: true,
      [name]: [
        { principals: { values: ['ann'] }, [objects]: { type: 'ANY' } },
        { principals: { type: 'ANY' }, [objects]: { type: 'NONE' } },
      ],
    };
    const approves = (value: string): boolean =>
      (approvers(acls, { value }).approves as (action: Action) => boolean)(action as Action);
    t.true(approves('ann'), action);
    t.false(approves('ben'), action);
  }
});

test('what is prepared for one principal is not shown to another, however many come', (t) => {
  const { value } = parseAcls({
    permissive: false,
    view_flags: [{ principals: { values: ['p1'] }, flags: { type: 'ANY' } }],
  });
  if (value === undefined) throw new Error('no ACLs');
  const authorizer = new LocalAuthorizer(value);
  const whoMay = Array.from({ length: 3000 }, (_, index) => authorizer.approvers({ value: `p${index}` }))
    .map(({ approves }, index) => (approves('VIEW_FLAGS') ? index : -1))
    .filter((index) => index >= 0);
  t.deepEqual(whoMay, [1]);
  t.false(authorizer.approvers(undefined).approves('VIEW_FLAGS'));
  t.true(authorizer.approvers({ value: 'p1' }).approves('VIEW_FLAGS'));
});
