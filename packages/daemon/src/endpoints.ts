import { jsonResponse, methodNotAllowed, textResponse } from '@mesos-ts/libprocess';
import type { HttpHandler, HttpRequest, HttpResponse, RouteHelp } from '@mesos-ts/libprocess';
import { approversOf, type Authorizer } from './authorization/authorizer.ts';

/** An HTTP endpoint. */
export interface Endpoint {
  readonly path: string;
  /** One sentence, or a page, for `/help`. */
  readonly help: string | RouteHelp;
  readonly handler: HttpHandler;
}

/** Shows a view as JSON, or as a script that calls the function named by `?jsonp=`. */
export function viewHandler(view: (request: HttpRequest) => unknown): HttpHandler {
  return async (request) => jsonResponse(await view(request), { jsonp: request.query.get('jsonp') });
}

/** Answers `/health`. Neither a body nor a type of one, as Mesos answers. */
export const healthHandler: HttpHandler = () => ({ status: 200 });

/**
 * Answers `/flags`, to those who may see them. Takes any method where nobody decides about that, as Mesos does.
 * @param flags The flags that the program was started with, as texts; asked for each request.
 */
export function flagsHandler(
  flags: () => Readonly<Record<string, string>>,
  authorizer: Authorizer | undefined,
): HttpHandler {
  return getIfAuthorized(authorizer, ({ principal, query }) => {
    if (!approversOf(authorizer, principal).approves('VIEW_FLAGS')) return forbidden();
    return jsonResponse({ flags: flags() }, { jsonp: query.get('jsonp') });
  });
}

/** Has requests of any method handled while nobody decides what clients may do, else GET only: the method is part of the right. */
function getIfAuthorized(authorizer: Authorizer | undefined, handler: HttpHandler): HttpHandler {
  if (authorizer === undefined) return handler;
  return (request) => {
    const { method } = request;
    return method === 'GET' || method === 'HEAD' ? handler(request) : methodNotAllowed(['GET'], method);
  };
}

/**
 * Handles requests of those who may use an endpoint by its path: `GET_ENDPOINT_WITH_PATH`.
 * @param path Without the actor's name, one of `authorizableEndpoints`.
 */
export function endpointHandler(authorizer: Authorizer | undefined, path: string, handler: HttpHandler): HttpHandler {
  return getIfAuthorized(authorizer, (request) => {
    const may = approversOf(authorizer, request.principal).approves('GET_ENDPOINT_WITH_PATH', { value: path });
    return may ? handler(request) : forbidden();
  });
}

/** The answer to somebody who may not. */
export function forbidden(): HttpResponse {
  return textResponse(403, '403 Forbidden.');
}
