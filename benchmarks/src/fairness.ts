import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { PID, Process, Runtime, SystemClock, WebSocketTransport } from '@mesos-ts/libprocess';
import { forkChild } from './child.ts';
import { percentile } from './measure.ts';
import type { IncomingMessage } from 'node:http';
import type { Bound, Suite } from './benchmark.ts';

const exchanges = 1_000;
const clock = new SystemClock();

/** How long each exchange takes, one after the other. */
async function latencies(exchange: () => Promise<unknown>): Promise<number[]> {
  const delaysMs: number[] = [];
  while (delaysMs.length < exchanges) {
    const startMs = clock.monotonic();
    await exchange();
    delaysMs.push(clock.monotonic() - startMs);
  }
  return delaysMs;
}

/** Asks another runtime's actor, one message after the other. */
class Asker extends Process {
  readonly #to: PID;
  #heard: (() => void) | undefined;

  constructor(to: PID) {
    super();
    this.#to = to;
  }

  protected override initialize(): void {
    this.install('pong', () => {
      this.#heard?.();
    });
  }

  exchange(): Promise<void> {
    this.send(this.#to, 'ping');
    return new Promise((resolve) => {
      this.#heard = resolve;
    });
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function request(url: string): Promise<void> {
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
}

/** How much an actor that is flooded holds up another one of its runtime. */
export const fairness: Suite = {
  name: 'fairness',
  start: async () => {
    const child = forkChild('fairness-server.js');
    const [address] = (await once(child, 'message')) as [string];
    const to = PID.parse(address);
    const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
    const asking = runtime.spawn(new Asker(to));
    const bound = (takesMs: number, what: string, delays: () => Promise<number[]>): Bound => ({
      name: `${what} beside an actor flooded with work of ${takesMs * 1_000} us: p99`,
      unit: 'ms',
      atMost: 10,
      sample: async () => {
        await runtime.ask(to, 'flood', takesMs);
        return percentile(await delays(), 0.99);
      },
    });
    const bounds = (takesMs: number): Bound[] => [
      bound(takesMs, 'exchange with another OS process', () => latencies(() => runtime.dispatch(asking, 'exchange'))),
      bound(takesMs, 'HTTP request', () => latencies(() => request(`http://${to.address}/${to.id}/`))),
      bound(takesMs, 'local message', async () => {
        let delaysMs: number[] = [];
        while (delaysMs.length < exchanges) delaysMs = await runtime.ask(to, 'delays');
        return delaysMs;
      }),
    ];
    return {
      benchmarks: [0, 0.02, 0.2].flatMap(bounds),
      stop: async () => {
        agent.destroy();
        await runtime.close();
        child.disconnect();
      },
    };
  },
};
