import {
  askLocal,
  askNact,
  pingPongLocal,
  pingPongNact,
  spawnLocal,
  spawnNact,
  tellLocal,
  tellNact,
} from './local-actors.ts';
import { longestPause } from './memory.ts';
import type { Suite } from './benchmark.ts';

/** Actors of one OS process, against nact. */
export const local: Suite = {
  name: 'local',
  start: () =>
    Promise.resolve({
      benchmarks: [
        {
          name: 'local one-way dispatch, one receiver, 1M',
          against: 'nact',
          target: 10,
          unit: 'messages',
          subject: tellLocal(1_000_000),
          baseline: tellNact(1_000_000),
        },
        {
          name: 'a mailbox of 1M messages fills and drains',
          against: 'mailboxes of 10,000',
          target: 0.5,
          unit: 'messages',
          subject: tellLocal(1_000_000),
          baseline: tellLocal(10_000, 100),
        },
        {
          name: 'a mailbox of 1M messages: longest pause for the collector',
          unit: 'ms',
          atMost: 100,
          sample: () => longestPause(tellLocal(1_000_000)),
        },
        {
          name: 'local ping-pong, 250 outstanding',
          against: 'nact',
          target: 4,
          unit: 'exchanges',
          subject: pingPongLocal(1_000_000, 250),
          baseline: pingPongNact(300_000, 250),
        },
        {
          name: 'local ask, sequential',
          against: 'nact',
          target: 2,
          unit: 'asks',
          subject: askLocal(300_000),
          baseline: askNact(100_000),
        },
        {
          name: 'spawn + terminate + wait',
          against: 'nact, without waiting',
          target: 2.3,
          unit: 'actors',
          subject: spawnLocal(100_000, 1_000),
          baseline: spawnNact(50_000, 1_000),
        },
      ],
      stop: () => Promise.resolve(),
    }),
};
