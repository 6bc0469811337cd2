import { once } from 'node:events';
import { forkChild } from './child.ts';
import { median, percentile } from './measure.ts';
import { formNames, StateCluster, type Client, type Form } from './state-cluster.ts';
import type { Benchmark, Bound, Suite } from './benchmark.ts';

const forms: readonly Form[] = ['v0', 'protobuf', 'json'];
// What a client waits that asks again and again; the first few answers are slow, as its own code is not compiled yet.
const answersPerSample = 20;
const warmingAnswers = 30;
const manyClients = 10;

/** Milliseconds that an answer may take, in each form. */
type Limits = Readonly<Record<Form, number>>;

/** The middle of what a client waits in so many answers in a row. */
async function typical(times: number, wait: () => Promise<number>): Promise<number> {
  const waits: number[] = [];
  for (let count = 0; count < times; count++) waits.push(await wait());
  return median(waits);
}

/** The middle of what each of many clients waits who all ask in the same moment, so many times in a row. */
function typicalOfMany(times: number, wait: () => Promise<number>, before?: () => Promise<void>): Promise<number> {
  return typical(times, async () => {
    await before?.();
    return median(await Promise.all(Array.from({ length: manyClients }, wait)));
  });
}

/** What is asked for meanwhile, and by whom. */
interface Polling {
  /** Asked for the state and for its health. */
  readonly server: string;
  /** Of the state. */
  readonly path: string;
  readonly clients: number;
  readonly isChanging?: boolean;
}

const healthSamples = 100;

/** Milliseconds of /health, so many times, while clients in another OS process read the state as fast as they can. */
async function healthUnderPolling(
  cluster: StateCluster,
  { clients, isChanging = false, path, server }: Polling,
): Promise<number[]> {
  const pollers = forkChild('state-pollers.js', [`${server}${path}`, String(clients)]);
  await once(pollers, 'message');
  const polling = { isOver: false };
  const change = async (): Promise<void> => {
    while (!polling.isOver) await cluster.change();
  };
  const changes = isChanging ? change() : undefined;
  const times: number[] = [];
  for (let count = 0; count < healthSamples; count++) times.push(await cluster.read(`${server}/health`));
  polling.isOver = true;
  await changes;
  pollers.disconnect();
  await once(pollers, 'exit');
  return times;
}

function stallsWhilePolled(cluster: StateCluster, clients: number): Bound['sample'] {
  return async () => {
    await cluster.stalls();
    await healthUnderPolling(cluster, { server: cluster.master, path: '/state', clients, isChanging: true });
    return (await cluster.stalls()).p99;
  };
}

/** What a client waits for each form after a change: what Apache Mesos takes for each of its answers. */
function afterChange(cluster: StateCluster, size: string, limits: Limits, times: number): Bound[] {
  return forms.map((form) => ({
    name: `${formNames[form]} of ${size}, after a change`,
    unit: 'ms',
    atMost: limits[form],
    sample: () =>
      typical(times, async () => {
        await cluster.change();
        return cluster.wait(form);
      }),
  }));
}

/** What each of ten clients waits that ask together after a change. */
function manyAfterChange(cluster: StateCluster, size: string, limits: Limits, times: number): Bound[] {
  return forms.map((form) => ({
    name: `${formNames[form]} of ${size}, after a change, ${manyClients} clients at once`,
    unit: 'ms',
    atMost: limits[form],
    sample: () =>
      typicalOfMany(
        times,
        () => cluster.wait(form),
        () => cluster.change(),
      ),
  }));
}

/** What ten clients wait that spare the master most of the bytes. */
function manySparing(
  cluster: StateCluster,
  size: string,
  limits: { readonly unchanged: number; readonly changed: number },
  times: number,
): Bound[] {
  const rows: readonly (readonly [name: string, client: Client])[] = [
    ['compressed', { takesGzip: true }],
    ['if it is another one than before', { isConditional: true }],
  ];
  return rows.flatMap(([how, client]) => [
    {
      name: `/state of ${size}, ${how}, unchanged, ${manyClients} clients at once`,
      unit: 'ms',
      atMost: limits.unchanged,
      sample: () => typicalOfMany(answersPerSample, () => cluster.wait('v0', client)),
    },
    {
      name: `/state of ${size}, ${how}, after a change, ${manyClients} clients at once`,
      unit: 'ms',
      atMost: limits.changed,
      sample: () =>
        typicalOfMany(
          times,
          () => cluster.wait('v0', client),
          () => cluster.change(),
        ),
    },
  ]);
}

