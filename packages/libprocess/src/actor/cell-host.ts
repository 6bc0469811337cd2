import type { EndReason, Event, MessageEvent } from './event.ts';
import type { InstalledRoute } from './handlers.ts';
import type { PID } from './pid.ts';
import type { ProcessRuntime } from './process.ts';
import type { DropReason } from './refusals.ts';

/** What a cell needs from its runtime. */
export interface CellHost<C> {
  readonly runtime: ProcessRuntime;
  readonly mailboxMax: number;
  /** How long something may keep an actor from ending that is to end. */
  endTimeoutMs(): number;
  /** The actor whose handler runs at this moment. */
  running: C | undefined;
  schedule(cell: C): void;
  send(from: PID, to: PID, name: string, body: unknown): void;
  link(linker: C, to: PID, reconnect: boolean): void;
  unlink(linker: C, to: PID): void;
  /** Has a cell told of an actor's end without its actor hearing of it; answers how to take that back. */
  watch(cell: C, pid: PID, ended: () => void): () => void;
  /** Passes a message on to another actor, as from its sender. */
  forward(event: MessageEvent, to: PID): void;
  /** Whether a filter drops the event, which is then not handled. */
  filtered(cell: C, event: Event): boolean;
  /** Hears of every event that was not handled. */
  dropped(cell: C, event: Event, reason: DropReason, detail: string): void;
  /** Hears of every route of an actor. */
  routed(cell: C, route: InstalledRoute): void;
  ended(cell: C, reason: EndReason): void;
}
