/**
 * Fetches the URIs of a task into its sandbox.
 *
 * An agent makes one `Fetcher` and asks it to fetch for each container; `fetchUris` is the same without the
 * bookkeeping.
 *
 * @module
 */
export { FetchError } from './errors.ts';
export { Fetcher } from './fetcher.ts';
export { fetchUris } from './fetch-uris.ts';
export { resolveSystemUser } from './users.ts';

export type { FetchErrorCode, FetchErrorOptions } from './errors.ts';
export type { FetchCommand, FetcherOptions, FetcherStatistics, FetchRequest } from './fetcher.ts';
export type { FetchClock, FetchLimits, FetchOptions, FetchUri } from './options.ts';
export type { Identity, ResolveUser } from './users.ts';
