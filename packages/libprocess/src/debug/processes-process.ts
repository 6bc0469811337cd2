import { Process } from '../actor/process.ts';
import { jsonResponse } from '../http/message.ts';
import { clip } from './clip.ts';
import { guardOf } from './guard.ts';
import type { RouteOptions } from '../actor/handlers.ts';
import type { ActorView } from '../actor/process.ts';
import type { Event } from '../actor/event.ts';
import type { HttpResponse } from '../http/message.ts';
import type { GuardOptions } from './guard.ts';

// Events that are shown of one mailbox, and of all; how many more there are is told.
const eventsMax = 100;
const allEventsMax = 10_000;

/**
 * Shows every actor with what is in its mailbox as JSON at `/__processes__`. Unlike libprocess's, which puts a question behind the rest of
 * each mailbox, the answer is of one moment and comes at once, whatever the actors do. Of a long mailbox the oldest events are shown
 * and `more` tells how many there are besides; large bodies are clipped.
 */
export class ProcessesProcess extends Process {
  readonly #guard: RouteOptions;

  constructor(options: GuardOptions = {}) {
    super('__processes__');
    this.#guard = guardOf(options);
  }

  protected override initialize(): void {
    this.route('/', () => this.#answer(), { ...this.#guard, help: 'Every actor with what is in its mailbox.' });
  }

  #answer(): HttpResponse {
    let left = allEventsMax;
    const shown = this.runtime.actors().map((actor) => {
      const events = actor.peek(Math.min(eventsMax, left));
      left -= events.length;
      return actorJson(actor, events);
    });
    return jsonResponse(shown);
  }
}

function actorJson({ pid, waiting }: ActorView, events: readonly Event[]): Record<string, unknown> {
  const shown = { events: events.map((event) => eventJson(event, pid.toString())), id: pid.id };
  return waiting > events.length ? { ...shown, more: waiting - events.length } : shown;
}

/** An event in libprocess's words; calls and timers are dispatches there. */
function eventJson(event: Event, to: string): Record<string, unknown> {
  switch (event.type) {
    case 'message':
      return { body: clip(event.body) ?? null, from: event.from.toString(), name: event.name, to, type: 'MESSAGE' };
    case 'http':
      return { method: event.request.method, type: 'HTTP', url: event.request.url };
    case 'exited':
      return { pid: event.pid.toString(), type: 'EXITED' };
    case 'terminate':
      return { type: 'TERMINATE' };
    case 'dispatch':
    case 'tell':
      return typeof event.method === 'string' ? { method: event.method, type: 'DISPATCH' } : { type: 'DISPATCH' };
    case 'timer':
    default:
      return { type: 'DISPATCH' };
  }
}
