import {
  decode,
  encode,
  fromJson,
  RecordDecoder,
  toJson,
  type FrameworkInfo,
  type Offer,
  type SchedulerCall,
  type SchedulerCall_Subscribe,
  type SchedulerEvent,
  type SchedulerEvent_Type,
  type TaskStatus,
} from '@mesos-ts/protocol';
import type { MessageType } from '@mesos-ts/daemon';
import type { InjectedRequest, Runtime } from '@mesos-ts/libprocess';

/** Options of `HttpTestScheduler`. */
export interface HttpTestSchedulerOptions {
  /** The master's runtime. */
  readonly runtime: Runtime;
  /** What differs from a framework `http` of user `nobody` with MULTI_ROLE in role `*`. */
  readonly info?: Partial<FrameworkInfo>;
  /** What it says when it subscribes, beside its framework. */
  readonly subscribe?: Partial<SchedulerCall_Subscribe>;
  /** The form of calls and events. @default 'application/json' */
  readonly type?: MessageType;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer to a call. */
export interface CallAnswer {
  readonly status: number;
  readonly text: string;
}

/** A scheduler that speaks HTTP, without a socket: it makes the calls that a test tells it to and remembers the events. */
export class HttpTestScheduler {
  /** Everything that was received, heartbeats apart, in order. */
  readonly events: SchedulerEvent[] = [];
  heartbeats = 0;
  frameworkId = '';
  streamId = '';
  /** How often a piece of a stream had something else in it than one record. */
  oddPieces = 0;
  /** Whether its stream has ended. */
  hasEnded = false;
  readonly #options: HttpTestSchedulerOptions;
  readonly #type: MessageType;
  #stream: AsyncIterator<string | Uint8Array> | undefined;

  constructor(options: HttpTestSchedulerOptions) {
    this.#options = options;
    this.#type = options.type ?? 'application/json';
  }

  /** What it says of itself. */
  get info(): FrameworkInfo {
    const info: FrameworkInfo = {
      user: 'nobody',
      name: 'http',
      capabilities: [{ type: 'MULTI_ROLE' }],
      roles: ['*'],
      ...this.#options.info,
    };
    return this.frameworkId === '' ? info : { ...info, id: { value: this.frameworkId } };
  }

  /** Subscribes, with its id if it has one, and begins to read events. */
  async subscribe(more: Partial<SchedulerCall_Subscribe> = {}): Promise<CallAnswer> {
    const { info } = this;
    const subscribe = { framework_info: info, ...this.#options.subscribe, ...more };
    const call: SchedulerCall = { type: 'SUBSCRIBE', subscribe };
    const { body, headers, status } = await this.#options.runtime.injectStream(
      this.#request(info.id === undefined ? call : { ...call, framework_id: info.id }),
    );
    if (status !== 200) return { status, text: body as string };
    this.streamId = headers?.['Mesos-Stream-Id'] ?? '';
    this.hasEnded = false;
    this.#stream = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    void this.#read(this.#stream);
    return { status, text: headers?.['content-type'] ?? '' };
  }

  /** Makes a call as the framework that it is subscribed as. */
  async call(call: SchedulerCall, headers: Readonly<Record<string, string>> = {}): Promise<CallAnswer> {
    const { body, status } = await this.#options.runtime.inject(
      this.#request(
        { framework_id: { value: this.frameworkId }, ...call },
        { 'mesos-stream-id': this.streamId, ...headers },
      ),
    );
    return { status, text: body.toString() };
  }

  /** Ends its connection, as a scheduler does that crashes. */
  async leave(): Promise<void> {
    await this.#stream?.return?.();
  }

  /** The events of one type, in order. */
  of(type: SchedulerEvent_Type): SchedulerEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  /** The offers that were made, in order. */
  get offers(): Offer[] {
    return this.of('OFFERS').flatMap((event) => event.offers?.offers ?? []);
  }

  /** The statuses that were received, in order. */
  get statuses(): TaskStatus[] {
    return this.of('UPDATE')
      .map((event) => event.update?.status)
      .filter((status) => status !== undefined);
  }

  #request(call: SchedulerCall, headers: Readonly<Record<string, string>> = {}): InjectedRequest {
    const name = 'mesos.v1.scheduler.Call';
    return {
      method: 'POST',
      url: '/api/v1/scheduler',
      headers: { 'content-type': this.#type, accept: this.#type, ...this.#options.headers, ...headers },
      body: this.#type === 'application/json' ? JSON.stringify(toJson(name, call)) : encode(name, call),
    };
  }

  async #read(stream: AsyncIterator<string | Uint8Array>): Promise<void> {
    const decoder = new RecordDecoder();
    for (;;) {
      const { done, value } = await stream.next();
      if (done === true) break;
      const records = decoder.push(Buffer.from(value));
      if (records.length !== 1) this.oddPieces++;
      for (const record of records) this.#take(record);
    }
    if (stream === this.#stream) this.hasEnded = true;
  }

  #take(record: Uint8Array): void {
    const name = 'mesos.v1.scheduler.Event';
    const isJson = this.#type === 'application/json';
    const event = isJson ? fromJson(name, JSON.parse(Buffer.from(record).toString())) : decode(name, record);
    if (event.type === 'HEARTBEAT') this.heartbeats++;
    else this.events.push(event);
    if (event.subscribed !== undefined) this.frameworkId = event.subscribed.framework_id.value;
  }
}
