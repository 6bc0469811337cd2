/**
 * Command-line flags, durations and byte sizes as Apache Mesos writes them.
 *
 * @module
 */
export {};
