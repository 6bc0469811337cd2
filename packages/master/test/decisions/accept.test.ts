import test from 'ava';
import {
  parseResources,
  type ExecutorInfo,
  type Offer,
  type Offer_Operation,
  type Resource,
  type TaskInfo,
  type FrameworkInfo_Capability_Type,
} from '@mesos-ts/protocol';
import {
  commandTask,
  TestCluster,
  type OnMachine,
  type TestAgent,
  type TestScheduler,
} from '../../src/testing/index.ts';
import { must } from '../must.ts';

interface Offered {
  readonly cluster: TestCluster;
  readonly agent: OnMachine<TestAgent>;
  readonly scheduler: TestScheduler;
  readonly offer: Offer;
}

async function offered(capabilities?: FrameworkInfo_Capability_Type[]): Promise<Offered> {
  const cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler(capabilities === undefined ? {} : { capabilities });
  const offer = must(scheduler.offers[0]);
  return { cluster, agent, scheduler, offer };
}

function executor(id: string, resources: string, more: Partial<ExecutorInfo> = {}): ExecutorInfo {
  const parsed = parseResources(resources);
  if (parsed.error !== undefined) throw new TypeError(parsed.error);
  return {
    executor_id: { value: id },
    resources: parsed.value.toArray(),
    command: { value: 'run' },
    ...more,
  };
}

function executorTask(id: string, by: ExecutorInfo, resources?: string): TaskInfo {
  const { command: _, ...task } = commandTask(id, 'M-S0', resources);
  return { ...task, executor: by };
}

function group(by: ExecutorInfo, ...tasks: TaskInfo[]): Offer_Operation {
  return { type: 'LAUNCH_GROUP', launch_group: { executor: by, task_group: { tasks } } };
}

