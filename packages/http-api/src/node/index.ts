/**
 * Requests with `node:http` and `node:https`: for connections over TLS that are to be made in a way of one's own.
 *
 * @module
 */
export { nodeFetch } from './node-fetch.ts';

export type { NodeFetchOptions, NodeTlsOptions } from './node-fetch.ts';
