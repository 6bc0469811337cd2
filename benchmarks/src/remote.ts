import { once } from 'node:events';
import { PID } from '@mesos-ts/libprocess';
import { RawClient } from './baselines/raw-websocket.ts';
import { bodies } from './bodies.ts';
import { forkChild } from './child.ts';
import { EchoBench } from './echo-bench.ts';
import type { Suite } from './benchmark.ts';
import type { RemoteServer } from './echo-bench.ts';

interface PingPong {
  readonly outstanding: number;
  readonly size: keyof typeof bodies;
  readonly count: number;
  readonly rawCount?: number;
  readonly batched?: boolean;
  readonly against: string;
  readonly target: number;
}

const pingPongs: readonly PingPong[] = [
  { outstanding: 1, size: '100 B', count: 10_000, against: 'raw ws + msgpackr', target: 7 / 8 },
  { outstanding: 250, size: '100 B', count: 250_000, against: 'raw, batched', target: 0.67 },
  {
    outstanding: 250,
    size: '100 B',
    count: 250_000,
    rawCount: 100_000,
    batched: false,
    against: 'raw, a frame per message',
    target: 2,
  },
  { outstanding: 250, size: '10 KB', count: 50_000, against: 'raw, batched', target: 0.67 },
];

// Frames of the baseline are of a size that suits it: 10 to 100 KB.
const streams = [
  { size: '100 B', count: 500_000, window: 10_000, perFrame: 100 },
  { size: '1 KB', count: 200_000, window: 2_000, perFrame: 50 },
  { size: '10 KB', count: 40_000, window: 500, perFrame: 10 },
] as const;

/** Actors of two OS processes over loopback, against `ws` and `msgpackr` with nothing around them. */
export const remote: Suite = {
  name: 'remote',
  start: async () => {
    const child = forkChild('remote-server.js');
    const [told] = (await once(child, 'message')) as [RemoteServer];
    const actors = await EchoBench.connect(PID.parse(told.echo));
    const raw = await RawClient.connect(told.rawPort);
    return {
      benchmarks: [
        ...pingPongs.map(({ outstanding, size, count, rawCount = count, batched = true, against, target }) => ({
          name: `remote ping-pong, ${outstanding} outstanding, ${size}`,
          against,
          target,
          unit: 'exchanges',
          subject: () => actors.pingPong(count, outstanding, bodies[size]),
          baseline: () => raw.pingPong(rawCount, outstanding, bodies[size], batched),
        })),
        ...streams.map(({ size, count, window, perFrame }) => ({
          name: `remote one-way stream, ${size}`,
          against: 'raw, batched',
          target: 0.6,
          unit: 'messages',
          subject: () => actors.stream(count, window, bodies[size]),
          baseline: () => raw.stream(count, window, perFrame, bodies[size]),
        })),
      ],
      stop: async () => {
        raw.close();
        await actors.close();
        child.disconnect();
      },
    };
  },
};