test('a launched task reaches the agent with its framework, allocated to the role of the offer', async (t) => {
  const { agent, cluster, offer, scheduler } = await offered();
  await using _ = cluster;
  scheduler.launch(offer, [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  const [message] = agent.actor.of('mesos.internal.RunTaskMessage');
  t.like(message, {
    framework_id: { value: 'M-0000' },
    pid: scheduler.self.toString(),
    launch_executor: true,
    framework: { name: 'test', id: { value: 'M-0000' } },
    task: { task_id: { value: 't1' }, command: { value: 'sleep 1000' } },
  });
  t.like(message?.task.resources?.[0], { name: 'cpus', allocation_info: { role: '*' } });
  t.is(cluster.metric('master/tasks_staging'), 1);
  t.is(cluster.metric('master/cpus_used'), 1);
  t.is(cluster.metric('master/messages_launch_tasks'), 1);
});

test('tasks of one executor start it once, and it is paid for once', async (t) => {
  const { agent, cluster, offer, scheduler } = await offered();
  await using _ = cluster;
  const by = executor('e', 'cpus:0.5;mem:32');
  scheduler.launch(offer, [executorTask('t1', by), executorTask('t2', by)]);
  await cluster.clock.settle();
  const messages = agent.actor.of('mesos.internal.RunTaskMessage');
  t.deepEqual(
    messages.map((message) => message.launch_executor),
    [true, false],
  );
  t.is(messages[0]?.task.executor?.framework_id?.value, 'M-0000');
  t.is(cluster.metric('master/cpus_used'), 2.5);
  await cluster.clock.advance(6000);
  t.deepEqual(scheduler.offers[1]?.executor_ids, [{ value: 'e' }]);
});

test('a task group starts whole, and its tasks know their executor', async (t) => {
  const { agent, cluster, offer, scheduler } = await offered();
  await using _ = cluster;
  const { command: __, ...rest } = executor('e', 'cpus:0.5;mem:32;disk:10', {
    type: 'DEFAULT',
    framework_id: { value: 'M-0000' },
  });
  scheduler.accept(offer, [group(rest, commandTask('t1', 'M-S0'), commandTask('t2', 'M-S0'))]);
  await cluster.clock.settle();
  const [message] = agent.actor.of('mesos.internal.RunTaskGroupMessage');
  t.is(message?.launch_executor, true);
  t.deepEqual(
    message?.task_group.tasks?.map((task) => [task.task_id.value, task.executor?.executor_id.value]),
    [
      ['t1', 'e'],
      ['t2', 'e'],
    ],
  );
  t.is(cluster.metric('master/cpus_used'), 2.5);
  t.is(cluster.metric('master/disk_used'), 10);
});

const shell = { command: { value: 'x' } };
const wrong: readonly (readonly [title: string, task: Partial<TaskInfo>, message: RegExp])[] = [
  [
    'more than is offered',
    { ...commandTask('t', 'M-S0', 'cpus:5') },
    /^Total resources cpus\(allocated: \*\):5 required by task and its executor is more than available cpus\(allocated: \*\):4; /,
  ],
  ['nothing at all', { resources: [] }, /^Task uses no resources$/],
  [
    'zero of something',
    { resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0 } }] },
    /no resources|invalid resources/,
  ],
  [
    'a negative amount',
    { resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: -1 } }] },
    /^Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0$/,
  ],
  [
    'half a GPU',
    { resources: [{ name: 'gpus', type: 'SCALAR', scalar: { value: 0.5 } }] },
    /The 'gpus' resource must be an unsigned integer/,
  ],
  [
    'resources of another role',
    { resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, allocation_info: { role: 'x' } }] },
    /is more than available/,
  ],
  ['an id that is no file name', { task_id: { value: 'a/b' } }, /^'a\/b' contains invalid characters$/],
  ['no id', { task_id: { value: '' } }, /^ID must not be empty$/],
  ['another agent', { agent_id: { value: 'M-S9' } }, /^Task uses invalid agent M-S9 while agent M-S0 is expected$/],
  ['neither command nor executor', { command: undefined }, /^Task should have at least one \(but not both\)/],
  ['command and executor', { executor: executor('e', 'cpus:0.1') }, /^Task should have at least one \(but not both\)/],
  [
    'a negative grace period',
    { kill_policy: { grace_period: { nanoseconds: -1 } } },
    /'kill_policy.grace_period' must be non-negative/,
  ],
  ['a negative end', { max_completion_time: { nanoseconds: -1 } }, /`max_completion_time` must be non-negative/],
  ['a check without kind', { check: {} }, /^Task uses invalid check: CheckInfo must specify 'type'$/],
  [
    'a health check without command',
    { health_check: { type: 'COMMAND' } },
    /Expecting 'command' to be set for COMMAND health check/,
  ],
  [
    'a health check of a scheme',
    { health_check: { type: 'HTTP', http: { port: 1, scheme: 'ftp' } } },
    /Unsupported HTTP health check scheme: 'ftp'/,
  ],
  [
    'a negative delay',
    { health_check: { type: 'TCP', tcp: { port: 1 }, delay_seconds: -1 } },
    /Expecting 'delay_seconds' to be non-negative/,
  ],
  [
    'a secret variable without secret',
    { command: { ...shell.command, environment: { variables: [{ name: 'A', type: 'SECRET' }] } } },
    /^Task's `CommandInfo` is invalid: Environment variable 'A' of type 'SECRET' must have a secret set$/,
  ],
  [
    'a volume of two sources',
    { container: { type: 'MESOS', volumes: [{ container_path: 'a', mode: 'RW' }] } },
    /^Task's `ContainerInfo` is invalid: Invalid volume: Only one of them/,
  ],
  [
    'limits that the agent does not know',
    { limits: { cpus: { value: 2 } } },
    /^Agent is not capable of handling task resource limits$/,
  ],
  [
    'cgroups of its own',
    { container: { type: 'MESOS', linux_info: { share_cgroups: false } } },
    /^Only tasks in a task group may have 'share_cgroups'/,
  ],
];

