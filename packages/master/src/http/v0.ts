import { flagsHandler, healthHandler } from '@mesos-ts/daemon';
import { isJsonpName, jsonResponse } from '@mesos-ts/libprocess';
import { readonlyRealm } from '../constants.ts';
import { stateResponse } from '../read-model/response.ts';
import { named } from './guards.ts';
import { indexPage } from './index-page.ts';
import { onLeader, redirectHandler } from './leader.ts';
import { help } from './v0-help.ts';
import type { HttpHandler, HttpRequest } from '@mesos-ts/libprocess';
import type { V0Path } from '../read-model/question.ts';
import type { V0Query } from '../views/v0/source.ts';
import type { RoutesOptions } from './routes.ts';

/** Installs the endpoints of version 0 that read. They take any method, as Mesos's do. */
export function installV0Routes(options: RoutesOptions): void {
  const { authorizer, facts, route } = options;
  const show = (path: V0Path, query: (request: HttpRequest) => V0Query = queryOf): void => {
    const handler = onLeader(options, named(stateHandler(options, path, query)));
    route(path, handler, { help: help[path], realm: readonlyRealm });
  };
  show('/state', () => ({}));
  show('/state-summary', () => ({}));
  show('/tasks');
  show('/roles', () => ({}));
  show('/frameworks', selecting('/frameworks', 'framework_id'));
  show('/slaves', selecting('/slaves', 'slave_id'));
  const flags = flagsHandler(() => facts.flags, authorizer);
  route('/flags', named(flags), { help: help['/flags'], realm: readonlyRealm });
  route('/health', healthHandler, { help: help['/health'] });
  route('/redirect', redirectHandler(options), { help: help['/redirect'] });
  route('/', indexPage(options), { help: help['/'] });
}

/** Parameters that views look at. */
const parameters = new Set(['framework_id', 'limit', 'offset', 'order', 'slave_id', 'task_id']);

/** Shows what is too large to be made for each request. */
function stateHandler(options: RoutesOptions, path: V0Path, query: (request: HttpRequest) => V0Query): HttpHandler {
  const { facts, readModel } = options;
  return (request) => {
    const jsonp = request.query.get('jsonp') ?? undefined;
    if (jsonp !== undefined && !isJsonpName(jsonp)) return jsonResponse({}, { jsonp });
    const question = { api: 'v0', path, query: query(request), ...(jsonp === undefined ? {} : { jsonp }) } as const;
    return stateResponse((gzip) => readModel.ask(question, request.principal, { gzip }), {
      request,
      contentType: jsonp === undefined ? 'application/json' : 'text/javascript',
      owner: facts.info.id,
    });
  };
}

function queryOf({ query }: HttpRequest): V0Query {
  return Object.fromEntries([...query].filter(([name]) => parameters.has(name)));
}

/** One of many may be named at the end of the path, too. */
function selecting(path: string, parameter: string): (request: HttpRequest) => V0Query {
  return (request) => {
    const rest = request.path.slice(path.length + 1);
    return { ...(rest === '' ? {} : { [parameter]: rest }), ...queryOf(request) };
  };
}
