import { textResponse } from '@mesos-ts/libprocess';
import type { HttpHandler, HttpRequest, HttpResponse } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';
import type { RoutesOptions } from './routes.ts';

/** What tells a master whether it leads. */
export type Leadership = Pick<RoutesOptions, 'facts' | 'isRecovered' | 'leader'>;

/** Answers requests only while this master leads; others are sent to the one that does. */
export function onLeader({ facts, leader }: Leadership, handler: HttpHandler): HttpHandler {
  return (request) => (leader()?.id === facts.info.id ? handler(request) : redirected(request, leader()));
}

/**
 * Answers requests only while this master leads and knows its registry: what the APIs of version 1 demand. Those of version 0 show
 * what there is, in Mesos too.
 */
export function onRecoveredLeader(leadership: Leadership, handler: HttpHandler): HttpHandler {
  return onLeader(leadership, (request) =>
    leadership.isRecovered() ? handler(request) : textResponse(503, 'Master has not finished recovery'),
  );
}

/** Sends a request on to the leading master, without a scheme, so that a client keeps its own. */
function redirected({ path, url }: HttpRequest, leader: MasterInfo | undefined): HttpResponse {
  if (leader === undefined) return textResponse(503, 'No leader elected');
  const query = url.indexOf('?');
  // The name of the actor, which is the same on every master, is told even when the request had none.
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const target = `/master${encoded}${query < 0 ? '' : url.slice(query)}`;
  return { status: 307, headers: { location: leaderUrl(leader) + target } };
}

/** `/redirect` itself: where the leader is, without a path. Nothing below it exists, so that nobody is sent in circles. */
export function redirectHandler({ leader }: Leadership): HttpHandler {
  return ({ path }) => {
    if (path !== '/redirect') return textResponse(404, '404 Not Found.');
    const info = leader();
    if (info === undefined) return textResponse(503, 'No leader elected');
    return { status: 307, headers: { location: leaderUrl(info) } };
  };
}

function leaderUrl({ address, hostname, port }: MasterInfo): string {
  const host = hostname ?? address?.hostname ?? address?.ip ?? '';
  return `//${host.includes(':') ? `[${host}]` : host}:${port}`;
}
