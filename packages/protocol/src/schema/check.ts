// The typed edge: values received from elsewhere become protocol messages here, or an error.
import { ProtocolError } from '../errors.ts';
import { messages } from '../generated/schema.ts';
import type { MessageTypes } from '../generated/message-types.ts';
import { dropNulls } from './nulls.ts';
import { examine } from './validate.ts';

/** The full protobuf name of a message, for example `mesos.v1.scheduler.Call`. */
export type MessageName = keyof MessageTypes;

/** The TypeScript type of the message with this full name. */
export type MessageOf<N extends MessageName> = MessageTypes[N];

/** Whether a message of this full name exists. */
export function isMessageName(name: string): name is MessageName {
  return Object.hasOwn(messages, name);
}

/**
 * Says what is wrong with a value as a message: a text with the path, such as
 * `tasks[0].task_id.value: expected a string, got a number`, or nothing if it is one.
 * Fields must have their type, required ones must be set, enum values must be known, integers must be integers in range.
 * `undefined` and `null` count as unset; unknown fields are ignored. Never throws for data (plain objects, lists, scalars).
 */
export function validate(name: MessageName, value: unknown): string | undefined {
  return examine(name, value).failure;
}

/**
 * The value as the message it is. It is returned as it came, except that fields set to `null` are dropped from a copy.
 *
 * @throws {@link ProtocolError} `PROTOCOL_INVALID_MESSAGE` with the message's name and what {@link validate} says.
 */
export function check<N extends MessageName>(name: N, value: unknown): MessageOf<N> {
  const { failure, nulls } = examine(name, value);
  if (failure !== undefined) throw new ProtocolError('PROTOCOL_INVALID_MESSAGE', `not a ${name}: ${failure}`);
  // The schema and the type come from the same .proto file, so a value that passes has the type.
  return (nulls ? dropNulls(name, value) : value) as MessageOf<N>;
}

/** {@link check} for one message: a function for tables of handlers. */
export function checker<N extends MessageName>(name: N): (value: unknown) => MessageOf<N> {
  return (value) => check(name, value);
}
