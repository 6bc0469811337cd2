import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { PID, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { forkChild } from './child.ts';
import { Asker, p99Of } from './fairness-asker.ts';
import { percentile } from './measure.ts';
import type { ChildProcess } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import type { Bound, Suite } from './benchmark.ts';
import type { FairnessServer } from './fairness-server.ts';

const exchanges = 1_000;
// Behind a flood each takes long.
const exchangesBehind = 50;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function request(url: string): Promise<void> {
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
}

/** A runtime in another OS process, to which one of this OS process is connected. */
class Flooded {
  readonly #child: ChildProcess;
  readonly runtime: Runtime;
  readonly neighbour: PID;
  readonly flooded: PID;
  readonly exchange: () => Promise<unknown>;
  readonly request: () => Promise<void>;

  private constructor(child: ChildProcess, runtime: Runtime, { neighbour, flooded }: FairnessServer) {
    this.#child = child;
    this.runtime = runtime;
    this.neighbour = PID.parse(neighbour);
    this.flooded = PID.parse(flooded);
    const asker = runtime.spawn(new Asker(this.neighbour));
    this.exchange = () => runtime.dispatch(asker, 'exchange');
    this.request = () => request(`http://${this.neighbour.address}/${this.neighbour.id}/`);
  }

  static async start(flood: 'local' | 'remote'): Promise<Flooded> {
    const child = forkChild('fairness-server.js', [flood]);
    const [told] = (await once(child, 'message')) as [FairnessServer];
    return new Flooded(child, await new Runtime({ transport: new WebSocketTransport() }).start(), told);
  }

  async stop(): Promise<void> {
    agent.destroy();
    await this.runtime.close();
    this.#child.disconnect();
  }
}

function bound(name: string, atMost: number, sample: () => Promise<number>): Bound {
  return { name: `${name}: p99`, unit: 'ms', atMost, sample };
}

/** How much an actor that is flooded from within holds up others of its runtime. */
export const fairness: Suite = {
  name: 'fairness',
  start: async () => {
    const server = await Flooded.start('local');
    const { neighbour, runtime } = server;
    const bounds = (takesMs: number): Bound[] => {
      const beside = `beside an actor flooded with work of ${takesMs * 1_000} us`;
      const after = (sample: () => Promise<number>) => async () => {
        await runtime.ask(neighbour, 'flood', takesMs);
        return sample();
      };
      return [
        bound(
          `exchange with another OS process ${beside}`,
          10,
          after(() => p99Of(exchanges, server.exchange)),
        ),
        bound(
          `HTTP request ${beside}`,
          10,
          after(() => p99Of(exchanges, server.request)),
        ),
        bound(
          `local message ${beside}`,
          10,
          after(async () => {
            let delaysMs: number[] = [];
            while (delaysMs.length < exchanges) delaysMs = await runtime.ask(neighbour, 'delays');
            return percentile(delaysMs, 0.99);
          }),
        ),
      ];
    };
    return { benchmarks: [0, 0.02, 0.2].flatMap(bounds), stop: () => server.stop() };
  },
};

/** How much an OS process that floods an actor of another one holds up others that talk with the latter, and itself. */
export const floods: Suite = {
  name: 'floods',
  start: async () => {
    const server = await Flooded.start('remote');
    const flooder = forkChild('fairness-flooder.js', [server.flooded.toString(), server.neighbour.toString()]);
    await once(flooder, 'message');
    const beside = 'beside an actor that a third OS process floods with 100 B';
    return {
      benchmarks: [
        bound(`exchange with another OS process ${beside}`, 10, () => p99Of(exchanges, server.exchange)),
        bound(`HTTP request ${beside}`, 10, () => p99Of(exchanges, server.request)),
        // Over the one connection between two runtimes nothing overtakes: docs/decisions/0001-one-connection-per-peer-pair.md.
        bound('exchange behind one’s own flood of 100 B', 250, async () => {
          flooder.send(exchangesBehind);
          const [p99Ms] = (await once(flooder, 'message')) as [number];
          return p99Ms;
        }),
      ],
      stop: async () => {
        flooder.disconnect();
        await server.stop();
      },
    };
  },
};
