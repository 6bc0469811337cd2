import type { Label, Labels } from '@mesos-ts/protocol';

/** Anything that JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** JSON under construction: what is undefined is left out when it is written. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** A protocol message as Mesos's v0 endpoints show it: bytes in base64, unset fields absent. */
export function messageJson(value: unknown): Json {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(messageJson);
  if (typeof value !== 'object' || value === null) return value as Json;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, messageJson(field)]));
}

/** A message that may be absent. */
export function optionalJson(message: object | undefined): Json | undefined {
  return message === undefined ? undefined : messageJson(message);
}

/** Labels as the list of them. */
export function labelsJson(labels: Labels | undefined): Json | undefined {
  return labels === undefined ? undefined : (labels.labels ?? []).map(labelJson);
}

function labelJson({ key, value }: Label): Json {
  return { key, value };
}

/** Wall-clock milliseconds as the seconds that Mesos tells times in. */
export function seconds(ms: number): number {
  return ms / 1000;
}
