/**
 * The place of the Paxos replicated log. Nothing is built here yet.
 *
 * @module
 */
// oxlint-disable-next-line unicorn/require-module-specifiers -- a module without exports is what this is, for now
export {};
