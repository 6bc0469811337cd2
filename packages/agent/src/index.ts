/**
 * The Mesos agent: executors, containers, status updates.
 *
 * @module
 */
export {};
