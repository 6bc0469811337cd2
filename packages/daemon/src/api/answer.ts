import { textResponse, type HttpResponse } from '@mesos-ts/libprocess';
import { encodeMessage } from './encode-message.ts';
import type { EventStream } from './event-stream.ts';
import type { MessageType } from './media-type.ts';
import type { MessageName, MessageOf } from '@mesos-ts/protocol';

/** What a call of the v1 API is answered, whichever way it came and in whichever form the answer leaves. */
export type Answer =
  /** Done, with nothing to say: 202 for what goes on after the answer, 200 for what is over. */
  | { readonly kind: 'done'; readonly status: 200 | 202 }
  | { readonly kind: 'message'; readonly encoded: (type: MessageType) => Uint8Array }
  /** Events without end. */
  | { readonly kind: 'stream'; readonly stream: EventStream; readonly headers: Readonly<Record<string, string>> }
  /** Made elsewhere, in the form that the client takes. */
  | { readonly kind: 'response'; readonly response: HttpResponse }
  | { readonly kind: 'refused'; readonly status: number; readonly text: string };

/** 202: taken, and what comes of it is told by events. */
export function accepted(): Answer {
  return { kind: 'done', status: 202 };
}

/** 200 without a body: done. */
export function ok(): Answer {
  return { kind: 'done', status: 200 };
}

/** 200 with a message. */
export function respond<N extends MessageName>(name: N, message: MessageOf<N>): Answer {
  return { kind: 'message', encoded: (type) => encodeMessage(type, name, message) };
}

/** 200 with a stream of events. */
export function stream(events: EventStream, headers: Readonly<Record<string, string>> = {}): Answer {
  return { kind: 'stream', stream: events, headers };
}

/** What was made elsewhere, for answers that are too large to be made in one go. */
export function respondWith(response: HttpResponse): Answer {
  return { kind: 'response', response };
}

/** Any other status, with the reason as plain text. */
export function refuse(status: number, text: string): Answer {
  return { kind: 'refused', status, text };
}

/** 403: the client may not do this. */
export function forbid(): Answer {
  return refuse(403, '403 Forbidden.');
}

/**
 * An answer as HTTP has it.
 * @param type What the client takes; streams know their own.
 */
export function httpResponse(answer: Answer, type: MessageType): HttpResponse {
  if (answer.kind === 'refused') return textResponse(answer.status, answer.text);
  if (answer.kind === 'done') return { status: answer.status };
  if (answer.kind === 'response') return answer.response;
  if (answer.kind === 'message') {
    return { status: 200, headers: { 'content-type': type }, body: answer.encoded(type) };
  }
  const { headers, stream: events } = answer;
  return { status: 200, headers: { 'content-type': events.type, ...headers }, body: events.body };
}
