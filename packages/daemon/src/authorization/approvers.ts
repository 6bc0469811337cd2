import type { Action, ActionObjects, AuthorizationObject } from './authorization-object.ts';

/**
 * What one principal may do. Asking is synchronous, has no effect and costs next to nothing, so that views and event streams ask for
 * each thing that they show.
 */
export interface Approvers {
  /** Whether the principal may do this, to this object where the action has one. */
  readonly approves: <A extends Action>(action: A, ...object: ActionObjects[A]) => boolean;
}

/** Makes approvers of a function. The object is that of the action, or undefined where any is meant. */
export function approversBy(approve: (action: Action, object: AuthorizationObject | undefined) => boolean): Approvers {
  return {
    approves: (action, ...rest) => {
      const [object]: readonly (AuthorizationObject | undefined)[] = rest;
      return approve(action, object);
    },
  };
}

/** Everything is allowed: what holds where there is no authorizer. */
export const approveAll: Approvers = { approves: () => true };
