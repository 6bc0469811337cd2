/**
 * Clusters of containers for tests: an image built from this machine's own parts, a private network, and nodes that can
 * be killed, cut off and healed.
 *
 * @module
 */
export { agentPort, Cluster, masterPort } from './cluster.ts';
export { ClusterNode } from './cluster-node.ts';
export { findEngine, isEngineRequired } from './docker/engine.ts';
export { buildImage } from './docker/image.ts';

export type { AgentOptions, NodeFlags, NodeOptions } from './cluster.ts';
export type { CommandResult } from './cluster-node.ts';
export type { Engine, EngineSearch } from './docker/engine.ts';
export type { InsideRequest, InsideResponse } from './http-inside.ts';
