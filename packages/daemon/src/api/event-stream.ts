import { BodyPipe, deferred } from '@mesos-ts/libprocess';
import { encodeRecord, type MessageName, type MessageOf } from '@mesos-ts/protocol';
import { encodeMessage } from './encode-message.ts';
import type { MessageType } from './media-type.ts';

/**
 * The forms that streams of events have: RecordIO frames of either kind of message; for browsers, Server-Sent Events of JSON, or the
 * messages of a WebSocket, which are JSON as it is.
 */
export type StreamType = MessageType | 'text/event-stream' | 'websocket';

/** Why a stream is over: its client has left, was too slow, or was told that nothing more comes. */
export type StreamEnd = 'ended' | 'left' | 'slow';

/** What an event stream may be told. */
export interface EventStreamOptions {
  readonly type: StreamType;
  /**
   * Bytes that may wait, besides the longest event so far, for a client that reads slower than events happen; beyond, it is cut off. What
   * happens at once, such as the end of ten thousand tasks, comes to many megabytes before even a fast client can read any of it.
   * @default 64 MiB
   */
  readonly backlogBytesMax?: number;
}

const defaultBacklogBytesMax = 64 * 1024 * 1024;

/** An event as streams send it. */
export interface FramedEvent {
  /** What of a stream of this type the event is: one whole frame. */
  frame(type: StreamType): Uint8Array;
}

/** An event for any number of streams. Each form is encoded once, when the first stream needs it; it must not be changed afterwards. */
export class StreamEvent<N extends MessageName = MessageName> implements FramedEvent {
  readonly #name: N;
  readonly #message: MessageOf<N>;
  readonly #frames = new Map<StreamType, Uint8Array>();

  constructor(name: N, message: MessageOf<N>) {
    this.#name = name;
    this.#message = message;
  }

  frame(type: StreamType): Uint8Array {
    let frame = this.#frames.get(type);
    if (frame === undefined) {
      frame = framed(type, encodeMessage(messageTypeIn(type), this.#name, this.#message));
      this.#frames.set(type, frame);
    }
    return frame;
  }
}

function messageTypeIn(type: StreamType): MessageType {
  return type === 'text/event-stream' || type === 'websocket' ? 'application/json' : type;
}

function framed(type: StreamType, message: Uint8Array): Uint8Array {
  // JSON is one line, as an event of a browser has to be.
  if (type === 'text/event-stream') return Buffer.concat([Buffer.from('data: '), message, Buffer.from('\n\n')]);
  return type === 'websocket' ? message : encodeRecord(message);
}

/**
 * The answer to SUBSCRIBE: events, one frame to an HTTP chunk and flushed alone. A client that falls too far behind is cut off: what waits
 * for it is dropped, its connection broken off, and `closed` says so.
 */
export class EventStream {
  readonly type: StreamType;
  /** Resolves when nobody is there to send to any more, and why. Never rejects. */
  readonly closed: Promise<StreamEnd>;
  readonly #closed = deferred<StreamEnd>();
  readonly #pipe: BodyPipe;
  #longest = 0;
  #isOpen = true;

  constructor({ type, backlogBytesMax = defaultBacklogBytesMax }: EventStreamOptions) {
    this.type = type;
    this.closed = this.#closed.promise;
    this.#pipe = new BodyPipe({ bytesMax: backlogBytesMax });
    void this.#pipe.readerClosed.then(() => {
      this.#close('left');
    });
  }

  /** The body of the response. To be read once. */
  get body(): AsyncIterable<Uint8Array> {
    return this.#pipe;
  }

  /** Bytes that the client has not taken yet. */
  get backlogBytes(): number {
    return this.#pipe.bufferedBytes;
  }

  /** Sends an event; false when it is lost because the stream is over. */
  send(event: FramedEvent): boolean {
    if (!this.#isOpen) return false;
    const frame = event.frame(this.type);
    if (frame.length > this.#longest) {
      this.#pipe.allow(frame.length - this.#longest);
      this.#longest = frame.length;
    }
    if (this.#pipe.write(frame)) return true;
    this.#close('slow');
    return false;
  }

  /** Ends the stream behind what was sent. */
  end(): void {
    if (!this.#isOpen) return;
    this.#close('ended');
    this.#pipe.end();
  }

  #close(end: StreamEnd): void {
    this.#isOpen = false;
    this.#closed.resolve(end);
  }
}
