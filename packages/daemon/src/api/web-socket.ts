import type { HttpResponse } from '@mesos-ts/libprocess';
import type { EventStream } from './event-stream.ts';

/** Answers a request for a WebSocket with a stream of type `websocket`: each event is a message of text. */
export function webSocketResponse({ body }: EventStream): HttpResponse {
  const decoder = new TextDecoder();
  const texts: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => {
      const pieces = body[Symbol.asyncIterator]();
      // No generator: one that waits for an event would hear that its reader has left only after that.
      return {
        next: async () => {
          const { done, value } = await pieces.next();
          return done === true ? { done, value: undefined } : { done: false, value: decoder.decode(value) };
        },
        return: async () => {
          await pieces.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
  return { status: 101, body: texts };
}
