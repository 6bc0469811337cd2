import { apiEndpoint, helpPage, refuse } from '@mesos-ts/daemon';
import type { HttpHandler, RouteOptions } from '@mesos-ts/libprocess';
import type { ResourceProviderCall } from '@mesos-ts/protocol';

/** What the resource provider API needs. */
export interface ResourceProviderRoutesOptions {
  readonly route: (path: string, handler: HttpHandler, options?: RouteOptions) => void;
  /** Runs work in the agent's turn, for handlers that have waited for something. */
  readonly turn: <R>(work: () => R) => Promise<Awaited<R>>;
}

const help = helpPage('Takes the calls of resource providers.', [
  'POST one `mesos.v1.resource_provider.Call` as `application/json` or `application/x-protobuf`.',
  'Every call that makes sense is answered 501: this agent has no resource providers yet.',
]);

/** Installs an endpoint of its own, so that calls of resource providers are not taken for those of operators. */
export function installResourceProviderRoutes({ route, turn }: ResourceProviderRoutesOptions): void {
  const endpoint = apiEndpoint({
    path: '/api/v1/resource_provider',
    help,
    call: 'mesos.v1.resource_provider.Call',
    callName: 'resource_provider::Call',
    turn,
    validate,
    handle: ({ type = 'UNKNOWN' }) => refuse(501, `${type} is not supported yet: this agent has no resource providers`),
  });
  route(endpoint.path, endpoint.handler, endpoint.options);
}

/** Says what is wrong with a call, in Mesos's words. */
function validate(call: ResourceProviderCall): string | undefined {
  const { type } = call;
  if (type === undefined) return "Expecting 'type' to be present";
  if (type === 'UNKNOWN') return undefined;
  if (type !== 'SUBSCRIBE' && call.resource_provider_id === undefined) {
    return "Expecting 'resource_provider_id' to be present";
  }
  const field = fields[type];
  return call[field] === undefined ? `Expecting '${field}' to be present` : undefined;
}

const fields = {
  SUBSCRIBE: 'subscribe',
  UPDATE_OPERATION_STATUS: 'update_operation_status',
  UPDATE_STATE: 'update_state',
  UPDATE_PUBLISH_RESOURCES_STATUS: 'update_publish_resources_status',
} as const;
