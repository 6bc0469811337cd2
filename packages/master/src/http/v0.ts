import { approversOf, flagsHandler, healthHandler, viewHandler } from '@mesos-ts/daemon';
import { readonlyRealm } from '../constants.ts';
import { toldResponse } from '../read-model/response.ts';
import { eventLoopTurn } from '../read-model/turn.ts';
import { slavesView } from '../views/v0/agent.ts';
import { frameworksView } from '../views/v0/framework.ts';
import { rolesView } from '../views/v0/roles.ts';
import { stateView } from '../views/v0/state.ts';
import { summaryView } from '../views/v0/summary.ts';
import { tasksView } from '../views/v0/tasks.ts';
import { named } from './guards.ts';
import { indexPage } from './index-page.ts';
import { onLeader, redirectHandler } from './leader.ts';
import { help } from './v0-help.ts';
import type { HttpHandler, HttpRequest } from '@mesos-ts/libprocess';
import type { V0Query, V0View } from '../views/v0/source.ts';
import type { RoutesOptions } from './routes.ts';

/** Installs the endpoints of version 0 that read. They take any method, as Mesos's do. */
export function installV0Routes(options: RoutesOptions): void {
  const { authorizer, facts, route } = options;
  const show = (path: keyof typeof help, view: V0View, query: (request: HttpRequest) => V0Query = queryOf): void => {
    const handler = viewHandler((request) => view(options, approversOf(authorizer, request.principal), query(request)));
    route(path, onLeader(options, named(handler)), { help: help[path], realm: readonlyRealm });
  };
  route('/state', onLeader(options, named(stateHandler(options))), { help: help['/state'], realm: readonlyRealm });
  show('/state-summary', summaryView);
  show('/tasks', tasksView);
  show('/roles', rolesView);
  show('/frameworks', frameworksView, selecting('/frameworks', 'framework_id'));
  show('/slaves', slavesView, selecting('/slaves', 'slave_id'));
  const flags = flagsHandler(() => facts.flags, authorizer);
  route('/flags', named(flags), { help: help['/flags'], realm: readonlyRealm });
  route('/health', healthHandler, { help: help['/health'] });
  route('/redirect', redirectHandler(options), { help: help['/redirect'] });
  route('/', indexPage(options), { help: help['/'] });
}

/** `/state`, which is too large to be made for each request. As a script, which nobody polls, it is. */
function stateHandler(options: RoutesOptions): HttpHandler {
  const { authorizer, facts, readModel } = options;
  const script = viewHandler((request) => stateView(options, approversOf(authorizer, request.principal), {}));
  return async (request) => {
    if (request.query.has('jsonp')) return script(request);
    const told = await readModel.ask({ form: 'v0', what: 'state' }, approversOf(authorizer, request.principal));
    return toldResponse(told, {
      request,
      contentType: 'application/json',
      masterId: facts.info.id,
      turn: eventLoopTurn,
    });
  };
}

function queryOf({ query }: HttpRequest): V0Query {
  return Object.fromEntries(query);
}

/** One of many may be named at the end of the path, too. */
function selecting(path: string, parameter: string): (request: HttpRequest) => V0Query {
  return (request) => {
    const rest = request.path.slice(path.length + 1);
    return { ...(rest === '' ? {} : { [parameter]: rest }), ...queryOf(request) };
  };
}
