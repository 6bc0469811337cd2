import { toJson, type Labels, type MessageName, type MessageOf } from '@mesos-ts/protocol';

/** Anything that JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** JSON under construction: what is undefined is left out when it is written. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** A message that may be absent; its unset fields are absent, too, but for those with a default. */
export function optionalJson<N extends MessageName>(
  name: N,
  message: MessageOf<N> | undefined,
): JsonObject | undefined {
  return message === undefined ? undefined : toJson(name, message);
}

/** A list of messages; nothing if it is empty. */
export function listJson<N extends MessageName>(
  name: N,
  messages: readonly MessageOf<N>[] | undefined,
): JsonObject[] | undefined {
  return messages === undefined || messages.length === 0 ? undefined : messages.map((message) => toJson(name, message));
}

/** Labels as the list of them. */
export function labelsJson(labels: Labels | undefined): Json | undefined {
  return labels === undefined ? undefined : (labels.labels ?? []).map(({ key, value }) => ({ key, value }));
}

/** Wall-clock milliseconds as the seconds that Mesos tells times in. */
export function seconds(ms: number): number {
  return ms / 1000;
}
