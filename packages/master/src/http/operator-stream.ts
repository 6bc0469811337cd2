import { EventStream, type Approvers, type StreamType } from '@mesos-ts/daemon';
import { stateView } from '../views/v1/state.ts';
import type { RoutesOptions } from './routes.ts';

/** Subscribes somebody to what happens, as far as they may see it, and answers the stream of it. */
export function subscribe(
  { cluster, services }: RoutesOptions,
  type: StreamType,
  approvers: Approvers,
  client: string | undefined,
): EventStream {
  const events = new EventStream({ type });
  services.subscribers.add(events, approvers, client ?? 'this program', () => stateView(cluster, approvers));
  return events;
}
