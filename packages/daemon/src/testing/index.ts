/**
 * For tests of APIs: an HTTP client that sees the chunks as they come, calls that are damaged in many ways, and many of them at once, the
 * metrics that a document tells of.
 *
 * @module
 */
export { bombard } from './bombard.ts';
export { documentedMetrics } from './documented-metrics.ts';
export { HttpExchange } from './http-exchange.ts';
export { Mutator } from './mutator.ts';

export type { BombardOptions, FuzzOutcome, FuzzRequest } from './bombard.ts';
export type { DocumentedMetrics } from './documented-metrics.ts';
export type { HttpExchangeOptions } from './http-exchange.ts';