/** What a client waits for each form as long as nothing changes. */
function unchanged(cluster: StateCluster): (Benchmark | Bound)[] {
  return forms.flatMap((form): (Benchmark | Bound)[] => {
    const name = `${formNames[form]} of 20,000 tasks, unchanged`;
    const bound: Bound = {
      name,
      unit: 'ms',
      atMost: 10,
      sample: async () => {
        await typical(warmingAnswers, () => cluster.wait(form));
        return typical(answersPerSample, () => cluster.wait(form));
      },
    };
    return [
      bound,
      besideMemory(cluster, form, name, 1),
      besideMemory(cluster, form, `${name}, ${manyClients} clients at once`, manyClients),
    ];
  });
}

/** Answers that so many clients get in a second, beside the same bytes from the memory of a server of `node:http`. */
function besideMemory(cluster: StateCluster, form: Form, name: string, clients: number): Benchmark {
  const answers = async (wait: () => Promise<number>): Promise<number> => {
    for (let count = 0; count < answersPerSample; count++) await Promise.all(Array.from({ length: clients }, wait));
    return answersPerSample * clients;
  };
  return {
    name,
    against: 'the same bytes by node:http',
    // Half as long: what it takes to route and decode a call, which a bare server does not do, weighs twice.
    target: form === 'protobuf' ? 0.8 : 0.9,
    unit: 'answers',
    subject: () => answers(() => cluster.wait(form)),
    baseline: () => answers(() => cluster.waitForPlain(form)),
  };
}

function polled(cluster: StateCluster): Bound[] {
  const health = (name: string, atMost: number, part: number, polling: Partial<Polling> = {}): Bound => ({
    name: `/health while 5 clients poll ${name}`,
    unit: 'ms',
    atMost,
    sample: async () => {
      const times = await healthUnderPolling(cluster, {
        server: cluster.master,
        path: '/state',
        clients: 5,
        ...polling,
      });
      return percentile(times, part);
    },
  });
  const plain = { server: cluster.plain, path: '/v0' };
  return [
    health('/state: p50', 5, 0.5),
    health('/state: p90', 20, 0.9),
    health('the same bytes of node:http, for comparison: p50', 5, 0.5, plain),
    health('the same bytes of node:http, for comparison: p90', 20, 0.9, plain),
    health('/state and it changes: p90', 20, 0.9, { isChanging: true }),
    { name: 'stalls of the master meanwhile: p99', unit: 'ms', atMost: 20, sample: stallsWhilePolled(cluster, 5) },
  ];
}

/** The state of a large cluster: 1,000 agents with 5 frameworks each, 10,000 running and 10,000 completed tasks. */
export const state: Suite = {
  name: 'state',
  start: async () => {
    const cluster = await new StateCluster(1_000, 2).ready();
    const askThrice = async (url: string): Promise<number> => {
      for (let count = 0; count < 3; count++) await cluster.read(url);
      return 3;
    };
    const limits = { v0: 158, protobuf: 72, json: 237 };
    return {
      benchmarks: [
        {
          name: '/state of 20,000 tasks, one client',
          against: 'JSON.stringify of it',
          target: 1,
          unit: 'answers',
          subject: () => askThrice(`${cluster.master}/state`),
          baseline: () => askThrice(cluster.plain),
        },
        ...afterChange(cluster, '20,000 tasks', limits, 10),
        ...manyAfterChange(cluster, '20,000 tasks', limits, 5),
        ...unchanged(cluster),
        ...manySparing(cluster, '20,000 tasks', { unchanged: 10, changed: limits.v0 }, 10),
        ...polled(cluster),
      ],
      stop: () => {
        cluster.close();
        return Promise.resolve();
      },
    };
  },
};

/** Ten times that. */
export const largeState: Suite = {
  name: 'large-state',
  start: async () => {
    const cluster = await new StateCluster(10_000, 2).ready();
    const limits = { v0: 3_500, protobuf: 880, json: 3_400 };
    return {
      benchmarks: [
        ...afterChange(cluster, '200,000 tasks', limits, 3),
        ...manyAfterChange(cluster, '200,000 tasks', limits, 1),
        ...manySparing(cluster, '200,000 tasks', { unchanged: 100, changed: limits.v0 }, 3),
        {
          name: 'stalls of the master while one client polls /state of 200,000 tasks and it changes: p99',
          unit: 'ms',
          atMost: 20,
          sample: stallsWhilePolled(cluster, 1),
        },
      ],
      stop: () => {
        cluster.close();
        return Promise.resolve();
      },
    };
  },
};
