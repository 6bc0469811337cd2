import { acceptsMediaType } from '@mesos-ts/libprocess';

/** The forms that messages of the v1 API have, by their `Content-Type`. They are compared byte for byte, as Mesos compares them. */
export type MessageType = 'application/json' | 'application/x-protobuf';

/** The type of a call by its `Content-Type`. */
export function messageTypeOf(contentType: string): MessageType | undefined {
  return contentType === 'application/json' || contentType === 'application/x-protobuf' ? contentType : undefined;
}

/** What a client is answered in: JSON wherever it takes that, however much it prefers the other. Undefined when it takes neither (406). */
export function answerTypeFor(accept: string | undefined): MessageType | undefined {
  if (acceptsMediaType(accept, 'application/json')) return 'application/json';
  return acceptsMediaType(accept, 'application/x-protobuf') ? 'application/x-protobuf' : undefined;
}
