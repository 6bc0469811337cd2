import type { Process } from '../actor/process.ts';

/**
 * A module that exports actor classes, as another thread can load it. The type parameter is the module's type, so that the names, the
 * constructor arguments and the PIDs of its actors are checked.
 */
export interface ActorModule<M> {
  readonly url: string;
  /** Exists for the type checker only. */
  readonly exports?: M;
}

/** Names of the actor classes that a module of type `M` exports. */
export type ActorName<M> = {
  [K in keyof M]: M[K] extends new (...args: never[]) => Process ? K : never;
}[keyof M] &
  string;

/** The constructor arguments of actor class `K` of a module of type `M`. */
export type ActorArgs<M, K extends keyof M> = M[K] extends new (...args: infer A) => Process ? A : never;

/** The actors of class `K` of a module of type `M`. */
export type ActorOf<M, K extends keyof M> = M[K] extends new (...args: never[]) => infer P ? P : never;

/** Names a module: `actorModule<typeof import('./hasher.js')>(new URL('./hasher.js', import.meta.url))`. */
export function actorModule<M>(url: URL | string): ActorModule<M> {
  return { url: url.toString() };
}
