import { once } from 'node:events';
import { PID, Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { RawClient } from './baselines/raw-websocket.ts';
import { bodies } from './bodies.ts';
import { forkChild } from './child.ts';
import { EchoBench } from './echo-bench.ts';
import { heapUsed } from './memory.ts';
import type { ChildProcess } from 'node:child_process';
import type { Suite } from './benchmark.ts';
import type { RemoteServer } from './echo-bench.ts';

const peerCount = 1_000;
const exchangesOfEach = 100;
const idleCount = 10_000;
// Those that have not greeted are bounded: 1,000, beside whom there is room for none.
const ungreetedCount = 999;
const body = bodies['100 B'];

interface Addresses {
  readonly echoes: readonly string[];
  readonly rawPort: number;
}

/** Exchanges pings with many echoes, one at a time with each. */
class Fan extends Process {
  readonly #echoes: readonly PID[];
  #left = 0;
  #done: (() => void) | undefined;

  constructor(echoes: readonly PID[]) {
    super();
    this.#echoes = echoes;
  }

  protected override initialize(): void {
    this.install('pong', (from) => {
      this.#left--;
      if (this.#left >= this.#echoes.length) this.send(from, 'ping', body);
      else if (this.#left === 0) this.#done?.();
    });
  }

  exchange(ofEach: number): Promise<void> {
    this.#left = ofEach * this.#echoes.length;
    for (const echo of this.#echoes) this.send(echo, 'ping', body);
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }
}

interface Echoing {
  readonly bench: EchoBench;
  readonly address: string;
  readonly child: ChildProcess;
}

/** A runtime of this OS process that measures against the echo of another one. */
async function startEcho(): Promise<Echoing> {
  const child = forkChild('remote-server.js');
  const [{ echo }] = (await once(child, 'message')) as [RemoteServer];
  const pid = PID.parse(echo);
  return { bench: await EchoBench.connect(pid), address: pid.address, child };
}

/** A runtime with which many others are connected that are idle, against one without. */
export const crowd: Suite = {
  name: 'crowd',
  start: async () => {
    const [quiet, crowded] = [await startEcho(), await startEcho()];
    const idle = forkChild('peers-idle.js', [crowded.address, String(idleCount), String(ungreetedCount)]);
    await once(idle, 'message');
    return {
      benchmarks: [
        {
          name: `remote ping-pong, 250 outstanding, 100 B, ${idleCount} peers and ${ungreetedCount} ungreeted connections more, idle`,
          against: 'without the idle',
          target: 0.8,
          unit: 'exchanges',
          subject: () => crowded.bench.pingPong(200_000, 250, body),
          baseline: () => quiet.bench.pingPong(200_000, 250, body),
        },
      ],
      stop: async () => {
        idle.disconnect();
        for (const { bench, child } of [quiet, crowded]) {
          await bench.close();
          child.disconnect();
        }
      },
    };
  },
};

/** A runtime with many peers, against as many connections of `ws`, each held by this OS process. */
export const peers: Suite = {
  name: 'peers',
  start: async () => {
    const child = forkChild('peers-server.js', [String(peerCount)]);
    const [told] = (await once(child, 'message')) as [Addresses];
    const echoes = told.echoes.map((echo) => PID.parse(echo));
    const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
    const fan = runtime.spawn(new Fan(echoes));
    const exchange = (ofEach: number): Promise<void> => runtime.dispatch(fan, 'exchange', [ofEach]);
    const exchangeRaw = async (ofEach: number): Promise<void> => {
      await Promise.all(raw.map((client) => client.pingPong(ofEach, 1, body, true)));
    };
    const before = heapUsed(true);
    const raw = await Promise.all(echoes.map(() => RawClient.connect(told.rawPort)));
    await exchangeRaw(1);
    const between = heapUsed(true);
    await exchange(1);
    const memory = { raw: (between - before) / peerCount, peer: (heapUsed(true) - between) / peerCount };
    const exchanges = peerCount * exchangesOfEach;
    return {
      benchmarks: [
        {
          name: `${peerCount} peers, memory of a connection`,
          against: 'raw ws',
          target: 0.5,
          unit: 'connections',
          per: 'MiB',
          compare: () =>
            Promise.resolve({
              subjectPerSecond: 1_048_576 / memory.peer,
              baselinePerSecond: 1_048_576 / memory.raw,
              ratio: memory.raw / memory.peer,
            }),
        },
        {
          name: `${peerCount} peers, an exchange under way with each, 100 B`,
          against: 'raw ws + msgpackr',
          target: 0.67,
          unit: 'exchanges',
          subject: async () => {
            await exchange(exchangesOfEach);
            return exchanges;
          },
          baseline: async () => {
            await exchangeRaw(exchangesOfEach);
            return exchanges;
          },
        },
      ],
      stop: async () => {
        for (const client of raw) client.close();
        await runtime.close();
        child.disconnect();
      },
    };
  },
};
