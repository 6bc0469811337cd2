/**
 * What the master's and the agent's programs share.
 *
 * @module
 */
// oxlint-disable-next-line unicorn/require-module-specifiers -- filled by the next commit
export {};
