import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { SystemClock } from '@mesos-ts/libprocess';
import { forkChild } from './child.ts';
import type { Suite } from './benchmark.ts';

const streamCount = 1_000;
const eventsOfEach = 20;
const heartbeatMs = 15_000;
const heartbeatText = '"HEARTBEAT"';
const lineFeed = 0x0a;
const clock = new SystemClock();
const askers = new Agent({ keepAlive: true, maxSockets: 16 });

interface Urls {
  readonly url: string;
  readonly rawUrl: string;
}

/** Streams of events from one server. Each frame has one line feed, by which frames are counted. */
class Streams {
  readonly ids: string[] = [];
  readonly frameworkIds: string[] = [];
  /** How much later than it should each heartbeat came, in milliseconds. */
  readonly lateMs: number[] = [];
  readonly #url: string;
  readonly #responses: IncomingMessage[] = [];
  #expected = 0;
  #done: (() => void) | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async open(body: string | undefined): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const sent = request(this.#url, { agent: false, headers, method: body === undefined ? 'GET' : 'POST' }).end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    this.#responses.push(response);
    this.ids.push(String(response.headers['mesos-stream-id']));
    const [first] = (await once(response, 'data')) as [Buffer];
    this.frameworkIds.push(/"framework_id":\{"value":"([^"]+)"/.exec(first.toString())?.[1] ?? '');
    let beatMs = clock.monotonic();
    response.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1)) this.#expected--;
      if (this.#expected === 0) this.#done?.();
      if (chunk.length > 100 || !chunk.includes(heartbeatText)) return;
      const nowMs = clock.monotonic();
      this.lateMs.push(nowMs - beatMs - heartbeatMs);
      beatMs = nowMs;
    });
  }

  /** Asks a question on each stream and waits for the events that answer them all. */
  async ask(question: (index: number) => object): Promise<void> {
    this.#expected = streamCount * eventsOfEach;
    const answered = new Promise<void>((resolve) => {
      this.#done = resolve;
    });
    await Promise.all(this.ids.map((id, index) => this.#post(JSON.stringify(question(index)), id)));
    await answered;
  }

  close(): void {
    for (const response of this.#responses) response.destroy();
  }

  async #post(body: string, streamId: string): Promise<void> {
    const headers = { 'content-type': 'application/json', 'mesos-stream-id': streamId };
    const sent = request(this.#url, { agent: askers, headers, method: 'POST' }).end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
  }
}

const tasks = Array.from({ length: eventsOfEach }, (_, index) => ({ task_id: { value: `task-${index}` } }));

function subscribeCall(index: number): string {
  const framework_info = { user: 'nobody', name: `stream ${index}`, failover_timeout: 60 };
  return JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info } });
}

/** A master with many schedulers that speak HTTP: what it can tell them, and whether heartbeats come in time meanwhile. */
export const streams: Suite = {
  name: 'streams',
  start: async () => {
    const child = forkChild('streams-server.js');
    const [urls] = (await once(child, 'message')) as [Urls];
    const schedulers = new Streams(urls.url);
    const raw = new Streams(urls.rawUrl);
    for (let index = 0; index < streamCount; index++) {
      await schedulers.open(subscribeCall(index));
      await raw.open(undefined);
    }
    const reconcile = (index: number): object => ({
      type: 'RECONCILE',
      framework_id: { value: schedulers.frameworkIds[index] },
      reconcile: { tasks },
    });
    const events = streamCount * eventsOfEach;
    return {
      benchmarks: [
        {
          name: `${streamCount} scheduler streams, ${eventsOfEach} tasks reconciled on each`,
          against: 'node:http + JSON',
          target: 0.4,
          unit: 'events',
          subject: async () => {
            await schedulers.ask(reconcile);
            return events;
          },
          baseline: async () => {
            await raw.ask((index) => ({ stream: raw.ids[index], tasks }));
            return events;
          },
        },
        {
          name: `${streamCount} scheduler streams, 99th percentile of how late a heartbeat is while tasks are reconciled`,
          unit: 'ms',
          atMost: 1_000,
          sample: async () => {
            schedulers.lateMs.length = 0;
            while (schedulers.lateMs.length < streamCount) await schedulers.ask(reconcile);
            const sorted = schedulers.lateMs.toSorted((left, right) => left - right);
            return Math.max(0, sorted[Math.floor(sorted.length * 0.99)] ?? Infinity);
          },
        },
      ],
      stop: () => {
        schedulers.close();
        raw.close();
        askers.destroy();
        child.disconnect();
        return Promise.resolve();
      },
    };
  },
};
