import test from 'ava';
import { approveAll, approversBy, type Approvers } from '@mesos-ts/daemon';
import { PID } from '@mesos-ts/libprocess';
import { createTask, decode, encode, parseResources, Resources, toJson, type Resource } from '@mesos-ts/protocol';
import { agentRecord } from '../../../src/state/agent.ts';
import { Cluster } from '../../../src/state/cluster.ts';
import { frameworkRecord, type FrameworkRecord } from '../../../src/state/framework.ts';
import { commandTask } from '../../../src/testing/index.ts';
import { agentsView } from '../../../src/views/v1/agents.ts';
import { frameworkInEvent, frameworksView } from '../../../src/views/v1/frameworks.ts';
import { rolesView, weightsView } from '../../../src/views/v1/roles.ts';
import { stateView } from '../../../src/views/v1/state.ts';
import { executorsView, tasksView } from '../../../src/views/v1/tasks.ts';
import { must } from '../../must.ts';

const limits = { completedTasksMax: 10, unreachableTasksMax: 10 };

function list(text: string, role?: string): Resource[] {
  const parsed = parseResources(text);
  if (parsed.error !== undefined) throw new TypeError(parsed.error);
  return parsed.value.toArray().map((it) => (role === undefined ? it : { ...it, allocation_info: { role } }));
}

function addFramework(cluster: Cluster, id: string, role: string): FrameworkRecord {
  const info = { user: 'nobody', name: `name-${id}`, roles: [role], capabilities: [{ type: 'MULTI_ROLE' as const }] };
  const framework = frameworkRecord(id, info, 5000, limits);
  cluster.addFramework(framework);
  return framework;
}

/** An agent with cpus of which some are reserved for `eng`, and two frameworks in roles `eng/web` and `ads` that use it. */
function example(): Cluster {
  const cluster = new Cluster({ id: 'M', ip: 0, port: 5050 }, { completedFrameworksMax: 10 });
  const agent = agentRecord({
    id: 'S',
    incarnation: 0,
    pid: new PID('slave(1)', '10.0.0.2:5051'),
    info: { hostname: 'h', id: { value: 'S' }, resources: list('cpus:3;cpus(eng):1;mem:64') },
    version: '1.12.0',
    capabilities: new Set(['MULTI_ROLE']),
    registeredTimeMs: 1000.5,
    checkpointedResources: [],
  });
  cluster.addAgent(agent);
  for (const [id, role] of [
    ['F1', 'eng/web'],
    ['F2', 'ads'],
  ] as const) {
    const framework = addFramework(cluster, id, role);
    const info = { ...commandTask(`t-${id}`, 'S'), resources: list('cpus:1', role) };
    cluster.addTask(createTask(info, 'TASK_STAGING', { value: id }));
    cluster.addExecutor(framework, agent, { executor_id: { value: `e-${id}` }, resources: list('mem:8', role) });
  }
  return cluster;
}

/** Sees frameworks by the name and roles by their own. */
function seeing(...names: readonly string[]): Approvers {
  return approversBy((action, object) => {
    const isAbout = object?.framework_info?.name ?? object?.value ?? '';
    return names.includes(isAbout) || names.includes(action);
  });
}

test('an agent is shown with its resources in both formats, what it was started with in the newer one', (t) => {
  const { agents } = agentsView(example(), approveAll);
  t.deepEqual(agents, [
    {
      agent_info: { hostname: 'h', id: { value: 'S' }, resources: list('cpus:3;cpus(eng):1;mem:64') },
      active: true,
      deactivated: false,
      version: '1.12.0',
      pid: 'slave(1)@10.0.0.2:5051',
      registered_time: { nanoseconds: 1_000_500_000 },
      total_resources: [
        { name: 'cpus', type: 'SCALAR', scalar: { value: 3 }, role: '*' },
        {
          name: 'cpus',
          type: 'SCALAR',
          scalar: { value: 1 },
          role: 'eng',
          reservations: [{ type: 'STATIC', role: 'eng' }],
        },
        { name: 'mem', type: 'SCALAR', scalar: { value: 64 }, role: '*' },
      ],
      allocated_resources: must(agents?.[0]).allocated_resources ?? [],
      offered_resources: [],
      capabilities: [{ type: 'MULTI_ROLE' }],
    },
  ]);
  const allocated = Resources.of(
    (agents?.[0]?.allocated_resources ?? []).map((resource) => ({ ...resource, role: undefined })),
  );
  t.deepEqual([...allocated.allocations().keys()].toSorted(), ['ads', 'eng/web']);
  t.is(allocated.cpus, 2);
});

test('of an agent somebody sees the resources all of whose roles are theirs to see', (t) => {
  const names = (approvers: Approvers, which: 'allocated_resources' | 'total_resources'): string[] =>
    (agentsView(example(), approvers).agents?.[0]?.[which] ?? []).map(
      (it) => `${it.name}(${it.allocation_info?.role ?? it.role})`,
    );
  t.deepEqual(names(seeing(), 'total_resources'), ['cpus(*)', 'mem(*)']);
  t.deepEqual(names(seeing('eng'), 'total_resources'), ['cpus(*)', 'cpus(eng)', 'mem(*)']);
  t.deepEqual(names(seeing('ads'), 'allocated_resources').toSorted(), ['cpus(ads)', 'mem(ads)']);
  t.is(agentsView(example(), seeing()).agents?.[0]?.agent_info.resources?.length, 2);
});

