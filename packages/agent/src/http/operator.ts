import {
  approversOf,
  commonCalls,
  forbid,
  helpPage,
  httpResponse,
  ok,
  refuse,
  respond,
  respondWith,
} from '@mesos-ts/daemon';
import type { Answer, Approvers, Caller, CommonServices, MessageType } from '@mesos-ts/daemon';
import { listingResponse } from '@mesos-ts/daemon/listing';
import { methodNotAllowed, principalText } from '@mesos-ts/libprocess';
import type { HttpHandler, HttpRequest, RouteOptions } from '@mesos-ts/libprocess';
import type { AgentCall, AgentCall_Type, AgentInfo, AgentResponse } from '@mesos-ts/protocol';

import { readwriteRealm } from '../constants.ts';
import type { AgentContext } from '../context.ts';
import type { ListingCall, StateAnswers } from '../read-model/state-answers.ts';
import { mayUseContainer } from './container-rights.ts';
import { containersView } from './containers.ts';
import { readOperatorRequest } from './operator-request.ts';

/** What the operator API needs. */
export interface OperatorRoutesOptions {
  readonly route: (path: string, handler: HttpHandler, options?: RouteOptions) => void;
  readonly context: AgentContext;
  /** Tells what can be much. */
  readonly answers: StateAnswers;
  readonly services: CommonServices;
  /** The agent's description, with its id if it has one. */
  readonly info: () => AgentInfo;
  /** Runs work in the agent's turn, for handlers that have waited for something. */
  readonly turn: <R>(work: () => R) => Promise<Awaited<R>>;
}

const help = helpPage(
  'Takes the calls of operators.',
  [
    'POST one `mesos.v1.agent.Call` as `application/json` or `application/x-protobuf`; the answer is a `mesos.v1.agent.Response` ' +
      'in the form that `Accept` asks for, or has no body where there is nothing to tell.',
    'Calls about nested and standalone containers, and about resource providers, are answered 501: this agent has none of them yet.',
  ],
  'What the principal may not see is left out; what it may not do is answered 403.',
);

/** Installs the operator API of version 1. */
export function installOperatorRoutes(options: OperatorRoutesOptions): void {
  const { context, route, turn } = options;
  const handler: HttpHandler = async (request) => {
    if (request.method !== 'POST') return methodNotAllowed(['POST'], request.method);
    const read = await readOperatorRequest(request);
    if (read.answer !== undefined) return httpResponse(read.answer, 'application/json');
    const { accept, call } = read;
    const { principal } = request;
    const answer = await turn((): Answer | Promise<Answer> => {
      const type = call.type ?? 'UNKNOWN';
      const who = principal === undefined ? '' : ` of '${principalText(principal)}'`;
      context.runtime.logger.debug(`Processing call ${type}${who} from ${request.client ?? 'this program'}`);
      const approvers = approversOf(context.authorizer, principal);
      return handlers[type](options, call, { approvers, principal, accept, request });
    });
    return httpResponse(answer, accept);
  };
  route('/api/v1', handler, { help, realm: readwriteRealm });
}

/** Who calls, and how it is to be answered. */
interface AgentCaller extends Caller {
  readonly accept: MessageType;
  readonly request: Pick<HttpRequest, 'headers'>;
}

type Handler = (options: OperatorRoutesOptions, call: AgentCall, caller: AgentCaller) => Answer | Promise<Answer>;

const common = commonCalls('mesos.v1.agent.Response');

function shared(type: keyof typeof common): Handler {
  return ({ services }, call, caller) => common[type](call, caller, services);
}

function view(
  type: AgentResponse['type'],
  show: (options: OperatorRoutesOptions, approvers: Approvers) => AgentResponse,
): Handler {
  return (options, _call, { approvers }) => respond('mesos.v1.agent.Response', { ...show(options, approvers), type });
}

/** Answers with what may be much: in turns with everything else, and as blocks that are kept. */
function listing(call: ListingCall): Handler {
  return async ({ answers }, _call, { accept, principal, request }) => {
    const form = accept === 'application/json' ? 'json' : 'protobuf';
    const response = await listingResponse((gzip) => answers.ask({ api: 'v1', call, form }, principal, gzip), {
      request,
      contentType: accept,
      owner: answers.name,
    });
    return respondWith(response);
  };
}

