import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PID } from '@mesos-ts/libprocess';
import { RawClient } from './baselines/raw-websocket.ts';
import { RemoteBench, streamWindow } from './remote-actors.ts';
import type { Suite } from './benchmark.ts';

const small = { data: 'x'.repeat(80) };
const medium = { data: 'x'.repeat(1_000) };
const large = { data: 'x'.repeat(10_000) };

// Frames of the baseline are of a size that suits it: 10 to 100 KB.
const streams = [
  { name: '100 B', count: 500_000, perFrame: 100, body: small },
  { name: '1 KB', count: 200_000, perFrame: 50, body: medium },
  { name: '10 KB', count: 40_000, perFrame: 10, body: large },
];

/** Actors of two OS processes over loopback, against `ws` and `msgpackr` with nothing around them. */
export const remote: Suite = {
  name: 'remote',
  start: async () => {
    const child = fork(fileURLToPath(new URL('remote-server.js', import.meta.url)));
    const [addresses] = (await once(child, 'message')) as [{ echo: string; rawPort: number }];
    const actors = await RemoteBench.start(PID.parse(addresses.echo));
    const raw = await RawClient.connect(addresses.rawPort);
    return {
      benchmarks: [
        {
          name: 'remote ping-pong, 1 outstanding, 100 B',
          against: 'raw ws + msgpackr',
          target: 7 / 8,
          unit: 'exchanges',
          subject: () => actors.pingPong(10_000, 1, small),
          baseline: () => raw.pingPong(10_000, 1, small, true),
        },
        {
          name: 'remote ping-pong, 250 outstanding, 100 B',
          against: 'raw, batched',
          target: 0.67,
          unit: 'exchanges',
          subject: () => actors.pingPong(250_000, 250, small),
          baseline: () => raw.pingPong(250_000, 250, small, true),
        },
        {
          name: 'remote ping-pong, 250 outstanding, 100 B',
          against: 'raw, a frame per message',
          target: 2,
          unit: 'exchanges',
          subject: () => actors.pingPong(250_000, 250, small),
          baseline: () => raw.pingPong(100_000, 250, small, false),
        },
        {
          name: 'remote ping-pong, 250 outstanding, 10 KB',
          against: 'raw, batched',
          target: 0.67,
          unit: 'exchanges',
          subject: () => actors.pingPong(50_000, 250, large),
          baseline: () => raw.pingPong(50_000, 250, large, true),
        },
        ...streams.map(({ name, count, perFrame, body }) => ({
          name: `remote one-way stream, ${name}`,
          against: 'raw, batched',
          target: 0.6,
          unit: 'messages',
          subject: () => actors.stream(count, body),
          baseline: () => raw.stream(count, streamWindow, perFrame, body),
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
