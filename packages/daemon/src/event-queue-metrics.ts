import type { PID, ProcessRuntime } from '@mesos-ts/libprocess';

/** The names of an actor's metrics of what waits in its mailbox, by kind. */
export interface EventQueueNames {
  readonly messages?: string;
  /** Calls of its methods, and its timers that are due. */
  readonly dispatches?: string;
  readonly httpRequests?: string;
}

/** Declares metrics of what waits in an actor's mailbox. It is counted when somebody looks, and costs nothing else. */
export function declareEventQueue(runtime: ProcessRuntime, actor: PID, names: EventQueueNames): void {
  const metrics = runtime.metrics.of(actor);
  const waiting = (types: readonly string[]): number => {
    const view = runtime.actors().find(({ pid }) => pid.id === actor.id);
    const events = view?.peek(view.waiting) ?? [];
    return events.filter(({ type }) => types.includes(type)).length;
  };
  const { dispatches, httpRequests, messages } = names;
  if (messages !== undefined) metrics.gauge(messages, () => waiting(['message']));
  if (dispatches !== undefined) metrics.gauge(dispatches, () => waiting(['dispatch', 'tell', 'timer']));
  if (httpRequests !== undefined) metrics.gauge(httpRequests, () => waiting(['http']));
}
