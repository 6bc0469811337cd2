import { methodNotAllowed, textResponse } from '@mesos-ts/libprocess';
import type { HttpHandler } from '@mesos-ts/libprocess';

/** Refuses principals that have claims only: what they may do is asked of their name. */
export function named(handler: HttpHandler): HttpHandler {
  return (request) => {
    if (request.principal === undefined || request.principal.value !== undefined) return handler(request);
    return textResponse(
      403,
      "The request's authenticated principal contains claims, but no value string. " +
        'The master currently requires that principals have a value',
    );
  };
}

/** Has a request handled by its method, or answers 405. */
export function byMethod(handlers: Readonly<Record<string, HttpHandler>>): HttpHandler {
  return (request) => {
    const handler = handlers[request.method] ?? (request.method === 'HEAD' ? handlers['GET'] : undefined);
    return handler === undefined ? methodNotAllowed(Object.keys(handlers), request.method) : handler(request);
  };
}
