import { askUntil } from './ask.ts';
import type { AskOptions } from './ask.ts';
import type { Cell } from './cell.ts';
import type { DispatchEvent, EndReason, MessageEvent, TellEvent, TerminateEvent } from './event.ts';
import type { InstalledRoute } from './handlers.ts';
import type { Clock } from '../time/clock.ts';
import type { PID } from './pid.ts';
import type { ProcessRuntime } from './process.ts';

/** What can be waited for, by the names of what waits for it. */
export type AwaitedState = 'drained' | 'wait' | 'whenInitialized';

/** What can be sent to an actor that is not of this part. */
export type UpwardEvent = DispatchEvent | MessageEvent | TellEvent | TerminateEvent;

/**
 * The way up from a runtime that is a part of another one, as that of a worker thread is. The actors of all parts have the address of
 * the whole. What is not for an actor of this part goes up, and whoever is there must know of every actor of this part.
 */
export interface Uplink {
  /** The address of the whole. */
  readonly address: string;
  /** Stands before the numbers in the names that are made here, so that they are nobody else's in the whole: `Child(2.1)`. */
  readonly prefix: string;
  /** Is told, once and first, which runtime this is, and how its actors are found. */
  connect(runtime: ProcessRuntime, find: (id: string) => Cell | undefined): void;
  spawned(cell: Cell): void;
  routed(cell: Cell, route: InstalledRoute): void;
  ended(cell: Cell, reason: EndReason): void;
  post(to: PID, event: UpwardEvent): void;
  link(linker: Cell, to: PID, reconnect: boolean): void;
  unlink(linker: Cell, to: PID): void;
  /** Calls back when an actor of another part, or elsewhere, has ended; answers how to take that back. */
  watch(pid: PID, ended: () => void): () => void;
  /** Does what the runtime does of that name, for an actor of another part. Aborting the signal gives `wait` up there too. */
  until(what: AwaitedState, to: PID, signal?: AbortSignal): Promise<boolean>;
}

/** Dispatches to an actor of another part. */
export function dispatchUp(
  uplink: Uplink,
  clock: Clock,
  to: PID,
  method: string,
  args: unknown[],
  options: AskOptions,
): Promise<unknown> {
  return askUntil(options, {
    clock,
    what: `'${method}' of ${to.id}`,
    start: (resolve, reject, signal) => {
      uplink.post(to, { type: 'dispatch', method, args, signal, resolve, reject });
    },
    // The signal tells.
    discard: () => undefined,
  });
}
