import { toJson } from '@mesos-ts/protocol';
import { formatTable } from './table.ts';
import type { JsonObject, JsonValue, MessageName, MessageOf } from '@mesos-ts/protocol';
import type { Io } from './io.ts';

/** Prints a value for scripts, in one line. */
export function printJson(io: Io, value: JsonValue): void {
  io.stdout(`${JSON.stringify(value)}\n`);
}

/** Messages in the form that Mesos's API tells them in. */
export function messagesJson<N extends MessageName>(name: N, messages: readonly MessageOf<N>[] = []): JsonObject[] {
  return messages.map((message) => toJson(name, message));
}

/** Prints rows below a heading, or the same for scripts. */
export function printRows(
  io: Io,
  isJson: boolean,
  options: {
    readonly json: () => JsonValue;
    readonly heading: readonly string[];
    readonly rows: () => readonly (readonly string[])[];
  },
): void {
  if (isJson) printJson(io, options.json());
  else io.stdout(formatTable(options.heading, options.rows()));
}
