/** Events of a stream, one after the other. */
import { RecordDecoder } from '@mesos-ts/protocol';
import { at, textAt, type Json } from './json.ts';
import type { WantedEvent } from './scenario.ts';

/** Reads the JSON records of a RecordIO body, or the `data` of Server-Sent Events. */
export class EventReader {
  readonly #events: AsyncIterator<Json>;

  constructor(body: ReadableStream<Uint8Array>, type: string) {
    this.#events = type === 'text/event-stream' ? sent(body) : records(body);
  }

  /** The next event of a kind; those before it are passed over. Throws when the stream ends first. */
  async next({ type, where = {} }: WantedEvent): Promise<Json> {
    const passed: string[] = [];
    for (;;) {
      const { done, value } = await this.#events.next();
      if (done === true)
        throw new Error(`The stream has ended before ${type}, after ${passed.join(', ') || 'nothing'}`);
      const holds = Object.entries(where).every(([pointer, wanted]) => at(value, pointer) === wanted);
      if (at(value, '/type') === type && holds) return value;
      passed.push(textAt(value, '/type') ?? 'what has no type');
    }
  }

  /** Resolves when the stream has ended. */
  async ended(): Promise<void> {
    while ((await this.#events.next()).done !== true);
  }

  /** Leaves the stream. */
  async leave(): Promise<void> {
    await this.#events.return?.();
  }
}

async function* records(body: ReadableStream<Uint8Array>): AsyncGenerator<Json, void, void> {
  const decoder = new RecordDecoder();
  for await (const chunk of body) {
    for (const record of decoder.push(chunk)) yield JSON.parse(Buffer.from(record).toString()) as Json;
  }
}

async function* sent(body: ReadableStream<Uint8Array>): AsyncGenerator<Json, void, void> {
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + Buffer.from(chunk).toString()).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const data = part.split('\n').filter((line) => line.startsWith('data: '));
      if (data.length > 0) yield JSON.parse(data.map((line) => line.slice('data: '.length)).join('\n')) as Json;
    }
  }
}
