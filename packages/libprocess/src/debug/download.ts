import { formatDuration } from '@mesos-ts/flags';
import type { DurationText } from '../duration.ts';
import type { HttpResponse } from '../http/message.ts';

/** An answer that browsers keep as a file of that name. */
export function attachment(name: string, type: string, body: NonNullable<HttpResponse['body']>): HttpResponse {
  const headers = { 'content-disposition': `attachment; filename="${name}"`, 'content-type': type };
  return { status: 200, headers, body };
}

/** What is wrong with a duration in a query, as a line for the client; undefined if nothing is. */
export function durationProblem(duration: DurationText, minMs: number, maxMs: number): string | undefined {
  if (duration.error !== undefined) return `Could not parse parameter 'duration': ${duration.error}.\n`;
  if (duration.ms >= minMs && duration.ms <= maxMs) return undefined;
  const [given, min, max] = [duration.ms, minMs, maxMs].map(formatDuration);
  return `Duration '${given}' must be between ${min} and ${max}.\n`;
}
