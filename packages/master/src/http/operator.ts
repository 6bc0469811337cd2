import { apiEndpoint, approversOf, refuse, stream } from '@mesos-ts/daemon';
import { principalText } from '@mesos-ts/libprocess';
import { readwriteRealm } from '../constants.ts';
import { validateOperatorCall } from '../validation/operator-call.ts';
import { named } from './guards.ts';
import { onRecoveredLeader } from './leader.ts';
import { changes } from './operator-changes.ts';
import { reads } from './operator-reads.ts';
import { subscribe } from './operator-stream.ts';
import type { MasterCall_Type } from '@mesos-ts/protocol';
import type { CallHandler } from './operator-call.ts';
import type { RoutesOptions } from './routes.ts';

/** Installs the operator API of version 1. */
export function installOperatorRoutes(options: RoutesOptions): void {
  const endpoint = apiEndpoint({
    path: '/api/v1',
    help: {
      summary: 'Takes the calls of operators.',
      description:
        'A POST with a `mesos.v1.master.Call` as `application/json` or `application/x-protobuf` is answered with a ' +
        '`mesos.v1.master.Response` of the form that `Accept` asks for, or without a body where there is nothing to tell. SUBSCRIBE ' +
        'is answered with a stream of `mesos.v1.master.Event` in RecordIO frames.',
    },
    realm: readwriteRealm,
    call: 'mesos.v1.master.Call',
    callName: 'master::Call',
    validate: validateOperatorCall,
    turn: options.turn,
    handle: (call, context) => {
      const { principal, request } = context;
      const type = call.type ?? 'UNKNOWN';
      const who = principal === undefined ? '' : ` of '${principalText(principal)}'`;
      options.services.logger.debug(`Processing call ${type}${who} from ${request.client ?? 'this program'}`);
      const approvers = approversOf(options.authorizer, principal);
      return handlers[type]({ ...context, options, approvers }, call);
    },
  });
  const { handler, options: routeOptions, path } = endpoint;
  options.route(path, named(onRecoveredLeader(options, handler)), routeOptions);
}

/** What each type of call does. */
const handlers: Readonly<Record<MasterCall_Type, CallHandler>> = {
  ...reads,
  ...changes,
  SUBSCRIBE: ({ accept, options, principal, request }) => stream(subscribe(options, accept, principal, request.client)),
  UNKNOWN: () => refuse(501, '501 Not Implemented.'),
};
