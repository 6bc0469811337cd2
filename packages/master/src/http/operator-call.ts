import type { Answer, Approvers, CallContext } from '@mesos-ts/daemon';
import type { MasterCall } from '@mesos-ts/protocol';
import type { RoutesOptions } from './routes.ts';

/** What the answer to an operator's call is made of. */
export interface OperatorContext extends CallContext {
  readonly options: RoutesOptions;
  readonly approvers: Approvers;
}

/** Answers calls of one type, which were validated. */
export type CallHandler = (context: OperatorContext, call: MasterCall) => Answer | Promise<Answer>;

/** A handler of calls whose field, which validation has seen, is there. */
export function on<F extends keyof MasterCall>(
  field: F,
  handle: (context: OperatorContext, value: NonNullable<MasterCall[F]>) => Answer | Promise<Answer>,
): CallHandler {
  return (context, call) => {
    const value = call[field];
    if (value === undefined || value === null) throw new TypeError(`A call without '${field}' passed validation`);
    return handle(context, value);
  };
}
