import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type PID, Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { startMaster } from '@mesos-ts/master';
import { tellParent } from './child.ts';
import type { AddressInfo } from 'node:net';
import type { FrameworkInfo, Task } from '@mesos-ts/protocol';

// The other OS process of the state benchmarks: a master whose cluster is that of Mesos's benchmark MasterStateQuery, and a plain server of
// the same answers. Tells its parent their ports; afterwards it says, when it is asked for 'stalls', how long its event loop stood still since,
// and on 'change' changes something.

const frameworksPerAgent = 5;
const [agents = 1_000, tasksPerFramework = 2] = process.argv.slice(2).map(Number);

let registered: () => void = () => undefined;

/** Registers agents as if they came back, each with frameworks, running tasks and completed ones. */
class Agents extends Process {
  readonly #master: PID;

  constructor(master: PID) {
    super();
    this.#master = master;
  }

  protected override initialize(): void {
    this.install('mesos.internal.PingAgentMessage', (from) => {
      this.send(from, 'mesos.internal.PongAgentMessage', {});
    });
    this.install('mesos.internal.AgentReregisteredMessage', () => {
      registered();
    });
  }

  /** @param cpus What the agent has: it changes when it registers again with others. */
  register(index: number, cpus: number): void {
    const id = { value: `agent-${index}` };
    const frameworks = Array.from({ length: frameworksPerAgent }, (_, each) => frameworkInfo(`${index}-${each}`));
    const tasks = (kind: string, state: Task['state']): Task[][] =>
      frameworks.map((framework) =>
        Array.from({ length: tasksPerFramework }, (_, each) => task(`${kind}-${each}`, framework, id, state)),
      );
    const completed = tasks('completed', 'TASK_FINISHED');
    this.send(this.#master, 'mesos.internal.ReregisterAgentMessage', {
      agent: {
        id,
        hostname: `host-${index}`,
        resources: [scalar('cpus', cpus), scalar('mem', 1_000_000), scalar('disk', 1_000_000)],
      },
      version: '1.12.0',
      agent_capabilities: [{ type: 'MULTI_ROLE' }],
      tasks: tasks('running', 'TASK_RUNNING').flat(),
      frameworks,
      completed_frameworks: frameworks.map((framework_info, each) => ({ framework_info, tasks: completed[each] })),
    });
  }
}

function scalar(name: string, value: number) {
  return { name, type: 'SCALAR', scalar: { value } } as const;
}

function frameworkInfo(name: string): FrameworkInfo {
  return {
    id: { value: `framework-${name}` },
    user: 'user',
    name: `framework-${name}`,
    roles: ['*'],
    failover_timeout: 1e6,
  };
}

function task(name: string, framework: FrameworkInfo, agent_id: Task['agent_id'], state: Task['state']): Task {
  const allocation_info = { role: '*' };
  return {
    name: `${framework.name}-${name}`,
    task_id: { value: `${framework.name}-${name}` },
    framework_id: framework.id ?? { value: '' },
    agent_id,
    state,
    resources: [
      { ...scalar('cpus', 0.1), allocation_info },
      { ...scalar('mem', 5), allocation_info },
    ],
    statuses: [{ task_id: { value: `${framework.name}-${name}` }, state, timestamp: 1_500_000_000.5 }],
    labels: { labels: [{ key: 'team', value: 'blue' }] },
  };
}

const master = await startMaster({
  flags: {
    ip: '127.0.0.1',
    hostname: 'localhost',
    port: 0,
    max_completed_tasks_per_framework: 1_000,
    publish_per_framework_metrics: false,
  },
});
// One agent at an address: each has a runtime in truth, but what the master keeps of it is the same.
// All on one machine: what the master keeps of agents is the same.
const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
const pids = Array.from({ length: agents }, () => runtime.spawn(new Agents(master.pid)));
for (const [index, pid] of pids.entries()) {
  // One after the other: what waits to be sent is bounded.
  await new Promise<void>((resolve) => {
    registered = resolve;
    runtime.tell(pid, 'register', index, 1_000);
  });
}

/** The state, once it shows as many agents as the condition asks for. */
async function stateWith(cpus: number, least: number): Promise<string> {
  for (;;) {
    const text = await (await fetch(`${master.url}/state`)).text();
    const { slaves } = JSON.parse(text) as { slaves: { resources: { cpus: number } }[] };
    if (slaves.filter(({ resources }) => resources.cpus === cpus).length >= least) return text;
  }
}

const text = await stateWith(1_000, agents);
const view: unknown = JSON.parse(text);
const bytes = new Map([['/v0', Buffer.from(text)]]);
for (const [form, type] of [
  ['json', 'application/json'],
  ['protobuf', 'application/x-protobuf'],
] as const) {
  const headers = { 'content-type': 'application/json', accept: type };
  const answer = await fetch(`${master.url}/api/v1`, { method: 'POST', headers, body: '{"type":"GET_STATE"}' });
  bytes.set(`/${form}`, Buffer.from(await answer.arrayBuffer()));
}
const plain = createServer((request, response) => {
  if (request.url === '/health') {
    response.end();
    return;
  }
  const inMemory = bytes.get(request.url ?? '');
  if (inMemory !== undefined) {
    request.resume().once('end', () => {
      response.setHeader('content-length', inMemory.length);
      response.end(inMemory);
    });
    return;
  }
  response.end(JSON.stringify(view));
});
await new Promise<void>((resolve) => {
  plain.listen(0, '127.0.0.1', resolve);
});
const stalls = monitorEventLoopDelay({ resolution: 1 });
stalls.enable();
let cpus = 1_000;
process.on('message', (asked) => {
  if (asked === 'stalls') {
    process.send?.({ p99: stalls.percentile(99) / 1e6, max: stalls.max / 1e6 });
    stalls.reset();
    return;
  }
  const [pid] = pids;
  if (pid === undefined) return;
  runtime.tell(pid, 'register', 0, ++cpus);
  registered = () => process.send?.('changed');
});
tellParent({ master: master.url, plain: (plain.address() as AddressInfo).port });
