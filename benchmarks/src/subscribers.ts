import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { measure } from './measure.ts';
import { StateCluster } from './state-cluster.ts';
import type { Suite } from './benchmark.ts';

const subscriberCount = 1_000;
const frameworkCount = 50;
const lineFeed = 0x0a;
const headers = { 'content-type': 'application/json' };

/** Operators who subscribe to a master's events. Each record has one line feed, by which records are counted. */
class Operators {
  readonly #url: string;
  readonly #responses: IncomingMessage[] = [];
  #awaited = 0;
  #heard: () => void = () => undefined;

  constructor(master: string) {
    this.#url = `${master}/api/v1`;
  }

  /** Lets so many subscribe at the same time, and waits until each has its picture and a heartbeat. */
  async subscribe(count: number): Promise<void> {
    await this.#await(count * 2, async () => {
      await Promise.all(Array.from({ length: count }, () => this.#subscribe()));
    });
  }

  /** Waits until all together have heard of so many events, which the work brings about. */
  async hear(events: number, work: () => Promise<void>): Promise<void> {
    await this.#await(events * this.#responses.length, work);
  }

  close(): void {
    for (const response of this.#responses) response.destroy();
    this.#responses.length = 0;
  }

  async #subscribe(): Promise<void> {
    const sent = request(this.#url, { agent: false, headers, method: 'POST' }).end('{"type":"SUBSCRIBE"}');
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    this.#responses.push(response);
    response.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1)) this.#awaited--;
      if (this.#awaited <= 0) this.#heard();
    });
  }

  async #await(records: number, work: () => Promise<void>): Promise<void> {
    this.#awaited = records;
    const heard = new Promise<void>((resolve) => {
      this.#heard = resolve;
    });
    await work();
    await heard;
  }
}

/** Frameworks come over HTTP: two events each, one when they go. */
async function comeAndGo(master: string): Promise<void> {
  const come = async (index: number): Promise<void> => {
    const framework_info = { user: 'nobody', name: `passing ${index}` };
    const sent = request(`${master}/api/v1/scheduler`, { agent: false, headers, method: 'POST' });
    sent.end(JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info } }));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    await once(response, 'data');
    // Without a time to come back in, it is removed as soon as it has left.
    response.destroy();
  };
  for (let index = 0; index < frameworkCount; index++) await come(index);
}

/** A master with many operators who listen: whether it gets to anything else. */
export const subscribers: Suite = {
  name: 'subscribers',
  start: async () => {
    const server = await new StateCluster(100, 2).ready();
    const operators = new Operators(server.master);
    const stalledWhile = async (work: () => Promise<void>): Promise<number> => {
      await server.stalls();
      await work();
      return (await server.stalls()).p99;
    };
    const subscribeAll = async (): Promise<void> => {
      operators.close();
      await operators.subscribe(subscriberCount);
    };
    const told = (): Promise<void> => operators.hear(2 * frameworkCount, () => comeAndGo(server.master));
    return {
      benchmarks: [
        {
          name: `${subscriberCount} operators subscribe at once, to a state of 2,000 tasks: stalls of the master, p99`,
          unit: 'ms',
          atMost: 20,
          sample: () => stalledWhile(subscribeAll),
        },
        {
          name: `${subscriberCount} operators are told of ${frameworkCount} frameworks that come and go: stalls of the master, p99`,
          unit: 'ms',
          atMost: 20,
          sample: () => stalledWhile(told),
        },
        {
          name: 'the same: events told',
          unit: 'ms for all',
          atMost: 10_000,
          sample: async () => (await measure(async () => (await told(), 1))).elapsedMs,
        },
      ],
      stop: () => {
        operators.close();
        server.close();
        return Promise.resolve();
      },
    };
  },
};
