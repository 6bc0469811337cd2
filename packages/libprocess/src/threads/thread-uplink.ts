import { ProcessError, errorText } from '../errors.ts';
import { pack, unpack, unpackError } from './clone.ts';
import { argsOf, packReason, unpackEnd, unpackReason } from './exchange.ts';
import { packResponse, plain, unpackRequest } from './http.ts';
import { unpackMessages } from './message-frame.ts';
import type { Cell } from '../actor/cell.ts';
import type { EndReason, ExitReason, MessageEvent } from '../actor/event.ts';
import type { InstalledRoute } from '../actor/handlers.ts';
import type { PID } from '../actor/pid.ts';
import type { ProcessRuntime } from '../actor/process.ts';
import type { AwaitedState, Uplink, UpwardEvent } from '../actor/uplink.ts';
import type { HttpResponse } from '../http/message.ts';
import type { Exchange } from './exchange.ts';
import type { Packed } from './clone.ts';
import type { Asking, Down, Frame, Handlers } from './protocol.ts';

/** What the parent says of single actors. */
type DownToActors = Extract<
  Down,
  readonly ['complete' | 'discarded' | 'exited' | 'http' | 'left' | 'refused' | 'watched', ...unknown[]]
>;

/** The way from a thread's runtime to the parent's, and back. */
export class ThreadUplink implements Uplink {
  readonly address: string;
  readonly prefix: string;
  readonly #exchange: Exchange;
  /** The numbers of links to actors elsewhere. */
  readonly #links = new Map<string, number>();
  readonly #watches = new Map<number, () => void>();
  /** How requests are told that whoever made them has left. */
  readonly #requests = new Map<number, AbortController>();
  /** What is done with what the parent says of actors. */
  readonly handlers: Handlers<Asking | DownToActors> = {
    call: (call, [id], method, args, cancellable) => {
      const work = (signal: AbortSignal | undefined): Promise<unknown> =>
        this.#actor(id).dispatch(method, unpack(args) as unknown[], signal === undefined ? undefined : { signal });
      this.#exchange.serve(call, work, cancellable);
    },
    tell: ([id], method, args) => {
      const cell = this.#find(id);
      if (cell === undefined) this.#dead();
      else cell.enqueue({ type: 'tell', method, argument: undefined, args: unpack(args) as unknown[] });
    },
    terminate: ([id], inOrder, reason) => {
      const event = { type: 'terminate', reason: unpackEnd(reason), inOrder } as const;
      if (inOrder) this.#find(id)?.enqueue(event);
      else this.#find(id)?.inject(event);
    },
    refused: (id, error) => {
      const reason = { type: 'failed', handler: 'spawn', error: unpackError(error) } as const;
      this.#runtime?.logger.error(`Actor ${id} ends, as it cannot have its name: ${errorText(reason.error)}`);
      this.#find(id)?.inject({ type: 'terminate', reason });
    },
    exited: (linker, to, link, reason) => {
      const pid = this.#exchange.pid(...to);
      const key = linkKey(linker, pid);
      // Else it is the end of a link that was taken back.
      if (this.#links.get(key) !== link) return;
      this.#links.delete(key);
      this.#find(linker)?.notifyExited(pid, unpackReason(reason));
    },
    discarded: (id, asker) => {
      this.#find(id)?.discarded(asker);
    },
    watched: (watch) => {
      this.#watches.get(watch)?.();
      this.#watches.delete(watch);
    },
    http: (call, id, path, request, body) => {
      const controller = new AbortController();
      this.#requests.set(call, controller);
      this.#exchange.serve(call, () => this.#request(id, path, request, body, controller.signal));
    },
    left: (call) => this.#requests.get(call)?.abort(),
    complete: (call) => {
      this.#requests.delete(call);
    },
  };
  #find: (id: string) => Cell | undefined = () => undefined;
  #runtime: ProcessRuntime | undefined;
  #number = 0;

  constructor(exchange: Exchange, names: { readonly address: string; readonly prefix: string }) {
    this.#exchange = exchange;
    this.address = names.address;
    this.prefix = names.prefix;
  }

  connect(runtime: ProcessRuntime, find: (id: string) => Cell | undefined): void {
    this.#runtime = runtime;
    this.#find = find;
  }

  spawned(cell: Cell): void {
    this.#exchange.port.send(['spawned', cell.self.id]);
  }

  routed(cell: Cell, { path, options }: InstalledRoute): void {
    this.#exchange.port.send(['route', cell.self.id, path, pack(plain(options), [])]);
  }

  ended(cell: Cell, reason: EndReason): void {
    this.#exchange.port.send(['ended', cell.self.id, packReason(reason)]);
  }

  post(to: PID, event: UpwardEvent): void {
    const exchange = this.#exchange;
    const { port } = exchange;
    switch (event.type) {
      case 'message':
        this.#message(to, event);
        break;
      case 'tell':
        if (port.full) this.#overflow(`call of '${event.method}'`, to);
        else exchange.tell(to, event.method, argsOf(event), (error) => this.#unsendable(event.method, to, error));
        break;
      case 'dispatch':
        exchange.dispatch(to, event, () => this.#full(`call of '${String(event.method)}'`, to));
        break;
      case 'terminate':
        port.send(['terminate', exchange.place(to), event.inOrder === true, packReason(event.reason)]);
        break;
    }
  }

  link(linker: Cell, to: PID, reconnect: boolean): void {
    const link = ++this.#number;
    this.#links.set(linkKey(linker.self.id, to), link);
    this.#exchange.port.send(['link', linker.self.id, this.#exchange.place(to), link, reconnect]);
  }

  unlink(linker: Cell, to: PID): void {
    if (this.#links.delete(linkKey(linker.self.id, to))) {
      this.#exchange.port.send(['unlink', linker.self.id, this.#exchange.place(to)]);
    }
  }

  watch(pid: PID, ended: () => void): () => void {
    const watch = ++this.#number;
    this.#watches.set(watch, ended);
    this.#exchange.port.send(['watch', watch, this.#exchange.place(pid)]);
    return () => {
      if (this.#watches.delete(watch)) this.#exchange.port.send(['unwatch', watch]);
    };
  }

  async until(what: AwaitedState, to: PID, signal?: AbortSignal): Promise<boolean> {
    const answer = await this.#exchange.ask((call) => ['until', call, what, this.#exchange.place(to)], { signal });
    return answer === true;
  }

  /** Resolves when an actor of this thread has been initialised, or has been ended before. Rejects when its `initialize` fails. */
  async whenInitialized(id: string): Promise<void> {
    const cell = this.#find(id);
    if (cell === undefined) return;
    let reason: ExitReason | undefined;
    const key = 'whoever spawns';
    cell.addLinker(key, (ended) => {
      reason = ended;
    });
    await cell.whenInitialized();
    if (cell.terminated) await cell.whenEnded;
    cell.removeLinker(key);
    if (reason?.type === 'failed' && reason.handler === 'initialize') {
      const text = `Actor ${id} failed in 'initialize': ${errorText(reason.error)}`;
      throw new ProcessError('THREAD_SPAWN_FAILED', text, { cause: reason.error });
    }
  }

  /** Brings messages to the actors of this thread. */
  deliver(frame: Frame): void {
    for (const [to, , from, fromAddress, name, body, hops] of unpackMessages(frame)) {
      const cell = this.#find(to);
      const message = { type: 'message', name, from: this.#exchange.pid(from, fromAddress), body } as const;
      if (cell === undefined) this.#dead();
      else cell.enqueue(hops === undefined ? message : { ...message, hops });
    }
  }

  #actor(id: string): Cell {
    const cell = this.#find(id);
    if (cell === undefined) throw new ProcessError('PROCESS_TERMINATED', `Actor ${id} has ended`);
    return cell;
  }

  async #request(id: string, path: string, packed: Packed, body: number, signal: AbortSignal): Promise<unknown> {
    const { streams } = this.#exchange;
    const actor = this.#actor(id);
    const route = actor.routes.get(path);
    if (route === undefined) throw new ProcessError('PROCESS_TERMINATED', `Actor ${id} has no route ${path}`);
    const request = unpackRequest(packed, streams.take(body), signal);
    const response = await new Promise<HttpResponse>((resolve, reject) => {
      actor.enqueue({ type: 'http', route, request, resolve, reject });
    });
    return packResponse(response, streams);
  }

  #message(to: PID, event: MessageEvent): void {
    const { name } = event;
    if (!this.#exchange.message(to, event)) this.#overflow(`message '${name}'`, to);
  }

  #full(what: string, to: PID): ProcessError {
    this.#overflow(what, to);
    return new ProcessError('MAILBOX_FULL', `${to.toString()} cannot be reached: its thread is overloaded`);
  }

  #overflow(what: string, to: PID): void {
    this.#runtime?.metrics.counter('libprocess/mailbox_overflows').increment();
    this.#runtime?.logger.warn(`A ${what} for ${to.toString()} was dropped: too much waits for its thread`);
  }

  #unsendable(method: string, to: PID, error: unknown): void {
    this.#runtime?.metrics.counter('libprocess/messages_dropped').increment();
    this.#runtime?.logger.error(`A call of '${method}' cannot go to ${to.toString()}: ${errorText(error)}`);
  }

  #dead(): void {
    this.#runtime?.metrics.counter('libprocess/dead_letters').increment();
  }
}

function linkKey(linker: string, to: PID): string {
  return `${linker} ${to.toString()}`;
}
