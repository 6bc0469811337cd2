/**
 * SDK for Mesos schedulers (frameworks) as remote actors.
 *
 * @module
 */
export {};
