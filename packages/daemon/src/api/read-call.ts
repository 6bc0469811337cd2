import { readBody } from '@mesos-ts/libprocess';
import { decode, fromJson, parseJson, ProtocolError, type MessageName, type MessageOf } from '@mesos-ts/protocol';
import { refuse, type Answer } from './answer.ts';
import { messageTypeOf, type MessageType } from './media-type.ts';
import type { HttpRequest } from '@mesos-ts/libprocess';

/** A call that was read, or the answer to what is none. */
export type Reading<N extends MessageName> =
  | { readonly call: MessageOf<N>; readonly contentType: MessageType; readonly answer?: undefined }
  | { readonly answer: Answer; readonly call?: undefined };

/** Reads the call in a request: its type, then its body, each refused as Mesos refuses it. The route bounds the body. */
export async function readCall<N extends MessageName>(
  request: Pick<HttpRequest, 'body' | 'headers'>,
  name: N,
): Promise<Reading<N>> {
  const header = request.headers['content-type'];
  if (header === undefined) return { answer: refuse(400, "Expecting 'Content-Type' to be present") };
  const contentType = messageTypeOf(header);
  if (contentType === undefined) {
    return { answer: refuse(415, "Expecting 'Content-Type' of application/json or application/x-protobuf") };
  }
  return decodeCall(await readBody(request.body, Infinity), contentType, name);
}

/** Decodes a call from the bytes of one of its forms. */
export function decodeCall<N extends MessageName>(bytes: Buffer, contentType: MessageType, name: N): Reading<N> {
  if (contentType === 'application/x-protobuf') {
    return attempt(
      () => decode(name, bytes),
      contentType,
      () => 'Failed to parse body into Call protobuf',
    );
  }
  const { value, error } = parseJson(bytes.toString());
  if (error !== undefined) return { answer: refuse(400, `Failed to parse body into JSON: ${error}`) };
  return attempt(
    () => fromJson(name, value),
    contentType,
    ({ message }) => `Failed to convert JSON into Call protobuf: ${message}`,
  );
}

function attempt<N extends MessageName>(
  read: () => MessageOf<N>,
  contentType: MessageType,
  why: (error: ProtocolError) => string,
): Reading<N> {
  try {
    return { call: read(), contentType };
  } catch (error) {
    if (error instanceof ProtocolError) return { answer: refuse(400, why(error)) };
    throw error;
  }
}
