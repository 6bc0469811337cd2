import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { forkChild } from './child.ts';
import { measure, percentile } from './measure.ts';
import type { Bound, Suite } from './benchmark.ts';

interface Served {
  readonly master: string;
  readonly plain: number;
}

interface Stalls {
  readonly p99: number;
  readonly max: number;
}

/** A server of another OS process that is ready. */
export class StateServer {
  readonly #child;
  readonly #connections = new Agent({ keepAlive: true });
  master = '';
  plain = '';

  constructor(agents: number, tasksPerFramework: number) {
    this.#child = forkChild('state-server.js', [String(agents), String(tasksPerFramework)]);
  }

  async ready(): Promise<this> {
    const [served] = (await once(this.#child, 'message')) as [Served];
    this.master = served.master;
    this.plain = `http://127.0.0.1:${served.plain}`;
    return this;
  }

  /** Something of the cluster changes. */
  async change(): Promise<void> {
    this.#child.send('change');
    await once(this.#child, 'message');
  }

  /** How long its event loop stood still, in milliseconds, since it was asked this last. */
  async stalls(): Promise<Stalls> {
    this.#child.send('stalls');
    const [stalls] = (await once(this.#child, 'message')) as [Stalls];
    return stalls;
  }

  /** Reads an answer to its end and says how many milliseconds that took. */
  async read(url: string, type?: 'application/json' | 'application/x-protobuf'): Promise<number> {
    const { elapsedMs } = await measure(async () => {
      await this.#read(url, type);
      return 1;
    });
    return elapsedMs;
  }

  #read(url: string, type?: 'application/json' | 'application/x-protobuf'): Promise<void> {
    const headers = type === undefined ? {} : { 'content-type': 'application/json', accept: type };
    return new Promise((resolve, reject) => {
      const asked = request(url, { agent: this.#connections, method: type === undefined ? 'GET' : 'POST', headers });
      asked.once('error', reject);
      asked.once('response', (response) => {
        if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
        response.once('end', () => {
          resolve();
        });
        response.resume();
      });
      asked.end(type === undefined ? undefined : '{"type":"GET_STATE"}');
    });
  }

  close(): void {
    this.#connections.destroy();
    this.#child.disconnect();
  }
}

/** Milliseconds of /health, so many times, while so many clients poll the state as fast as they can. */
async function healthUnderPolling(server: StateServer, clients: number, isChanging: boolean): Promise<number[]> {
  const polling = { isOver: false };
  const poll = async (): Promise<void> => {
    while (!polling.isOver) await server.read(`${server.master}/state`);
  };
  const change = async (): Promise<void> => {
    while (!polling.isOver) await server.change();
  };
  const polls = Array.from({ length: clients }, poll);
  if (isChanging) polls.push(change());
  const times: number[] = [];
  for (let count = 0; count < 100; count++) times.push(await server.read(`${server.master}/health`));
  polling.isOver = true;
  await Promise.all(polls);
  return times;
}

type Accept = 'application/json' | 'application/x-protobuf';

/** Milliseconds that an answer may take, in each form, after a change. */
interface Limits {
  readonly v0: number;
  readonly protobuf: number;
  readonly json: number;
}

function read(server: StateServer, type?: Accept): Promise<number> {
  return server.read(type === undefined ? `${server.master}/state` : `${server.master}/api/v1`, type);
}

/** Each form after a change: what Apache Mesos takes for each of its answers. */
function answers(server: StateServer, size: string, limits: Limits): Bound[] {
  const changed = async (type?: Accept): Promise<number> => {
    await server.change();
    return read(server, type);
  };
  return [
    { name: `/state of ${size}, after a change`, unit: 'ms', atMost: limits.v0, sample: () => changed() },
    {
      name: `GET_STATE of ${size} in protobuf, after a change`,
      unit: 'ms',
      atMost: limits.protobuf,
      sample: () => changed('application/x-protobuf'),
    },
    {
      name: `GET_STATE of ${size} in JSON, after a change`,
      unit: 'ms',
      atMost: limits.json,
      sample: () => changed('application/json'),
    },
  ];
}

function bounds(server: StateServer, size: string): Bound[] {
  return [
    ...answers(server, size, { v0: 158, protobuf: 72, json: 237 }),
    { name: `/state of ${size}, unchanged`, unit: 'ms', atMost: 10, sample: () => read(server) },
    {
      name: 'the same bytes from memory by node:http, for comparison',
      unit: 'ms',
      atMost: 10,
      sample: () => server.read(`${server.plain}/bytes`),
    },
    {
      name: `GET_STATE in protobuf, unchanged`,
      unit: 'ms',
      atMost: 10,
      sample: () => read(server, 'application/x-protobuf'),
    },
    { name: `GET_STATE in JSON, unchanged`, unit: 'ms', atMost: 10, sample: () => read(server, 'application/json') },
    {
      name: '/health while 5 clients poll /state: p50',
      unit: 'ms',
      atMost: 5,
      sample: async () => percentile(await healthUnderPolling(server, 5, false), 0.5),
    },
    {
      name: '/health while 5 clients poll /state: p90',
      unit: 'ms',
      atMost: 20,
      sample: async () => percentile(await healthUnderPolling(server, 5, false), 0.9),
    },
    {
      name: '/health while 5 clients poll /state and it changes: p90',
      unit: 'ms',
      atMost: 20,
      sample: async () => percentile(await healthUnderPolling(server, 5, true), 0.9),
    },
    {
      name: 'stalls of the master meanwhile: p99',
      unit: 'ms',
      atMost: 20,
      sample: async () => {
        await server.stalls();
        await healthUnderPolling(server, 5, true);
        return (await server.stalls()).p99;
      },
    },
  ];
}

/** The state of a large cluster: 1,000 agents with 5 frameworks each, 10,000 running and 10,000 completed tasks. */
export const state: Suite = {
  name: 'state',
  start: async () => {
    const server = await new StateServer(1_000, 2).ready();
    const askThrice = async (url: string): Promise<number> => {
      for (let count = 0; count < 3; count++) await server.read(url);
      return 3;
    };
    return {
      benchmarks: [
        {
          name: '/state of 20,000 tasks, one client',
          against: 'JSON.stringify of it',
          target: 1,
          unit: 'answers',
          subject: () => askThrice(`${server.master}/state`),
          baseline: () => askThrice(server.plain),
        },
        ...bounds(server, '20,000 tasks'),
      ],
      stop: () => {
        server.close();
        return Promise.resolve();
      },
    };
  },
};

/** Ten times that. */
export const largeState: Suite = {
  name: 'large-state',
  start: async () => {
    const server = await new StateServer(10_000, 2).ready();
    return {
      benchmarks: [
        ...answers(server, '200,000 tasks', { v0: 3_500, protobuf: 880, json: 3_400 }),
        {
          name: 'stalls of the master while one client polls /state of 200,000 tasks and it changes: p99',
          unit: 'ms',
          atMost: 20,
          sample: async () => {
            await server.stalls();
            await healthUnderPolling(server, 1, true);
            return (await server.stalls()).p99;
          },
        },
      ],
      stop: () => {
        server.close();
        return Promise.resolve();
      },
    };
  },
};
