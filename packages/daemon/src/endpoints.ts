import { jsonResponse } from '@mesos-ts/libprocess';
import type { HttpHandler, HttpRequest, RouteHelp } from '@mesos-ts/libprocess';

/** An HTTP endpoint. */
export interface Endpoint {
  readonly path: string;
  /** One sentence, or a page, for `/help`. */
  readonly help: string | RouteHelp;
  readonly handler: HttpHandler;
}

/** An endpoint that shows a view as JSON, or as a script that calls the function named by `?jsonp=`. Takes any method, as Mesos's do. */
export function jsonEndpoint(path: string, help: string, view: (request: HttpRequest) => unknown): Endpoint {
  const handler: HttpHandler = async (request) =>
    jsonResponse(await view(request), { jsonp: request.query.get('jsonp') });
  return { path, help, handler };
}

/**
 * `/health` and `/flags`.
 * @param daemon What the program is called in their help, for example `master`.
 * @param flags The flags that it was started with, as texts; asked for each request.
 */
export function commonEndpoints(daemon: string, flags: () => Readonly<Record<string, string>>): Endpoint[] {
  return [
    // Neither a body nor a type of one, as Mesos answers.
    { path: '/health', help: `Answers 200 while the ${daemon} is well.`, handler: () => ({ status: 200 }) },
    jsonEndpoint('/flags', `The flags that the ${daemon} was started with.`, () => ({ flags: flags() })),
  ];
}
