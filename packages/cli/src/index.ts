/**
 * The mesos command.
 *
 * @module
 */
export {};
