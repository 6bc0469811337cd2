import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { RecordDecoder } from '@mesos-ts/protocol';

/** A request of a test. */
export interface HttpExchangeOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Objects are sent as JSON. */
  readonly body?: string | Uint8Array | object;
}

/**
 * A request and its answer on a connection of their own, for tests of event streams: the chunks are those that the server sent, and
 * records are read out of them one after the other.
 */
export class HttpExchange {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The chunks so far, as they were sent. */
  readonly chunks: Buffer[] = [];
  readonly #message: IncomingMessage;
  readonly #decoder = new RecordDecoder();
  readonly #records: Uint8Array[] = [];
  #hasEnded = false;
  #wake: (() => void) | undefined;

  private constructor(message: IncomingMessage) {
    this.#message = message;
    this.status = message.statusCode ?? 0;
    this.headers = message.headers;
    message.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      if (this.status === 200 && message.headers['transfer-encoding'] === 'chunked') {
        this.#records.push(...this.#decoder.push(chunk));
      }
      this.#wake?.();
    });
    message.on('error', () => undefined);
    message.on('close', () => {
      this.#hasEnded = true;
      this.#wake?.();
    });
  }

  /** Sends a request, POST where it has a body; resolves with the header of the answer. */
  static async open(url: string, options: HttpExchangeOptions = {}): Promise<HttpExchange> {
    const { body } = options;
    const isObject = typeof body === 'object' && !(body instanceof Uint8Array);
    const sent = httpRequest(url, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { ...(isObject ? { 'content-type': 'application/json' } : {}), ...options.headers },
      agent: false,
    });
    sent.on('error', () => undefined);
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.end(isObject ? JSON.stringify(body) : body);
    const [message] = await answered;
    return new HttpExchange(message);
  }

  /** The next record of a RecordIO stream; undefined when the stream has ended. */
  async record(): Promise<Buffer | undefined> {
    await this.#until(() => this.#records.length > 0);
    const record = this.#records.shift();
    return record === undefined ? undefined : Buffer.from(record);
  }

  /** The next record as JSON. Throws when the stream has ended. */
  async event(): Promise<Record<string, unknown>> {
    const record = await this.record();
    if (record === undefined) throw new Error('The stream has ended');
    return JSON.parse(record.toString()) as Record<string, unknown>;
  }

  /** The next event of a type; those before it are dropped. */
  async eventOf(type: string): Promise<Record<string, unknown>> {
    for (;;) {
      const event = await this.event();
      if (event['type'] === type) return event;
    }
  }

  /** The whole body, when it has ended. */
  async text(): Promise<string> {
    await this.ended();
    return Buffer.concat(this.chunks).toString();
  }

  /** Resolves when the server has ended the body, or the connection is gone: whether the body was whole. */
  async ended(): Promise<boolean> {
    await this.#until(() => false);
    return this.#message.complete;
  }

  /** Stops reading, as a client does that is too slow. */
  pause(): void {
    this.#message.pause();
  }

  resume(): void {
    this.#message.resume();
  }

  /** Ends the connection, as a client does that leaves. */
  close(): void {
    this.#message.destroy();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
