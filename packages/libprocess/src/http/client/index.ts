/**
 * An HTTP client for actors, on `undici`.
 *
 * @module
 */
export { HttpClient } from './http-client.ts';
export { HttpPool } from './pool.ts';

export type { HttpClientOptions, HttpClientRequest } from './http-client.ts';
export type { HttpPoolOptions } from './pool.ts';
export type { HttpClientResponse } from './response.ts';
