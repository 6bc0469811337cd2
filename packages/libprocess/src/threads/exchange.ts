import { PID } from '../actor/pid.ts';
import { ProcessError } from '../errors.ts';
import { pack, packError, unpack, unpackError } from './clone.ts';
import { Port } from './port.ts';
import { Streams } from './streams.ts';
import type { DispatchEvent, EndReason, ExitReason, MessageEvent, TellEvent } from '../actor/event.ts';
import type { Limits } from '../limits.ts';
import type { Packed } from './clone.ts';
import type { Answering, Handlers, NamedOp, PackedReason, Place } from './protocol.ts';
import type { PortOwner } from './port.ts';

interface Caller {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Options of `Exchange.ask`. */
export interface AskOptions {
  readonly moved?: readonly ArrayBuffer[];
  /** Aborting it tells the other end that nobody waits any more. */
  readonly signal?: AbortSignal | undefined;
}

// PIDs that are kept, so that each message does not make one.
const pidsMax = 10_000;

/** What is the same at both ends of the way between a thread and its parent: calls, their answers, and streams. */
export class Exchange {
  readonly port: Port;
  readonly streams: Streams;
  readonly #address: string;
  readonly #calls = new Map<number, Caller>();
  readonly #served = new Map<number, AbortController>();
  readonly #pids = new Map<string, Map<string, PID>>();
  #number = 0;
  #kept = 0;

  /** What both ends do alike. */
  readonly handlers: Handlers<Answering> = {
    answer: (call, result) => this.#settle(call)?.resolve(unpack(result)),
    refusal: (call, error) => this.#settle(call)?.reject(unpackError(error)),
    cancel: (call) => this.#served.get(call)?.abort(),
    pull: (stream, chunks) => {
      this.streams.pull(stream, chunks);
    },
    stop: (stream) => {
      this.streams.stop(stream);
    },
    chunk: (stream, chunk) => {
      this.streams.chunk(stream, chunk);
    },
    end: (stream) => {
      this.streams.end(stream, undefined);
    },
    broken: (stream, error) => {
      this.streams.end(stream, { error: unpackError(error) });
    },
  };

  constructor(owner: PortOwner, address: string, limits: Pick<Limits, 'mailboxMax' | 'outboundBytesMax'>) {
    this.port = new Port(owner, limits);
    this.streams = new Streams((op, moved) => {
      this.port.send(op, { moved });
    });
    this.#address = address;
  }

  place(pid: PID): Place {
    return [pid.id, this.shorten(pid.address)];
  }

  /** An address, empty where it is that of both ends. */
  shorten(address: string): string {
    return address === this.#address ? '' : address;
  }

  pid(id: string, address: string): PID {
    let pids = this.#pids.get(address);
    if (pids === undefined || this.#kept > pidsMax) {
      if (this.#kept > pidsMax) this.#pids.clear();
      this.#kept = 0;
      pids = new Map();
      this.#pids.set(address, pids);
    }
    let pid = pids.get(id);
    if (pid === undefined) {
      pid = new PID(id, address === '' ? this.#address : address);
      pids.set(id, pid);
      this.#kept++;
    }
    return pid;
  }

  /** Sends a message; false when there is no room for it. */
  message(to: PID, { from, name, body, hops }: MessageEvent): boolean {
    const entry = [to.id, this.shorten(to.address), from.id, this.shorten(from.address), name, body] as const;
    return this.port.message(hops === undefined ? entry : [...entry, hops]);
  }

  /** Makes a call and answers its result. */
  ask(make: (call: number) => NamedOp, { moved, signal }: AskOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = ++this.#number;
      // The other end answers nevertheless, as soon as it has noticed.
      const cancel = (): void => {
        this.port.send(['cancel', call]);
      };
      const caller: Caller = {
        resolve: (result) => {
          signal?.removeEventListener('abort', cancel);
          resolve(result);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', cancel);
          reject(error);
        },
      };
      this.#calls.set(call, caller);
      signal?.addEventListener('abort', cancel, { once: true });
      this.port.send(make(call), {
        ...(moved === undefined ? {} : { moved }),
        refused: (error) => {
          this.#calls.delete(call);
          caller.reject(error);
        },
      });
    });
  }

  /** Has the other end handle a dispatch. */
  dispatch(to: PID, event: DispatchEvent, full: () => ProcessError): void {
    const { method, signal } = event;
    if (typeof method !== 'string') {
      event.reject(new ProcessError('INVARIANT', 'Deferred work does not leave its thread'));
    } else if (this.port.full) {
      event.reject(full());
    } else if (signal?.aborted !== true) {
      const moved: ArrayBuffer[] = [];
      const args = pack(event.args, moved);
      const place = this.place(to);
      this.ask((call) => ['call', call, place, method, args, signal !== undefined], { moved, signal }).then(
        event.resolve,
        event.reject,
      );
    }
  }

  /** Has the other end call a method, and forgets about it. */
  tell(to: PID, method: string, args: unknown[], refused: (error: unknown) => void): void {
    const moved: ArrayBuffer[] = [];
    this.port.send(['tell', this.place(to), method, pack(args, moved)], { moved, refused });
  }

  /** Does what the other end has called for, and answers it. */
  serve(call: number, work: (signal: AbortSignal | undefined) => Promise<unknown>, cancellable = false): void {
    let signal: AbortSignal | undefined;
    if (cancellable) {
      const controller = new AbortController();
      this.#served.set(call, controller);
      ({ signal } = controller);
    }
    this.#work(work, signal).then(
      (result) => {
        this.#served.delete(call);
        this.#answer(call, result);
      },
      (error: unknown) => {
        this.#served.delete(call);
        this.port.send(['refusal', call, packError(error)]);
      },
    );
  }

  /** The other end is gone. */
  fail(error: Error): void {
    this.port.close();
    const callers = [...this.#calls.values()];
    this.#calls.clear();
    for (const caller of callers) caller.reject(error);
    for (const controller of this.#served.values()) controller.abort(error);
    this.#served.clear();
    this.streams.fail(error);
  }

  // Also what is thrown at once goes back.
  async #work(
    work: (signal: AbortSignal | undefined) => Promise<unknown>,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    return work(signal);
  }

  #settle(call: number): Caller | undefined {
    const caller = this.#calls.get(call);
    this.#calls.delete(call);
    return caller;
  }

  #answer(call: number, result: unknown): void {
    const moved: ArrayBuffer[] = [];
    let packed: Packed;
    try {
      packed = pack(result, moved);
    } catch (error) {
      this.port.send(['refusal', call, packError(error)]);
      return;
    }
    this.port.send(['answer', call, packed], {
      moved,
      refused: (error) => {
        this.port.send(['refusal', call, packError(error)]);
      },
    });
  }
}

/** All arguments of a told call. */
export function argsOf({ argument, args }: TellEvent): unknown[] {
  return args ?? [argument];
}

/** Readies the reason of an end for another thread. */
export function packReason(reason: ExitReason): PackedReason {
  if (reason.type !== 'failed') return { type: reason.type };
  return { type: 'failed', handler: reason.handler, error: packError(reason.error) };
}

/** The reason of an end in another thread. */
export function unpackReason(reason: PackedReason): ExitReason {
  const { type, handler = '', error } = reason;
  if (type !== 'failed') return { type };
  return { type, handler, error: error === undefined ? undefined : unpackError(error) };
}

/** The reason of an actor's own end. */
export function unpackEnd(reason: PackedReason): EndReason {
  const unpacked = unpackReason(reason);
  return unpacked.type === 'gone' || unpacked.type === 'lost' ? { type: 'terminated' } : unpacked;
}
