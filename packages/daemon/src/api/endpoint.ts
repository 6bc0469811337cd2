import { methodNotAllowed } from '@mesos-ts/libprocess';
import { httpResponse, refuse, type Answer } from './answer.ts';
import { answerTypeFor, type MessageType } from './media-type.ts';
import { readCall } from './read-call.ts';
import type { HttpRequest, HttpResponse, Principal, RouteHelp, RouteOptions } from '@mesos-ts/libprocess';
import type { MessageName, MessageOf } from '@mesos-ts/protocol';
import type { Endpoint } from '../endpoints.ts';

/** What came with a call. */
export interface CallContext {
  /** The form in which the call came. */
  readonly contentType: MessageType;
  /** The form of the answer. */
  readonly accept: MessageType;
  /** Who the client has proved to be. */
  readonly principal: Principal | undefined;
  /** Its header, and its signal, which aborts when the client leaves before its answer is complete. */
  readonly request: Pick<HttpRequest, 'client' | 'headers' | 'signal'>;
}

/** An endpoint of the v1 API, which takes calls of one type. */
export interface ApiEndpointOptions<N extends MessageName> {
  readonly path: string;
  readonly help: string | RouteHelp;
  readonly realm?: string | undefined;
  /** For example `mesos.v1.scheduler.Call`. */
  readonly call: N;
  /** What refusals call it, for example `scheduler::Call`. */
  readonly callName: string;
  /** Why a call is refused with 400, or nothing. */
  readonly validate: (call: MessageOf<N>, principal: Principal | undefined) => string | undefined;
  /** Whether the client must take a form of the answer (406): where only some calls are answered with a message. @default all must */
  readonly answersWithMessage?: (call: MessageOf<N>) => boolean;
  /** Runs work in the actor's turn: `Process.defer`. */
  readonly turn: <R>(work: () => R) => Promise<Awaited<R>>;
  readonly handle: (call: MessageOf<N>, context: CallContext) => Answer | Promise<Answer>;
}

/** An endpoint with the options of its route. */
export interface ApiEndpoint extends Endpoint {
  readonly options: RouteOptions;
}

/**
 * An endpoint of the v1 API. It checks in Mesos's order: the method, the type and form of the body, the call, and what the
 * client takes.
 */
export function apiEndpoint<N extends MessageName>(api: ApiEndpointOptions<N>): ApiEndpoint {
  return {
    path: api.path,
    help: api.help,
    options: { help: api.help, ...(api.realm === undefined ? {} : { realm: api.realm }) },
    handler: (request) => takeCall(api, request),
  };
}

async function takeCall<N extends MessageName>(
  api: ApiEndpointOptions<N>,
  request: HttpRequest,
): Promise<HttpResponse> {
  if (request.method !== 'POST') return methodNotAllowed(['POST'], request.method);
  const { principal } = request;
  const reading = await readCall(request, api.call);
  if (reading.answer !== undefined) return httpResponse(reading.answer, 'application/json');
  const { call, contentType } = reading;
  const accept = answerTypeFor(request.headers.accept);
  const answer = await api.turn((): Answer | Promise<Answer> => {
    const problem = api.validate(call, principal);
    if (problem !== undefined) return refuse(400, `Failed to validate ${api.callName}: ${problem}`);
    if (accept === undefined && (api.answersWithMessage?.(call) ?? true)) {
      return refuse(406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'");
    }
    return api.handle(call, { contentType, accept: accept ?? 'application/json', principal, request });
  });
  return httpResponse(answer, accept ?? 'application/json');
}
