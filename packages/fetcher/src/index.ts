/**
 * Fetches the URIs of a task into its sandbox.
 *
 * @module
 */
export {};
