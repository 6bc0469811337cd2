/**
 * Actors in worker threads of this OS process, so that those which compute much scale over its cores. They are reached by their PIDs, as
 * any others.
 *
 * @module
 */
export { transfer } from './clone.ts';
export { actorModule } from './module.ts';
export { ThreadPool } from './thread-pool.ts';
export { Thread, spawnThread } from './thread.ts';

export type { ActorArgs, ActorModule, ActorName, ActorOf } from './module.ts';
export type { ThreadPoolOptions } from './thread-pool.ts';
export type { ActorSpawner } from './thread.ts';
export type { ThreadOptions } from './worker-thread.ts';
