/**
 * The Mesos master: agents, frameworks, offers, DRF allocation.
 *
 * @module
 */
export {};
