import { decode, encode, fromJson, RecordDecoder, toJson } from '@mesos-ts/protocol';
import type { ExecutorCall, ExecutorEvent } from '@mesos-ts/protocol';
import type { InjectedRequest, Runtime } from '@mesos-ts/libprocess';

/** Options of `HttpExecutor`. */
export interface HttpExecutorOptions {
  /** The agent's runtime. */
  readonly runtime: Runtime;
  readonly executorId?: string;
  readonly frameworkId?: string;
  readonly type?: 'application/json' | 'application/x-protobuf';
}

/** An executor that speaks HTTP, without a socket. */
export class HttpExecutor {
  /** Everything that was received, heartbeats apart, in order. */
  readonly events: ExecutorEvent[] = [];
  heartbeats = 0;
  hasEnded = false;
  readonly #options: HttpExecutorOptions;
  readonly #type: 'application/json' | 'application/x-protobuf';
  #stream: AsyncIterator<string | Uint8Array> | undefined;

  constructor(options: HttpExecutorOptions) {
    this.#options = options;
    this.#type = options.type ?? 'application/json';
  }

  /** Subscribes and begins to read events. Answers the status. */
  async subscribe(subscribe: NonNullable<ExecutorCall['subscribe']> = {}): Promise<number> {
    const { body, status } = await this.#options.runtime.injectStream(this.#request({ type: 'SUBSCRIBE', subscribe }));
    if (status === 200) {
      this.#stream = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      void this.#read(this.#stream);
    }
    return status;
  }

  /** Makes a call. */
  async call(call: Partial<ExecutorCall>): Promise<[status: number, text: string]> {
    const { body, status } = await this.#options.runtime.inject(this.#request(call));
    return [status, body.toString()];
  }

  /** Ends its connection, as an executor does that crashes. */
  async leave(): Promise<void> {
    await this.#stream?.return?.();
  }

  /** The types of the events so far. */
  get types(): string[] {
    return this.events.map(({ type }) => type ?? '');
  }

  #request(call: Partial<ExecutorCall>): InjectedRequest {
    const name = 'mesos.v1.executor.Call';
    const { executorId = 'custom', frameworkId = 'framework' } = this.#options;
    const whole = { executor_id: { value: executorId }, framework_id: { value: frameworkId }, ...call };
    return {
      method: 'POST',
      url: '/slave(1)/api/v1/executor',
      headers: { 'content-type': this.#type, accept: this.#type },
      body: this.#type === 'application/json' ? JSON.stringify(toJson(name, whole)) : encode(name, whole),
    };
  }

  async #read(stream: AsyncIterator<string | Uint8Array>): Promise<void> {
    const name = 'mesos.v1.executor.Event';
    const decoder = new RecordDecoder();
    for (;;) {
      const { done, value } = await stream.next();
      if (done === true) break;
      for (const record of decoder.push(Buffer.from(value))) {
        const isJson = this.#type === 'application/json';
        const event = isJson ? fromJson(name, JSON.parse(Buffer.from(record).toString())) : decode(name, record);
        if (event.type === 'HEARTBEAT') this.heartbeats++;
        else this.events.push(event);
      }
    }
    if (stream === this.#stream) this.hasEnded = true;
  }
}
