import { encode, toJsonBytes, type MessageName, type MessageOf } from '@mesos-ts/protocol';
import type { MessageType } from './media-type.ts';

/** One message in one of its forms; JSON in UTF-8 and on one line. */
export function encodeMessage<N extends MessageName>(type: MessageType, name: N, message: MessageOf<N>): Uint8Array {
  return type === 'application/json' ? toJsonBytes(name, message) : encode(name, message);
}
