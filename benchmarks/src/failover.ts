import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PID, Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { forkChild } from './child.ts';
import { measure } from './measure.ts';
import type { FrameworkInfo, Task } from '@mesos-ts/protocol';
import type { Bound, Suite } from './benchmark.ts';

/** How many agents are on their way at a time: what they send together must fit what may wait for one peer. */
const outstandingMax = 100;

interface Size {
  readonly agents: number;
  readonly frameworks: number;
  /** Of each framework on each agent. */
  readonly tasks: number;
}

/** An agent that comes back with what it runs, as those of Mesos's benchmark MasterFailover do. */
class Agent extends Process {
  readonly #body: unknown;
  #reregistered: () => void = () => undefined;

  constructor(index: number, { frameworks: count, tasks }: Size) {
    super(`slave(${index})`);
    const id = { value: `agent${index}` };
    const frameworks = Array.from({ length: count }, (_, each) => frameworkInfo(`framework${each}`));
    this.#body = {
      agent: { id, hostname: id.value, resources: [scalar('cpus', 20), scalar('mem', 10_240)] },
      version: '1.12.0',
      agent_capabilities: [{ type: 'MULTI_ROLE' }],
      frameworks,
      tasks: frameworks.flatMap((framework) =>
        Array.from({ length: tasks }, (_, each) => task(`task-${index}-${each}`, framework, id)),
      ),
    };
  }

  protected override initialize(): void {
    this.install('mesos.internal.PingAgentMessage', (from) => {
      this.send(from, 'mesos.internal.PongAgentMessage', {});
    });
    this.install('mesos.internal.AgentReregisteredMessage', () => {
      this.#reregistered();
    });
  }

  /** Resolves when the master has taken it in. */
  reregister(master: PID): Promise<void> {
    return new Promise((resolve) => {
      this.#reregistered = resolve;
      this.send(master, 'mesos.internal.ReregisterAgentMessage', this.#body);
    });
  }
}

function scalar(name: string, value: number) {
  return { name, type: 'SCALAR', scalar: { value } } as const;
}

function frameworkInfo(id: string): FrameworkInfo {
  return { id: { value: id }, user: 'user', name: 'default', principal: 'test-principal', roles: ['*'] };
}

function task(id: string, framework: FrameworkInfo, agent_id: { value: string }): Task {
  const allocation_info = { role: '*' };
  return {
    name: 'test-task',
    task_id: { value: id },
    framework_id: { value: framework.id?.value ?? '' },
    agent_id,
    state: 'TASK_RUNNING',
    resources: [
      { ...scalar('cpus', 0.1), allocation_info },
      { ...scalar('mem', 5), allocation_info },
    ],
    labels: { labels: Array.from({ length: 10 }, (_, index) => ({ key: `key${index}`, value: `value${index}` })) },
  };
}

/** A master of another OS process, until `work` is done. */
async function withMaster<R>(folder: string, work: (master: PID) => Promise<R>): Promise<R> {
  const child = forkChild('failover-master.js', [folder]);
  const [pid] = (await once(child, 'message')) as [string];
  try {
    return await work(PID.parse(pid));
  } finally {
    // Without a word: as a machine that loses its power.
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function reregisterAll(agents: readonly Agent[], master: PID): Promise<number> {
  const left = agents.values();
  const come = async (): Promise<void> => {
    for (const agent of left) await agent.reregister(master);
  };
  await Promise.all(Array.from({ length: outstandingMax }, come));
  return agents.length;
}

/** How long agents take to come back, in seconds: to a master whose registry knows them not, and then to its successor. */
async function failover(size: Size): Promise<{ readonly unknown: number; readonly known: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'failover-'));
  await using runtime = await new Runtime({ transport: new WebSocketTransport({ ip: '127.0.0.1' }) }).start();
  try {
    const agents = Array.from({ length: size.agents }, (_, index) => new Agent(index, size));
    for (const agent of agents) runtime.spawn(agent);
    await runtime.settle();
    const round = (): Promise<number> =>
      withMaster(folder, async (master) => {
        const { elapsedMs } = await measure(() => reregisterAll(agents, master));
        return elapsedMs / 1000;
      });
    const unknown = await round();
    return { unknown, known: await round() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function bounds(size: Size, atMost: number): Bound[] {
  const name = `${size.agents} agents with ${size.frameworks} x ${size.tasks} tasks come back`;
  let last: Promise<{ readonly unknown: number; readonly known: number }> | undefined;
  return [
    {
      name: `${name}, none of them in the registry`,
      unit: 's',
      atMost,
      sample: async () => (await (last = failover(size))).unknown,
    },
    {
      name: `${name} to the next master`,
      unit: 's',
      atMost,
      // The same run, unless it was looked at.
      sample: async () => {
        const run = last ?? failover(size);
        last = undefined;
        return (await run).known;
      },
    },
  ];
}

/** A master is replaced by another, as in Mesos's benchmark MasterFailover; the registry is in a replicated log of one replica. */
export const failovers: Suite = {
  name: 'failover',
  start: () =>
    Promise.resolve({
      // What Apache Mesos takes for the first on this machine, at 74 k tasks/s; 6 s for the second, where it did not end.
      benchmarks: [
        ...bounds({ agents: 2000, frameworks: 5, tasks: 20 }, 2.7),
        ...bounds({ agents: 20_000, frameworks: 1, tasks: 5 }, 6),
      ],
      stop: () => Promise.resolve(),
    }),
};