for (const [title, task, message] of wrong) {
  test(`a task with ${title} is an error and costs nothing`, async (t) => {
    const { agent, cluster, offer, scheduler } = await offered();
    await using _ = cluster;
    scheduler.launch(offer, [{ ...commandTask('t', 'M-S0'), ...task }]);
    await cluster.clock.settle();
    t.like(scheduler.statuses[0], { state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID', source: 'SOURCE_MASTER' });
    t.regex(scheduler.statuses[0]?.message ?? '', message);
    t.deepEqual(agent.actor.of('mesos.internal.RunTaskMessage'), []);
    t.is(cluster.metric('master/tasks_error'), 1);
    t.is(cluster.metric('master/task_error/source_master/reason_task_invalid'), 1);
    t.is(cluster.metric('master/cpus_used'), 0);
    await cluster.clock.advance(6000);
    t.is(scheduler.offers.length, 2, 'the resources are offered again');
  });
}

test('one resource that is none spoils all tasks of its operation, and no other operation', async (t) => {
  const { agent, cluster, offer, scheduler } = await offered();
  await using _ = cluster;
  const inverted: Resource = { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 2, end: 1 }] } };
  const operations: Offer_Operation[] = [
    {
      type: 'LAUNCH',
      launch: { task_infos: [commandTask('t1', 'M-S0'), { ...commandTask('t2', 'M-S0'), resources: [inverted] }] },
    },
    { type: 'LAUNCH', launch: { task_infos: [commandTask('t3', 'M-S0')] } },
    group({ ...groupExecutor('cpus:0.1;mem:32;disk:1'), resources: [inverted] }, commandTask('t4', 'M-S0')),
  ];
  scheduler.call({ type: 'ACCEPT', accept: { offer_ids: [offer.id], operations } });
  await cluster.clock.settle();
  const message = "Resource 'ports:[2-1]' is invalid: Invalid ranges resource: begin > end";
  t.deepEqual(
    scheduler.statuses.map((status) => [status.task_id.value, status.reason, status.message]),
    [
      ['t1', 'REASON_TASK_INVALID', message],
      ['t2', 'REASON_TASK_INVALID', message],
      ['t4', 'REASON_TASK_GROUP_INVALID', message],
    ],
  );
  const launched = agent.actor.of('mesos.internal.RunTaskMessage').map(({ task }) => task.task_id.value);
  t.deepEqual(launched, ['t3']);
});

const wrongExecutors: readonly (readonly [title: string, by: ExecutorInfo, message: RegExp])[] = [
  [
    'of the built-in kind',
    executor('e', 'cpus:0.1', { type: 'DEFAULT' }),
    /'ExecutorInfo.command' must not be set for 'DEFAULT' executor/,
  ],
  ['without command', executor('e', 'cpus:0.1', { command: undefined }), /^'ExecutorInfo.command' must be set$/],
  [
    'of another framework',
    executor('e', 'cpus:0.1', { framework_id: { value: 'X' } }),
    /^ExecutorInfo has an invalid FrameworkID \(Actual: X vs Expected: M-0000\)$/,
  ],
  ['with an invalid id', executor('..', 'cpus:0.1'), /^'..' is disallowed$/],
  [
    'with a negative period',
    executor('e', 'cpus:0.1', { shutdown_grace_period: { nanoseconds: -5 } }),
    /'shutdown_grace_period' must be non-negative/,
  ],
  [
    'that overlaps the task',
    executor('e', 'cpus:0.1;ports:[31000-31001]'),
    /^There are overlapping resources in the task resources/,
  ],
];

