import type { Principal } from '@mesos-ts/libprocess';
import { approveAll, type Approvers } from './approvers.ts';

/** Decides what clients may do. */
export interface Authorizer {
  /**
   * What a principal may do, from now on for as long as it is asked: an event stream keeps its approvers for life. One that has to
   * ask others (a database, another service) does so on its own time and answers from what it has learned.
   * Those with the same rights best get the same object: what `/state` and its like tell is kept for each.
   * @param principal Undefined for a client whom nobody has asked who it is.
   */
  approvers(principal: Principal | undefined): Approvers;
}

/** What a principal may do where nobody may decide about it: everything. */
export function approversOf(authorizer: Authorizer | undefined, principal: Principal | undefined): Approvers {
  return authorizer?.approvers(principal) ?? approveAll;
}
