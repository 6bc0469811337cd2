import { approversOf, EventStream, type StreamType } from '@mesos-ts/daemon';
import { MasterError } from '../errors.ts';
import type { Principal } from '@mesos-ts/libprocess';
import type { RoutesOptions } from './routes.ts';

/** Subscribes somebody to what happens, as far as they may see it, and answers the stream of it. */
export function subscribe(
  { authorizer, readModel, services, settings }: RoutesOptions,
  type: StreamType,
  principal: Principal | undefined,
  client: string | undefined,
): EventStream {
  const events = new EventStream({ type });
  const question = { api: 'subscribed', as: type, heartbeatSeconds: settings.heartbeatIntervalMs / 1000 } as const;
  services.subscribers.add(events, approversOf(authorizer, principal), client ?? 'this program', async (atMoment) => {
    const { parts } = await readModel.ask(question, principal, { atMoment });
    const [frame] = parts;
    if (frame === undefined || parts.length > 1) {
      throw new MasterError('MASTER_INVARIANT', `An event is one frame, not ${parts.length}`);
    }
    return { frame: () => frame };
  });
  return events;
}
