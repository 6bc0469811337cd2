/**
 * A Paxos replicated log.
 *
 * @module
 */
export {};
