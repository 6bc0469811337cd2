/**
 * For tests of APIs: an HTTP client that sees the chunks as they come, and calls that are damaged in many ways,
 * the metrics that a document tells of.
 *
 * @module
 */
export { documentedMetrics } from './documented-metrics.ts';
export { HttpExchange } from './http-exchange.ts';
export { Mutator } from './mutator.ts';

export type { DocumentedMetrics } from './documented-metrics.ts';
export type { HttpExchangeOptions } from './http-exchange.ts';
