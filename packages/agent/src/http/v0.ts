import { approversOf, endpointHandler, flagsHandler, healthHandler, viewHandler } from '@mesos-ts/daemon';
import { listingResponse } from '@mesos-ts/daemon/listing';
import { isJsonpName, jsonResponse, textResponse } from '@mesos-ts/libprocess';
import type { HttpHandler, RouteOptions } from '@mesos-ts/libprocess';

import { readonlyRealm } from '../constants.ts';
import type { AgentContext } from '../context.ts';
import type { StateAnswers } from '../read-model/state-answers.ts';
import type { AgentFacts } from '../views/v0/state.ts';
import { containers, containersQuery, statistics } from './containers.ts';
import { help } from './v0-help.ts';

/** What the endpoints of version 0 need. */
export interface V0Options {
  readonly route: (path: string, handler: HttpHandler, options?: RouteOptions) => void;
  readonly context: AgentContext;
  /** Tells what can be much. */
  readonly answers: StateAnswers;
  /** What `/state` tells besides the frameworks; asked for each request. */
  readonly facts: () => AgentFacts;
}

/** Installs the endpoints of version 0: `/state`, `/flags`, `/health`, `/containers`, `/containerizer/debug`, `/monitor/statistics`. */
export function installV0Routes({ answers, context, facts, route }: V0Options): void {
  const { authorizer } = context;
  const install = (path: keyof typeof help, handler: HttpHandler): void => {
    route(path, handler, { help: help[path], realm: readonlyRealm });
  };
  install('/state', stateHandler(answers));
  install(
    '/flags',
    flagsHandler(() => facts().flags, authorizer),
  );
  const guarded = (path: keyof typeof help, handler: HttpHandler): void => {
    install(path, endpointHandler(authorizer, path, handler));
  };
  guarded(
    '/monitor/statistics',
    viewHandler(() => statistics(context)),
  );
  guarded(
    '/containerizer/debug',
    viewHandler(() => ({ pending: context.pending.list() })),
  );
  guarded('/containers', (request) => {
    const { error, value } = containersQuery(request.query);
    if (error !== undefined) return textResponse(400, error);
    const approvers = approversOf(authorizer, request.principal);
    return viewHandler(() => containers(context, approvers, value))(request);
  });
  route('/health', healthHandler, { help: help['/health'] });
}

function stateHandler(answers: StateAnswers): HttpHandler {
  return (request) => {
    const jsonp = request.query.get('jsonp') ?? undefined;
    if (jsonp !== undefined && !isJsonpName(jsonp)) return jsonResponse({}, { jsonp });
    const question = { api: 'v0', ...(jsonp === undefined ? {} : { jsonp }) } as const;
    return listingResponse((gzip) => answers.ask(question, request.principal, gzip), {
      request,
      contentType: jsonp === undefined ? 'application/json' : 'text/javascript',
      owner: answers.name,
    });
  };
}
