import type { PID } from '../actor/pid.ts';
import type { ProcessRuntime } from '../actor/process.ts';
import type { Limits } from '../limits.ts';
import type { GreetingHost } from './greeting.ts';
import type { OutboundHost } from './outbound.ts';

/** What a peer needs from its runtime. */
export interface PeerHost<P> extends GreetingHost, OutboundHost {
  readonly runtime: ProcessRuntime;
  readonly limits: Limits;
  /** An attempt to connect is under way, which a test clock may have to wait for. */
  track(operation: Promise<void>): void;
  /** A message arrived for a local actor. */
  deliver(to: string, from: PID, name: string, body: unknown): void;
  /** The peer wants to hear, by `notify`, of a local actor's end; false when there is no such actor. */
  watch(id: string, key: string, notify: () => void): boolean;
  unwatch(id: string, key: string): void;
  /** The peer has something to send at the end of this turn. */
  dirty(peer: P): void;
  /** A number that grows with every connection that is greeted on here, and every one of ours that the other end greets or welcomes. */
  nextOrder(): number;
  /** The peer's runtime calls itself by this address. Answers the other peer that is known by it already, if there is one. */
  introduced(peer: P, address: string): P | undefined;
  /** The peer is gone; a new one is made when somebody has something to send. */
  closed(peer: P): void;
}
