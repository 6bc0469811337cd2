import { decode, encode, fromJson, toJson, type MessageName, type MessageOf } from '@mesos-ts/protocol';
import { ApiError } from './errors.ts';
import type { ApiAnswer } from './api-fetch.ts';

/** The forms that messages of the v1 API have, by their `Content-Type`. */
export type ApiMessageType = 'application/json' | 'application/x-protobuf';

const utf8 = new TextDecoder();

/** A message as the body of a request. */
export function bodyOf<N extends MessageName>(
  type: ApiMessageType,
  name: N,
  message: MessageOf<N>,
): string | Uint8Array {
  return type === 'application/json' ? JSON.stringify(toJson(name, message)) : encode(name, message);
}

/** A message as it came. Throws `API_ANSWER_INVALID`. */
export function readMessage<N extends MessageName>(type: ApiMessageType, name: N, bytes: Uint8Array): MessageOf<N> {
  try {
    return type === 'application/json' ? fromJson(name, JSON.parse(utf8.decode(bytes))) : decode(name, bytes);
  } catch (error) {
    throw new ApiError('API_ANSWER_INVALID', `No ${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** The form of the messages of an answer. Throws `API_ANSWER_INVALID` for one of anything else. */
export function typeOfAnswer(answer: ApiAnswer): ApiMessageType {
  const content = essence(answer.header('content-type'));
  const type = content === 'application/recordio' ? essence(answer.header('message-content-type')) : content;
  if (type === 'application/json' || type === 'application/x-protobuf') return type;
  throw new ApiError('API_ANSWER_INVALID', `Expected messages from ${answer.url}, got '${type}'`, {
    status: answer.status,
  });
}

function essence(type: string | undefined): string {
  return (type ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