for (const [title, by, message] of wrongExecutors) {
  test(`a task of an executor ${title} is an error`, async (t) => {
    const { cluster, offer, scheduler } = await offered();
    await using _ = cluster;
    scheduler.launch(offer, [executorTask('t', by, 'cpus:1;ports:[31000-31000]')]);
    await cluster.clock.settle();
    t.like(scheduler.statuses[0], { state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID' });
    t.regex(scheduler.statuses[0]?.message ?? '', message);
  });
}

test('an executor cannot be two: the second task with another of the same id is an error', async (t) => {
  const { agent, cluster, offer, scheduler } = await offered();
  await using _ = cluster;
  const reordered = executor('e', 'mem:32;cpus:0.1');
  scheduler.launch(offer, [
    executorTask('t1', executor('e', 'cpus:0.1;mem:32')),
    executorTask('t2', reordered),
    executorTask('t3', { ...reordered, command: { value: 'other' } }),
  ]);
  await cluster.clock.settle();
  t.deepEqual(
    agent.actor.of('mesos.internal.RunTaskMessage').map((message) => message.task.task_id.value),
    ['t1', 't2'],
  );
  t.regex(scheduler.statuses[0]?.message ?? '', /^ExecutorInfo is not compatible with existing ExecutorInfo/);
});

test('an id that is in use is an error; one whose task has ended can be used again', async (t) => {
  const { agent, cluster, offer, scheduler } = await offered();
  await using _ = cluster;
  scheduler.launch(offer, [commandTask('t1', 'M-S0'), commandTask('t1', 'M-S0')], 0);
  await cluster.clock.settle();
  t.like(scheduler.statuses[0], { state: 'TASK_ERROR', message: 'Task has duplicate ID: t1' });
  t.is(agent.actor.of('mesos.internal.RunTaskMessage').length, 1);
  agent.actor.update('M-0000', 't1', 'TASK_FINISHED');
  await cluster.clock.advance(1000);
  for (const status of scheduler.statuses.slice(1)) scheduler.acknowledge(status);
  const next = must(scheduler.offers.at(-1));
  scheduler.launch(next, [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  t.is(agent.actor.of('mesos.internal.RunTaskMessage').length, 2);
});

test('tasks share what is offered in order: the one that does not fit any more is an error', async (t) => {
  const { agent, cluster, offer, scheduler } = await offered();
  await using _ = cluster;
  scheduler.launch(offer, [
    commandTask('t1', 'M-S0', 'cpus:3;mem:64'),
    commandTask('t2', 'M-S0', 'cpus:3;mem:64'),
    commandTask('t3', 'M-S0', 'cpus:1;mem:64'),
  ]);
  await cluster.clock.settle();
  t.deepEqual(
    agent.actor.of('mesos.internal.RunTaskMessage').map((message) => message.task.task_id.value),
    ['t1', 't3'],
  );
  t.like(scheduler.statuses[0], { state: 'TASK_ERROR', task_id: { value: 't2' } });
});

const gone: readonly (readonly [capabilities: FrameworkInfo_Capability_Type[], state: 'TASK_DROPPED' | 'TASK_LOST'])[] =
  [
    [['PARTITION_AWARE'], 'TASK_DROPPED'],
    [[], 'TASK_LOST'],
  ];

for (const [capabilities, state] of gone) {
  test(`a task launched on an offer that is gone is ${state} for a framework with [${capabilities.join()}]`, async (t) => {
    const { cluster, offer, scheduler } = await offered(capabilities);
    await using _ = cluster;
    scheduler.launch(offer, [commandTask('t1', 'M-S0')]);
    scheduler.launch(offer, [commandTask('t2', 'M-S0')]);
    await cluster.clock.settle();
    t.like(scheduler.statuses[0], {
      state,
      task_id: { value: 't2' },
      reason: 'REASON_INVALID_OFFERS',
      message: 'Task launched with invalid offers: Offer M-O0 is no longer valid',
    });
    t.is(cluster.metric(`master/tasks_${state.replace('TASK_', '').toLowerCase()}`), 1);
    t.like(await cluster.get('/frameworks'), { frameworks: [{ tasks: [{ id: 't1' }], completed_tasks: [] }] });
  });
}

test('offers that do not belong together or to the framework are refused, and its own go back', async (t) => {
  const { cluster, offer, scheduler } = await offered();
  await using _ = cluster;
  await cluster.agent();
  await cluster.clock.settle();
  const second = must(scheduler.offers[1]);
  const { actor: thief } = await cluster.scheduler();
  thief.launch(offer, [commandTask('stolen', 'M-S0')]);
  const operations: Offer_Operation[] = [{ type: 'LAUNCH', launch: { task_infos: [commandTask('t', 'M-S0')] } }];
  scheduler.call({ type: 'ACCEPT', accept: { offer_ids: [], operations } });
  scheduler.call({ type: 'ACCEPT', accept: { offer_ids: [offer.id, offer.id], operations } });
  await cluster.clock.settle();
  t.deepEqual(
    [...thief.statuses, ...scheduler.statuses].map((status) => status.message),
    [
      'Task launched with invalid offers: Offer M-O0 has invalid framework M-0000 while framework M-0001 is expected',
      'Task launched with invalid offers: No offers specified',
      'Task launched with invalid offers: Duplicate offer M-O0 in offer list',
    ],
  );
  t.like(await cluster.get('/slaves'), {
    slaves: [{ offered_resources: { cpus: 0 } }, { offered_resources: { cpus: 4 } }],
  });
  await cluster.clock.advance(1000);
  const again = must(
    [...scheduler.offers, ...thief.offers].find((one) => one.agent_id.value === 'M-S0' && one.id.value !== 'M-O0'),
  );
  const owner = again?.framework_id.value === scheduler.frameworkId ? scheduler : thief;
  owner.call({ type: 'ACCEPT', accept: { offer_ids: [again.id, second.id], operations } });
  await cluster.clock.settle();
  t.regex(
    owner.statuses.at(-1)?.message ?? '',
    /Aggregated offers must belong to one single agent|has invalid framework/,
  );
});

test('an operation that is not supported is dropped, counted, and told to frameworks that gave it an id', async (t) => {
  const { agent, cluster, offer, scheduler } = await offered();
  await using _ = cluster;
  scheduler.accept(offer, [
    { type: 'RESERVE', id: { value: 'op1' }, reserve: { resources: [] } },
    { type: 'UNRESERVE', unreserve: { resources: [] } },
    { type: 'LAUNCH', launch: { task_infos: [commandTask('t1', 'M-S0')] } },
  ]);
  await cluster.clock.settle();
  t.deepEqual(
    scheduler.of('UPDATE_OPERATION_STATUS').map((event) => event.update_operation_status?.status),
    [{ operation_id: { value: 'op1' }, state: 'OPERATION_ERROR', message: 'RESERVE operations are not supported yet' }],
  );
  t.is(cluster.metric('master/operations_dropped'), 2);
  t.is(agent.actor.of('mesos.internal.RunTaskMessage').length, 1);
});

test('launches cannot have an id', async (t) => {
  const { agent, cluster, offer, scheduler } = await offered();
  await using _ = cluster;
  scheduler.accept(offer, [
    { type: 'LAUNCH', id: { value: 'x' }, launch: { task_infos: [commandTask('t1', 'M-S0')] } },
    { ...group(executor('e', 'cpus:0.1'), commandTask('t2', 'M-S0')), id: { value: 'y' } },
  ]);
  await cluster.clock.settle();
  t.deepEqual(
    scheduler.statuses.map(({ message, reason }) => [reason, message]),
    [
      ['REASON_TASK_INVALID', 'The `id` field cannot be set on LAUNCH operations'],
      ['REASON_TASK_GROUP_INVALID', 'The `id` field cannot be set on LAUNCH_GROUP operations'],
    ],
  );
  t.is(agent.actor.of('mesos.internal.RunTaskMessage').length, 0);
});

const wrongGroups: readonly (readonly [title: string, operation: Offer_Operation, message: RegExp])[] = [
  ['without disk', group(groupExecutor('cpus:0.1;mem:32'), commandTask('t1', 'M-S0')), /^Executor 'e' uses no disk$/],
  [
    'without cpus',
    group(groupExecutor('mem:32;disk:1'), commandTask('t1', 'M-S0')),
    /^Executor 'e' uses less CPUs \(None\) than the minimum required \(0.01\)$/,
  ],
  [
    'with little memory',
    group(groupExecutor('cpus:0.1;mem:16;disk:1'), commandTask('t1', 'M-S0')),
    /^Executor 'e' uses less memory \(16MB\) than the minimum required \(32MB\)$/,
  ],
  [
    'with an id twice',
    group(groupExecutor('cpus:0.1;mem:32;disk:1'), commandTask('t1', 'M-S0'), commandTask('t1', 'M-S0')),
    /^Task 't1' is invalid: Task has duplicate ID: t1$/,
  ],
  [
    'that is too large',
    group(
      groupExecutor('cpus:0.1;mem:32;disk:1'),
      commandTask('t1', 'M-S0', 'cpus:2'),
      commandTask('t2', 'M-S0', 'cpus:2'),
    ),
    /^Total resources .* required by task group and its executor are more than available/,
  ],
];

function groupExecutor(resources: string): ExecutorInfo {
  const { command: _, ...rest } = executor('e', resources, { type: 'DEFAULT', framework_id: { value: 'M-0000' } });
  return rest;
}

for (const [title, operation, message] of wrongGroups) {
  test(`a task group ${title} is an error for each of its tasks`, async (t) => {
    const { agent, cluster, offer, scheduler } = await offered();
    await using _ = cluster;
    scheduler.accept(offer, [operation]);
    await cluster.clock.settle();
    t.is(scheduler.statuses.length, operation.launch_group?.task_group.tasks?.length ?? 0);
    for (const status of scheduler.statuses) {
      t.like(status, { state: 'TASK_ERROR', reason: 'REASON_TASK_GROUP_INVALID' });
      t.regex(status.message ?? '', message);
    }
    t.deepEqual(agent.actor.of('mesos.internal.RunTaskGroupMessage'), []);
    t.is(cluster.metric('master/cpus_used'), 0);
  });
}
