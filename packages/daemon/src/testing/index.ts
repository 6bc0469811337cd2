/**
 * For tests of APIs: an HTTP client that sees the chunks as they come, and calls that are damaged in many ways.
 *
 * @module
 */
export { HttpExchange } from './http-exchange.ts';
export { Mutator } from './mutator.ts';

export type { HttpExchangeOptions } from './http-exchange.ts';
