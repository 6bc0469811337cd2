import { httpResponse, stream, webSocketResponse } from '@mesos-ts/daemon';
import { acceptsMediaType, textResponse } from '@mesos-ts/libprocess';
import { readonlyRealm } from '../constants.ts';
import { named } from './guards.ts';
import { onRecoveredLeader } from './leader.ts';
import { subscribe } from './operator-stream.ts';
import type { HttpHandler } from '@mesos-ts/libprocess';
import type { RoutesOptions } from './routes.ts';

const type = 'text/event-stream';

/**
 * Installs `/events`: the events of the operator API for web pages, whose `EventSource` can make no calls. Of this project: Mesos has no
 * such endpoint.
 */
export function installEventRoutes(options: RoutesOptions): void {
  const handler: HttpHandler = ({ client, headers, principal, webSocket }) => {
    if (webSocket === true) return webSocketResponse(subscribe(options, 'websocket', principal, client));
    if (!acceptsMediaType(headers.accept, type)) return textResponse(406, `Expecting 'Accept' to allow '${type}'`);
    const events = subscribe(options, type, principal, client);
    // What is between here and the page must neither keep it nor wait for more of it.
    return httpResponse(stream(events, { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' }), 'application/json');
  };
  options.route('/events', named(onRecoveredLeader(options, handler)), {
    methods: ['GET'],
    realm: readonlyRealm,
    help: {
      summary: 'Tells what happens, as Server-Sent Events or over a WebSocket.',
      description:
        'Each is a `mesos.v1.master.Event` in JSON, as SUBSCRIBE of the operator API tells them: SUBSCRIBED with the whole state, then ' +
        'what changes, with a HEARTBEAT every 15 seconds or as --http_heartbeat_interval says. For `new EventSource(...)` in web pages; where the client asks for a WebSocket, as ' +
        '`new WebSocket(...)` does, each event is a message of text.',
      authorization: 'What the client may not see is not told.',
    },
  });
}
