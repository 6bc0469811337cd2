import { commonEndpoints, jsonEndpoint, type Endpoint, type Json } from '@mesos-ts/daemon';
import { agentsJson, frameworksJson, stateJson, summaryJson, tasksJson } from '../views/v0/state.ts';
import { rolesJson } from '../views/v0/roles.ts';
import { textResponse } from '@mesos-ts/libprocess';
import type { HttpHandler, HttpRequest } from '@mesos-ts/libprocess';
import type { MasterFacts } from '../views/v0/state.ts';
import type { RoutesOptions } from './routes.ts';

/** Installs the v0 endpoints that read the master's state. They accept any method, as Mesos's do. */
export function installV0Routes({ cluster, facts, route, settings }: RoutesOptions): void {
  const install = ({ path, help, handler }: Endpoint): void => {
    route(path, handler, { help });
  };
  const json = (path: string, help: string, view: (request: HttpRequest) => Json): void => {
    install(jsonEndpoint(path, help, view));
  };
  for (const endpoint of commonEndpoints('master', () => facts.flags)) install(endpoint);
  const redirect: HttpHandler = ({ path }) =>
    // Nothing below it exists, as in Mesos.
    path === '/redirect'
      ? { status: 307, headers: { location: leaderUrl(facts) } }
      : textResponse(404, '404 Not Found.');
  route('/redirect', redirect, { help: 'Redirects to the leading master.' });
  json('/state', 'Everything the master knows.', () => stateJson(cluster, facts, settings.cluster));
  json('/state-summary', 'Agents and frameworks with counts of their tasks.', () =>
    summaryJson(cluster, settings.cluster),
  );
  json('/slaves', 'The agents; ?slave_id= or /slaves/<id> selects one.', (request) =>
    agentsJson(cluster, selected(request, '/slaves', 'slave_id')),
  );
  json('/frameworks', 'The frameworks; ?framework_id= selects one.', (request) =>
    frameworksJson(cluster, selected(request, '/frameworks', 'framework_id')),
  );
  json('/tasks', 'The tasks; ?framework_id=, ?task_id=, ?limit=, ?offset= and ?order=asc|des select.', ({ query }) =>
    tasksJson(cluster, {
      limit: query.get('limit'),
      offset: query.get('offset'),
      order: query.get('order'),
      frameworkId: query.get('framework_id') ?? undefined,
      taskId: query.get('task_id') ?? undefined,
    }),
  );
  json('/roles', 'The roles and what they have.', () => rolesJson(cluster, settings));
}

/** Without a scheme, so that a client keeps its own. */
function leaderUrl(facts: MasterFacts): string {
  const { hostname, address, port } = facts.info;
  return `//${hostname ?? address?.ip ?? ''}:${port}`;
}

/** One of many, named in the query or at the end of the path. */
function selected(request: HttpRequest, path: string, parameter: string): string | undefined {
  const named = request.query.get(parameter);
  if (named !== null) return named;
  const rest = request.path.slice(path.length + 1);
  return rest === '' ? undefined : rest;
}