test('frameworks are told with the times that have come, in events with all of them', (t) => {
  const cluster = example();
  const framework = must(cluster.frameworks.get('F1'));
  const { frameworks } = frameworksView(cluster, seeing('name-F1'));
  t.is(frameworks?.length, 1);
  t.like(frameworks?.[0], {
    framework_info: { name: 'name-F1', id: { value: 'F1' } },
    active: false,
    connected: false,
    recovered: false,
    registered_time: { nanoseconds: 5e9 },
    reregistered_time: { nanoseconds: 5e9 },
    offer_constraints: {},
  });
  t.false('unregistered_time' in must(frameworks?.[0]));
  t.like(frameworkInEvent(framework), {
    registered_time: { nanoseconds: 5e9 },
    reregistered_time: { nanoseconds: 5e9 },
    unregistered_time: { nanoseconds: 0 },
  });
  framework.recovered = true;
  t.false('registered_time' in must(frameworksView(cluster, seeing('name-F1')).frameworks?.[0]));
  cluster.completeFramework(framework);
  t.is(frameworksView(cluster, approveAll).completed_frameworks?.length, 1);
});

test('tasks and executors are shown to those who may see them and their framework', (t) => {
  const cluster = example();
  const tasks = (approvers: Approvers) => (tasksView(cluster, approvers).tasks ?? []).map((it) => it.task_id.value);
  t.deepEqual(tasks(approveAll), ['t-F1', 't-F2']);
  t.deepEqual(tasks(seeing('name-F2')), ['t-F2']);
  t.deepEqual(tasks(approversBy((action) => action !== 'VIEW_TASK')), []);
  t.deepEqual(tasks(approversBy((action) => action !== 'VIEW_FRAMEWORK')), []);
  const executors = executorsView(cluster, seeing('name-F1')).executors ?? [];
  t.deepEqual(executors, [
    {
      executor_info: { executor_id: { value: 'e-F1' }, resources: list('mem:8', 'eng/web') },
      agent_id: { value: 'S' },
    },
  ]);
  t.deepEqual(
    executorsView(
      cluster,
      approversBy((action) => action !== 'VIEW_EXECUTOR'),
    ).executors,
    [],
  );
});

test('roles above another count what that one has, and list their own frameworks only', (t) => {
  const settings = { roles: undefined };
  const weighed = example();
  weighed.weights.set('ads', 2);
  const { roles } = rolesView(weighed, settings, approveAll);
  t.deepEqual(
    roles?.map(({ frameworks = [], name, resources = [], weight }) => [
      name,
      weight,
      resources.map((it) => `${it.name}:${it.scalar?.value}`).join(';'),
      frameworks.map(({ value }) => value).join(),
    ]),
    [
      ['ads', 2, 'cpus:1;mem:8', 'F2'],
      ['eng', 1, 'cpus:1;mem:8', ''],
      ['eng/web', 1, 'cpus:1;mem:8', 'F1'],
    ],
  );
  t.deepEqual(
    rolesView(example(), settings, seeing('eng')).roles?.map(({ name }) => name),
    ['eng'],
  );
  const listed = rolesView(example(), { roles: new Set(['x/y']) }, approveAll).roles;
  t.deepEqual(
    listed?.map(({ name }) => name),
    ['*', 'x', 'x/y'],
  );
});

test('weights that are there and may be seen are told, and otherwise nothing', (t) => {
  const settings = { weights: new Map([['ads', 2]]) };
  t.deepEqual(weightsView(settings, approveAll), { weight_infos: [{ role: 'ads', weight: 2 }] });
  t.is(weightsView(settings, seeing()), undefined);
  t.is(weightsView({ weights: new Map() }, approveAll), undefined);
});

test('the state of an empty cluster has lists to go through, as Mesos tells it', (t) => {
  const cluster = new Cluster({ id: 'M', ip: 0, port: 5050 }, { completedFrameworksMax: 10 });
  t.deepEqual(toJson('mesos.v1.master.Response.GetState', stateView(cluster, approveAll)), {
    get_tasks: { tasks: [], completed_tasks: [], unreachable_tasks: [] },
    get_executors: { executors: [] },
    get_frameworks: { frameworks: [], completed_frameworks: [] },
    get_agents: { agents: [], recovered_agents: [] },
  });
});

test('the state is the same in protobuf and in JSON', (t) => {
  const state = stateView(example(), approveAll);
  const name = 'mesos.v1.master.Response.GetState';
  const back = decode(name, encode(name, state));
  t.deepEqual(back.get_agents?.agents?.[0]?.total_resources, state.get_agents?.agents?.[0]?.total_resources);
  t.deepEqual(
    back.get_frameworks?.frameworks?.map(({ framework_info }) => framework_info.name),
    ['name-F1', 'name-F2'],
  );
  t.deepEqual(back.get_tasks?.tasks, state.get_tasks?.tasks);
});