/** A call that comes later: whoever may not make it is told so already. */
function later(what: string, action?: 'MARK_RESOURCE_PROVIDER_GONE' | 'MODIFY_RESOURCE_PROVIDER_CONFIG'): Handler {
  return ({ context }, call, { approvers }) => {
    const isAllowed = action === undefined || approvers.approves(action);
    if (!isAllowed || !mayUseContainer(context.state, approvers, call)) return forbid();
    return refuse(501, `${call.type ?? 'UNKNOWN'} is not supported yet: this agent has no ${what}`);
  };
}

/** What each type of call does. */
const handlers: Readonly<Record<AgentCall_Type, Handler>> = {
  UNKNOWN: () => refuse(501, '501 Not Implemented.'),
  GET_HEALTH: shared('GET_HEALTH'),
  GET_FLAGS: shared('GET_FLAGS'),
  GET_VERSION: shared('GET_VERSION'),
  GET_METRICS: shared('GET_METRICS'),
  GET_LOGGING_LEVEL: shared('GET_LOGGING_LEVEL'),
  SET_LOGGING_LEVEL: shared('SET_LOGGING_LEVEL'),
  LIST_FILES: shared('LIST_FILES'),
  READ_FILE: shared('READ_FILE'),
  GET_STATE: listing('GET_STATE'),
  GET_FRAMEWORKS: listing('GET_FRAMEWORKS'),
  GET_EXECUTORS: listing('GET_EXECUTORS'),
  GET_TASKS: listing('GET_TASKS'),
  GET_CONTAINERS: async ({ context }, _call, { approvers }) => {
    const containers = await containersView(context, approvers);
    // Mesos leaves out the inner message of an empty list.
    const get_containers = containers.length === 0 ? {} : { get_containers: { containers } };
    return respond('mesos.v1.agent.Response', { type: 'GET_CONTAINERS', ...get_containers });
  },
  // This agent performs no operations and has no resource providers yet.
  GET_OPERATIONS: view('GET_OPERATIONS', () => ({ get_operations: {} })),
  GET_RESOURCE_PROVIDERS: view('GET_RESOURCE_PROVIDERS', () => ({ get_resource_providers: {} })),
  GET_AGENT: view('GET_AGENT', ({ info }) => ({ get_agent: { agent_info: info() } })),
  // An agent that keeps no images has nothing to remove.
  PRUNE_IMAGES: (_options, _call, { approvers }) => (approvers.approves('PRUNE_IMAGES') ? ok() : forbid()),
  LAUNCH_NESTED_CONTAINER: later('nested containers'),
  WAIT_NESTED_CONTAINER: later('nested containers'),
  KILL_NESTED_CONTAINER: later('nested containers'),
  REMOVE_NESTED_CONTAINER: later('nested containers'),
  LAUNCH_NESTED_CONTAINER_SESSION: later('nested containers'),
  ATTACH_CONTAINER_INPUT: later('containers to attach to'),
  ATTACH_CONTAINER_OUTPUT: later('containers to attach to'),
  LAUNCH_CONTAINER: later('standalone containers'),
  WAIT_CONTAINER: later('standalone containers'),
  KILL_CONTAINER: later('standalone containers'),
  REMOVE_CONTAINER: later('standalone containers'),
  ADD_RESOURCE_PROVIDER_CONFIG: later('resource providers', 'MODIFY_RESOURCE_PROVIDER_CONFIG'),
  UPDATE_RESOURCE_PROVIDER_CONFIG: later('resource providers', 'MODIFY_RESOURCE_PROVIDER_CONFIG'),
  REMOVE_RESOURCE_PROVIDER_CONFIG: later('resource providers', 'MODIFY_RESOURCE_PROVIDER_CONFIG'),
  MARK_RESOURCE_PROVIDER_GONE: later('resource providers', 'MARK_RESOURCE_PROVIDER_GONE'),
};
