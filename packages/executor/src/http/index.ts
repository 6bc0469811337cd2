/**
 * The executor API over HTTP, for executors of Apache Mesos's agents too.
 *
 * @module
 */
export { overHttp } from './over-http.ts';

export type { OverHttpOptions } from './over-http.ts';
