import { Process } from '../actor/process.ts';
import { deferred } from '../deferred.ts';
import { ProcessError, errorText } from '../errors.ts';
import { textResponse } from '../http/message.ts';
import { argsOf, packReason } from './exchange.ts';
import { packRequest, unpackResponse } from './http.ts';
import type { DispatchEvent, EndReason, Event, HttpEvent, MessageEvent } from '../actor/event.ts';
import type { HandlerResult, RouteOptions } from '../actor/handlers.ts';
import type { PID } from '../actor/pid.ts';
import type { Exchange } from './exchange.ts';
import type { HttpResponse } from '../http/message.ts';

/** What a proxy needs of its thread. */
interface ProxyHost {
  readonly exchange: Exchange;
  /** The runtime closes: the thread shall not keep it from that. */
  closing(): void;
}

/**
 * Stands in the parent for an actor in a thread: whoever knows the actor's PID reaches this one, which hands on everything. It ends when
 * that actor has ended.
 */
export class ThreadProxy extends Process {
  readonly #host: ProxyHost;
  readonly #exchange: Exchange;
  readonly #spawned: Promise<void> | undefined;
  readonly #links = new Map<string, number>();
  readonly #gone = deferred<void>();
  #isGone = false;
  #whenEnded: Promise<void> | undefined;
  #hasEnded = false;

  /** @param spawned When the actor is there, for one that is not yet. Until then everything waits. */
  constructor(host: ProxyHost, spawned?: Promise<void>) {
    super();
    this.#host = host;
    this.#exchange = host.exchange;
    this.#spawned = spawned;
  }

  protected override initialize(): HandlerResult {
    // The actor may end without ever having been there, which is told before that it was not.
    return this.#spawned && Promise.race([this.#spawned, this.#gone.promise]);
  }

  protected override discarded(asker: string): void {
    this.#exchange.port.send(['discarded', this.self.id, asker]);
  }

  protected override visit(event: Event): HandlerResult {
    switch (event.type) {
      case 'message':
        this.#message(event);
        return undefined;
      case 'tell':
        this.#tell(event.method, argsOf(event));
        return undefined;
      case 'dispatch':
        if (typeof event.method !== 'string') return super.visit(event);
        this.#dispatch(event);
        return undefined;
      case 'http':
        this.#request(event);
        return undefined;
      case 'exited':
        this.#exited(event.pid, event);
        return undefined;
      case 'timer':
        return super.visit(event);
      case 'terminate':
        if (this.#isGone) return undefined;
        this.#exchange.port.send([
          'terminate',
          this.#exchange.place(this.self),
          event.inOrder === true,
          packReason(event.reason),
        ]);
        if (event.reason.type === 'closing') this.#host.closing();
        return this.#gone.promise;
    }
  }

  /** To be called when it has been spawned: it may end before its actor does, when that takes too long. */
  attend(): void {
    this.#whenEnded = this.runtime.wait(this.self).then(() => {
      this.#hasEnded = true;
    });
  }

  /** The actor has ended, and so does this one; resolves when it has. */
  async gone(reason: EndReason): Promise<void> {
    this.#isGone = true;
    this.#gone.resolve();
    // Its name may be another's by now.
    if (!this.#hasEnded) this.runtime.terminate(this.self, { reason });
    await this.#whenEnded;
  }

  /** Sends what the actor has sent. */
  forward(to: PID, name: string, body: unknown): void {
    this.send(to, name, body);
  }

  linkTo(to: PID, link: number, reconnect: boolean): void {
    this.#links.set(to.toString(), link);
    this.link(to, { connection: reconnect ? 'reconnect' : 'reuse' });
  }

  unlinkFrom(to: PID): void {
    this.#links.delete(to.toString());
    this.unlink(to);
  }

  /** Serves a route of the actor. */
  serve(path: string, options: RouteOptions): void {
    this.route(path, () => textResponse(503, '503 Service Unavailable.'), options);
  }

  #message(event: MessageEvent): void {
    if (!this.#exchange.message(this.self, event)) {
      this.#overflow(`message '${event.name}' from ${event.from.toString()}`);
    }
  }

  #tell(method: string, args: unknown[]): void {
    if (this.#exchange.port.full) this.#overflow(`call of '${method}'`);
    else this.#exchange.tell(this.self, method, args, (error) => this.#unsendable(method, error));
  }

  #dispatch(event: DispatchEvent): void {
    this.#exchange.dispatch(this.self, event, () => this.#full(`call of '${String(event.method)}'`));
  }

  #request(event: HttpEvent): void {
    const { port, streams } = this.#exchange;
    const { request, route } = event;
    if (port.full) {
      event.reject(this.#full(`request for ${route.path}`));
      return;
    }
    const body = streams.offer(request.body);
    let number = 0;
    const leave = (): void => {
      port.send(['left', number]);
    };
    const complete = (): void => {
      request.signal.removeEventListener('abort', leave);
      streams.withdraw(body);
      port.send(['complete', number]);
    };
    const { id } = this.self;
    const answer = this.#exchange.ask((call) => {
      number = call;
      return ['http', call, id, route.path, packRequest(request), body];
    });
    request.signal.addEventListener('abort', leave, { once: true });
    answer
      .then((packed) => whenRead(unpackResponse(packed, streams), complete))
      .then(event.resolve, (error: unknown) => {
        complete();
        event.reject(error);
      });
  }

  #exited(to: PID, event: Extract<Event, { type: 'exited' }>): void {
    const key = to.toString();
    const link = this.#links.get(key);
    if (link === undefined) return;
    this.#links.delete(key);
    this.#exchange.port.send(['exited', this.self.id, this.#exchange.place(to), link, packReason(event.reason)]);
  }

  #full(what: string): ProcessError {
    this.#overflow(what);
    return new ProcessError('MAILBOX_FULL', `The thread of ${this.self.id} is overloaded`);
  }

  #overflow(what: string): void {
    this.runtime.metrics.counter('libprocess/mailbox_overflows').increment();
    this.runtime.logger.warn(`Actor ${this.self.id}: ${what} dropped: too much waits for its thread`);
  }

  #unsendable(method: string, error: unknown): void {
    this.runtime.metrics.counter('libprocess/messages_dropped').increment();
    this.runtime.logger.error(
      `Actor ${this.self.id}: call of '${method}' cannot go to its thread: ${errorText(error)}`,
    );
  }
}

/** The same answer, which calls back when its body has been read, or nobody reads any further. */
function whenRead(response: HttpResponse, complete: () => void): HttpResponse {
  const { body } = response;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    complete();
    return response;
  }
  return { ...response, body: { [Symbol.asyncIterator]: () => endedBy(body[Symbol.asyncIterator](), complete) } };
}

/** Reads on, and calls back when there is no more to read. */
function endedBy<T>(iterator: AsyncIterator<T>, end: () => void): AsyncIterator<T> {
  return {
    next: async () => {
      try {
        const next = await iterator.next();
        if (next.done === true) end();
        return next;
      } catch (error) {
        end();
        throw error;
      }
    },
    return: async () => {
      end();
      return (await iterator.return?.()) ?? { value: undefined, done: true };
    },
  };
}
