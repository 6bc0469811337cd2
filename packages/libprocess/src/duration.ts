import { parseDuration } from '@mesos-ts/flags';

/** A duration that a client of an endpoint has written, or what is wrong with it. */
type DurationText = { readonly ms: number; readonly error?: undefined } | { readonly error: string };

/** Reads a duration such as `5secs` in the query of an endpoint; what is wrong is told in Mesos's words, which its clients know. */
export function readDuration(text: string): DurationText {
  const { value, error } = parseDuration(text);
  if (error === undefined) return { ms: value };
  // Mesos reads the number first, and takes for it all that stands before the first other letter.
  const number = /^[\d.]*(?=[^\d.])/.exec(text)?.[0];
  const isNumber = number !== undefined && /^(?:\d+\.?\d*|\.\d+)$/.test(number);
  return { error: number === undefined || isNumber ? error : `Failed to convert '${number}' to number` };
}
