/**
 * Mesos v1 messages, codecs and the Resources algebra.
 *
 * @module
 */
export {};
