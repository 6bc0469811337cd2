import { formatDuration } from '@mesos-ts/flags';
import { readDuration } from '../duration.ts';
import type { HttpResponse } from '../http/message.ts';

/** An answer that browsers keep as a file of that name. */
export function attachment(name: string, type: string, body: NonNullable<HttpResponse['body']>): HttpResponse {
  const headers = { 'content-disposition': `attachment; filename="${name}"`, 'content-type': type };
  return { status: 200, headers, body };
}

const durationMsDefault = 5 * 60 * 1000;

/** How long a query asks for a profile to be, 5 minutes unless it says, or what is wrong with it as a line for the client. */
export function durationOf(
  query: URLSearchParams,
  minMs: number,
  maxMs: number,
): { readonly ms: number; readonly problem?: undefined } | { readonly problem: string } {
  const text = query.get('duration');
  const duration = text === null ? { ms: durationMsDefault } : readDuration(text);
  if (duration.error !== undefined) return { problem: `Could not parse parameter 'duration': ${duration.error}.\n` };
  if (duration.ms >= minMs && duration.ms <= maxMs) return { ms: duration.ms };
  const [given, min, max] = [duration.ms, minMs, maxMs].map(formatDuration);
  return { problem: `Duration '${given}' must be between ${min} and ${max}.\n` };
}
