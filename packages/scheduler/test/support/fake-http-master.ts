import { Runtime, SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import type { ApiAnswer, ApiFetch, ApiRequest } from '@mesos-ts/http-api';
import { decode, encode, encodeRecord, fromJson, toJson } from '@mesos-ts/protocol';
import type { SchedulerCall, SchedulerEvent } from '@mesos-ts/protocol';
import { subscribed } from './fake-master.ts';

/** A call as it came. */
export interface HttpCall {
  readonly host: string;
  readonly call: SchedulerCall;
  readonly streamId: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a request is answered with in place of what the master would say. */
export interface OtherAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
}

/** Masters that speak HTTP, without sockets: each host is one, and they share what they were asked. */
export class FakeHttpMasters {
  readonly clock = new TestClock();
  readonly runtime = new Runtime({ clock: this.clock, random: new SeededRandom(1) });
  readonly calls: HttpCall[] = [];
  /** What the first event of a stream is. */
  answer: (call: SchedulerCall) => SchedulerEvent = subscribed('f-1');
  /** What a request is answered with instead; 'break': nothing, the connection breaks; 'hang': nothing. */
  instead: (call: HttpCall) => OtherAnswer | 'break' | 'hang' | undefined = () => undefined;
  /** The streams that are open, the newest last. */
  readonly streams: EventBody[] = [];
  #streams = 0;

  static async start(): Promise<FakeHttpMasters> {
    const masters = new FakeHttpMasters();
    await masters.runtime.start();
    return masters;
  }

  readonly fetch: ApiFetch = async (url, request) => {
    const call = callOf(url, request);
    this.calls.push(call);
    const instead = this.instead(call);
    if (instead === 'break') throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') });
    if (instead === 'hang') return aborted(request.signal);
    if (instead !== undefined)
      return answerOf(url, instead.status, instead.headers ?? {}, textBody(instead.text ?? ''));
    if (call.call.type !== 'SUBSCRIBE') {
      const isCurrent = call.streamId === this.streams.at(-1)?.id;
      if (isCurrent) return answerOf(url, 202, {}, textBody(''));
      return answerOf(url, 400, {}, textBody(`The stream ID '${call.streamId}' didn't match the stream ID`));
    }
    const type = request.headers['content-type'] ?? '';
    const body = new EventBody(`s-${++this.#streams}`, type, request.signal, () => {
      this.streams.splice(this.streams.indexOf(body), 1);
    });
    this.streams.push(body);
    body.emit(this.answer(call.call));
    return answerOf(url, 200, { 'content-type': type, 'mesos-stream-id': body.id }, body);
  };

  /** What was asked since the last time. */
  take(): HttpCall[] {
    return this.calls.splice(0);
  }

  /** Sends an event on the newest stream, and everybody comes to rest. */
  async emit(event: SchedulerEvent): Promise<void> {
    this.streams.at(-1)?.emit(event);
    await this.clock.settle();
  }

  metric(name: string): number | undefined {
    return this.runtime.metrics.snapshot()[name];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime.close();
  }
}

/** The body of a stream of events, fed by a test. */
class EventBody implements AsyncIterable<Uint8Array> {
  readonly id: string;
  readonly #type: string;
  readonly #signal: AbortSignal;
  readonly #closed: () => void;
  readonly #pieces: (Uint8Array | 'break' | 'end')[] = [];
  #wake: () => void = () => undefined;

  constructor(id: string, type: string, signal: AbortSignal, closed: () => void) {
    this.id = id;
    this.#type = type;
    this.#signal = signal;
    this.#closed = closed;
    signal.addEventListener('abort', () => {
      this.push('break');
    });
  }

  emit(event: SchedulerEvent): void {
    const name = 'mesos.v1.scheduler.Event';
    const json = this.#type === 'application/json';
    this.push(encodeRecord(json ? Buffer.from(JSON.stringify(toJson(name, event))) : encode(name, event)));
  }

  push(piece: Uint8Array | 'break' | 'end'): void {
    this.#pieces.push(piece);
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (;;) {
        const piece = this.#pieces.shift();
        if (piece === 'end') return;
        if (piece === 'break') throw new TypeError('terminated', { cause: this.#signal.reason });
        if (piece !== undefined) yield piece;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.#closed();
    }
  }
}

function callOf(url: string, { body, headers }: ApiRequest): HttpCall {
  const name = 'mesos.v1.scheduler.Call';
  const call = typeof body === 'string' ? fromJson(name, JSON.parse(body)) : decode(name, body);
  return { host: new URL(url).host, call, streamId: headers['mesos-stream-id'], headers };
}

function answerOf(
  url: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: AsyncIterable<Uint8Array>,
): ApiAnswer {
  return { status, url, header: (name) => headers[name], body };
}

async function* textBody(text: string): AsyncGenerator<Uint8Array, void, void> {
  if (text !== '') yield Buffer.from(text);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('aborted', { cause: signal.reason }));
    });
  });
}
