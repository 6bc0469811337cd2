import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PID, Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { forkChild } from './child.ts';
import { boundRow } from './benchmark.ts';
import { measure, percentile } from './measure.ts';
import type { ChildProcess } from 'node:child_process';
import type { FrameworkInfo, Task } from '@mesos-ts/protocol';
import type { Row, Suite } from './benchmark.ts';

/**
 * Each agent has a connection of its own. Here as many share one as have so many tasks: what they send together must fit what may wait
 * for one peer, since all send at once, as in Mesos's benchmark.
 */
const tasksOnConnection = 10_000;

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
        Array.from({ length: tasks }, (_, each) => task(taskId(index, each), framework, id)),
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

const allocation_info = { role: '*' };

/** What all tasks have. Each agent's own copy would have the collector of this process take part in what is measured. */
const common = {
  name: 'test-task',
  state: 'TASK_RUNNING',
  resources: [
    { ...scalar('cpus', 0.1), allocation_info },
    { ...scalar('mem', 5), allocation_info },
  ],
  labels: { labels: Array.from({ length: 10 }, (_, index) => ({ key: `key${index}`, value: `value${index}` })) },
} satisfies Partial<Task>;

function task(id: string, framework: FrameworkInfo, agent_id: { value: string }): Task {
  return { ...common, task_id: { value: id }, framework_id: { value: framework.id?.value ?? '' }, agent_id };
}

/** As long as a UUID, which tasks of Mesos's benchmark have. */
function taskId(agent: number, index: number): string {
  return `task-${agent}-${index}-`.padEnd(36, '0123456789abcdef');
}

/** What a master did while agents came back to it. */
interface Figures {
  /** Seconds until all were back. */
  readonly elapsed: number;
  /** Milliseconds for which its event loop stood still at most: so late were heartbeats and pings. */
  readonly stall: number;
  /** Milliseconds that clients waited for /health, at the 99th percentile. */
  readonly health: number;
}

/** What another process of these benchmarks tells when it is asked. */
async function told<T>(child: ChildProcess): Promise<T> {
  child.send('tell');
  const [answer] = (await once(child, 'message')) as [T];
  return answer;
}

/** Agents, and the runtimes that they are in, each of which has one connection with a master. */
interface Machines {
  readonly agents: readonly Agent[];
  readonly runtimes: readonly Runtime[];
}

/** Has agents come back, all at once, to a master of another OS process. */
async function comeBack({ agents, runtimes }: Machines, folder: string): Promise<Figures> {
  const child = forkChild('failover-master.js', [folder]);
  const [text] = (await once(child, 'message')) as [string];
  const master = PID.parse(text);
  const prober = forkChild('failover-prober.js', [`http://${master.address}/health`]);
  await once(prober, 'message');
  // It answers that it knows no such message: they are connected then, and ready.
  await Promise.all(runtimes.map((runtime) => runtime.ask(master, 'ready?', {}).catch(() => undefined)));
  try {
    await told<number>(child);
    await told<number[]>(prober);
    const { elapsedMs } = await measure(async () => {
      await Promise.all(agents.map((agent) => agent.reregister(master)));
      return agents.length;
    });
    const waits = await told<number[]>(prober);
    return { elapsed: elapsedMs / 1000, stall: await told<number>(child), health: percentile(waits, 0.99) };
  } finally {
    prober.disconnect();
    await once(prober, 'exit');
    // Without a word: as a machine that loses its power.
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** Starts runtimes, and agents in them. */
async function machines(size: Size): Promise<Machines> {
  const agents = Array.from({ length: size.agents }, (_, index) => new Agent(index, size));
  const together = tasksOnConnection / (size.frameworks * size.tasks);
  const runtimes: Runtime[] = [];
  for (let first = 0; first < agents.length; first += together) {
    const runtime = await new Runtime({ transport: new WebSocketTransport({ ip: '127.0.0.1' }) }).start();
    runtimes.push(runtime);
    for (const agent of agents.slice(first, first + together)) runtime.spawn(agent);
    await runtime.settle();
  }
  return { agents, runtimes };
}

/** Agents come back to a master whose registry knows them not, and then to its successor. */
async function failover(size: Size): Promise<{ readonly unknown: Figures; readonly known: Figures }> {
  const folder = await mkdtemp(join(tmpdir(), 'failover-'));
  const all = await machines(size);
  try {
    const unknown = await comeBack(all, folder);
    return { unknown, known: await comeBack(all, folder) };
  } finally {
    await Promise.all(all.runtimes.map((runtime) => runtime.close()));
    await rm(folder, { recursive: true, force: true });
  }
}

// Milliseconds that nobody may wait for a master to which agents come back.
const waitMax = 100;

/** Rows of what it took agents to come back, and of what else the master got to meanwhile. */
function rows(size: Size, atMost: number): Row {
  const name = `${size.agents} agents with ${size.frameworks} x ${size.tasks} tasks come back`;
  const kinds = [
    ['unknown', ', none of them in the registry'],
    ['known', ' to the next master'],
  ] as const;
  return {
    row: async (rounds) => {
      const runs: Awaited<ReturnType<typeof failover>>[] = [];
      for (let round = 0; round < rounds; round++) runs.push(await failover(size));
      return kinds
        .flatMap(([kind, how]) => {
          const of = (figure: keyof Figures): number[] => runs.map((run) => run[kind][figure]);
          return [
            boundRow({ name: name + how, unit: 's', atMost }, of('elapsed')),
            boundRow({ name: `${name}${how}: /health meanwhile, p99`, unit: 'ms', atMost: waitMax }, of('health')),
            boundRow({ name: `${name}${how}: longest stall`, unit: 'ms', atMost: waitMax }, of('stall')),
          ];
        })
        .join('\n');
    },
  };
}

/** A master is replaced by another, as in Mesos's benchmark MasterFailover; the registry is in a replicated log of one replica. */
export const failovers: Suite = {
  name: 'failover',
  start: () =>
    Promise.resolve({
      // What Apache Mesos takes for the first on this machine, at 74 k tasks/s; 6 s for the second, where it did not end.
      benchmarks: [
        rows({ agents: 2000, frameworks: 5, tasks: 20 }, 2.7),
        rows({ agents: 20_000, frameworks: 1, tasks: 5 }, 6),
      ],
      stop: () => Promise.resolve(),
    }),
};
