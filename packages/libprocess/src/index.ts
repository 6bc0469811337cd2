/**
 * PID-addressed actors over WebSocket: a port of libprocess to Node.js.
 *
 * @module
 */
export {};
