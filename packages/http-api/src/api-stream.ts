import { RecordDecoder, type MessageName, type MessageOf } from '@mesos-ts/protocol';
import { ApiError } from './errors.ts';
import { readMessage, typeOfAnswer } from './messages.ts';
import type { ApiAnswer } from './api-fetch.ts';

/** Options of {@link ApiStream}. */
export interface ApiStreamOptions {
  /** Hears of each event that cannot be read; the next ones follow. @default the stream fails */
  readonly onInvalid?: ((error: ApiError) => void) | undefined;
  /** Records that claim to be longer break the stream, in bytes. @default 64 MiB */
  readonly recordBytesMax?: number | undefined;
}

/** A stream of events, read once, as fast as it is asked for: whoever is slow slows the server down. */
export class ApiStream<N extends MessageName> implements AsyncIterable<MessageOf<N>> {
  readonly #answer: ApiAnswer;
  readonly #name: N;
  readonly #options: ApiStreamOptions;
  readonly #abort: () => void;

  /** @internal */
  constructor(answer: ApiAnswer, name: N, abort: () => void, options: ApiStreamOptions) {
    this.#answer = answer;
    this.#name = name;
    this.#abort = abort;
    this.#options = options;
  }

  /** Where it comes from, after redirects. */
  get url(): string {
    return this.#answer.url;
  }

  /** A header field of the answer, by its lower-case name. */
  header(name: string): string | undefined {
    return this.#answer.header(name);
  }

  /** Breaks the stream off; whoever reads it comes to its end. Idempotent. */
  close(): void {
    this.#abort();
  }

  /**
   * The events. Ends when the server ends the stream; fails with `API_UNREACHABLE` when the connection breaks, and with
   * `API_ANSWER_INVALID` when what comes is no stream of such events.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<MessageOf<N>, void, void> {
    const { onInvalid, recordBytesMax } = this.#options;
    const type = typeOfAnswer(this.#answer);
    const decoder = new RecordDecoder(recordBytesMax === undefined ? {} : { recordBytesMax });
    try {
      for await (const chunk of this.#chunks()) {
        for (const record of this.#records(decoder, chunk)) {
          let event: MessageOf<N>;
          try {
            event = readMessage(type, this.#name, record);
          } catch (error) {
            if (onInvalid === undefined || !(error instanceof ApiError)) throw error;
            onInvalid(error);
            continue;
          }
          yield event;
        }
      }
    } finally {
      this.#abort();
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* this.#answer.body;
    } catch (error) {
      throw new ApiError('API_UNREACHABLE', `The connection to ${this.url} broke`, { cause: error });
    }
  }

  #records(decoder: RecordDecoder, chunk: Uint8Array): Uint8Array[] {
    try {
      return decoder.push(chunk);
    } catch (error) {
      throw new ApiError('API_ANSWER_INVALID', `What ${this.url} sends is no stream of records`, { cause: error });
    }
  }
}
