import { encode, toJson, type MessageName, type MessageOf } from '@mesos-ts/protocol';
import type { MessageType } from './media-type.ts';

/** One message in one of its forms; JSON on one line. */
export function encodeMessage<N extends MessageName>(
  type: MessageType,
  name: N,
  message: MessageOf<N>,
): string | Uint8Array {
  return type === 'application/json' ? JSON.stringify(toJson(name, message)) : encode(name, message);
}
