declare module 'nact' {
  /** An opaque reference to an actor. */
  export interface ActorRef {
    readonly name: string;
  }
  export interface Context {
    readonly sender: ActorRef;
    readonly self: ActorRef;
  }
  export function start(): ActorRef;
  export function stop(actor: ActorRef): void;
  export function spawnStateless(
    parent: ActorRef,
    handle: (message: never, context: Context) => void | Promise<void>,
    name?: string,
  ): ActorRef;
  export function dispatch(actor: ActorRef, message: unknown, sender?: ActorRef): void;
  export function query<R>(actor: ActorRef, message: (sender: ActorRef) => unknown, timeoutMs: number): Promise<R>;
}
