import type { AwaitedState } from '../actor/uplink.ts';
import type { SpawnOptions } from '../actor/process.ts';
import type { Limits } from '../limits.ts';
import type { Packed, PackedError } from './clone.ts';

/**
 * What a thread and its parent tell each other. Messages between actors travel many to a frame, written as on the network, so that an
 * actor in a thread gets of a body what one on another machine would. All else is cloned by the structured clone algorithm.
 */
export type Op = Frame | NamedOp;

/** Everything but messages: what it is, and its details. */
export type NamedOp = Answering | Asking | Down | Up;

/** Messages `[to, its address, from, its address, name, body]` in msgpack; the address is empty where it is that of both ends. */
export type Frame = Uint8Array;
/** A message of a frame. */
export type FrameEntry = readonly [
  to: string,
  toAddress: string,
  from: string,
  fromAddress: string,
  name: string,
  body: unknown,
  hops?: number,
];

/** An actor's name and its runtime's address. */
export type Place = readonly [id: string, address: string];

/** Why an actor has ended, or a link to it is gone. */
export interface PackedReason {
  readonly type: 'terminated' | 'failed' | 'closing' | 'gone' | 'lost';
  readonly handler?: string;
  readonly error?: PackedError;
}

/** What both ends say to actors of the other. Calls are numbered by whoever makes them. */
export type Asking =
  /** Calls an actor's method, and wants an answer. */
  | readonly ['call', call: number, to: Place, method: string, args: Packed, cancellable: boolean]
  /** Calls an actor's method, and wants none. */
  | readonly ['tell', to: Place, method: string, args: Packed]
  | readonly ['terminate', to: Place, inOrder: boolean, reason: PackedReason];

/** What both ends say of calls, and of the bytes of streamed bodies: whoever has them numbers the stream, whoever reads asks for chunks. */
export type Answering =
  | readonly ['answer', call: number, result: Packed]
  | readonly ['refusal', call: number, error: PackedError]
  /** Nobody waits for the answer any more. */
  | readonly ['cancel', call: number]
  | StreamOp;

/** What the parent says. */
export type Down =
  /** Makes an actor of a class that a module exports. Without a name the actor has its own. The answer is the name. */
  | readonly ['spawn', call: number, module: string, name: string, args: Packed, options: SpawnOptions]
  /** Whoever has asked an actor by message has given up. */
  | readonly ['discarded', id: string, asker: string]
  /** What is watched has ended. */
  | readonly ['watched', watch: number]
  /** An actor of the thread cannot have its name. */
  | readonly ['refused', id: string, error: PackedError]
  /** What an actor of the thread was linked to has ended. */
  | readonly ['exited', linker: string, to: Place, link: number, reason: PackedReason]
  /** A request for an actor's route; `call` is answered with a `PackedResponse`. */
  | readonly ['http', call: number, id: string, route: string, request: Packed, body: number]
  /** Whoever has made a request has left before the answer was complete. */
  | readonly ['left', call: number]
  /** The answer to a request is complete. */
  | readonly ['complete', call: number]
  | readonly ['metrics', call: number]
  | readonly ['close'];

/** What the thread says. */
export type Up =
  | readonly ['ready']
  | readonly ['spawned', id: string]
  | readonly ['route', id: string, path: string, options: Packed]
  | readonly ['ended', id: string, reason: PackedReason]
  /** Links are numbered, so that the end of one is not taken for the end of a later one to the same actor. */
  | readonly ['link', linker: string, to: Place, link: number, reconnect: boolean]
  | readonly ['unlink', linker: string, to: Place]
  /** Wants to hear of an actor's end, for nobody in particular. */
  | readonly ['watch', watch: number, to: Place]
  | readonly ['unwatch', watch: number]
  | readonly ['until', call: number, what: AwaitedState, to: Place]
  | readonly ['log', level: 'info' | 'warn' | 'error', text: string]
  /** By how much counters have grown. */
  | readonly ['counted', counters: Readonly<Record<string, number>>];

/** What is said of a streamed body. */
export type StreamOp =
  | readonly ['pull', stream: number, chunks: number]
  | readonly ['chunk', stream: number, chunk: string | Uint8Array]
  | readonly ['end', stream: number]
  | readonly ['broken', stream: number, error: PackedError]
  /** Nobody reads any further. */
  | readonly ['stop', stream: number];

/** What crosses between threads at once: what has gathered in a turn. */
export interface Envelope {
  /** How many envelopes with something in them the sender has received. */
  readonly received: number;
  /** As `received`, but those whose consequences are over too; -1 when that is not said. */
  readonly rested: number;
  readonly ops: readonly Op[];
}

/** What a thread is given when it starts. */
export interface ThreadStart {
  readonly address: string;
  readonly prefix: string;
  readonly limits: Limits;
  /** Whether to tell when it is at rest, as a test clock must know. */
  readonly reportsRest: boolean;
}

/** What to do with each operation of a kind, given its details. Those after it wait for its promise. */
export type Handlers<O extends readonly unknown[]> = {
  readonly [K in O[0] & string]: (...details: Details<Extract<O, readonly [K, ...unknown[]]>>) => void | Promise<void>;
};

type Details<O> = O extends readonly [unknown, ...infer D] ? D : never;

/** Does what is to be done with an operation. */
export function handle<O extends NamedOp>(handlers: Handlers<O>, op: O): void | Promise<void> {
  const [kind, ...details] = op;
  // The table has one for each kind, which takes what that kind has.
  const untyped = handlers as unknown as Readonly<Record<string, (...details: unknown[]) => void | Promise<void>>>;
  return untyped[kind]?.(...details);
}
