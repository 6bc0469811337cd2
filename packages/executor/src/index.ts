/**
 * SDK for Mesos executors as remote actors, and the built-in command executor.
 *
 * @module
 */
export {};
