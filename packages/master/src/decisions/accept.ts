import { validateOffers } from '../validation/offer.ts';
import { validateResourcesOf } from '../validation/task.ts';
import { launchGroup, launchTask, refuseTasks } from './launch.ts';
import { normaliseExecutor, normaliseTask } from './normalise.ts';
import { discardOffer, forgetOffer } from './offers.ts';
import { nameOf } from './turn.ts';
import { MasterError } from '../errors.ts';
import { Resources, type Offer_Operation, type SchedulerCall_Accept, type TaskInfo } from '@mesos-ts/protocol';
import type { LaunchSite } from '../validation/task.ts';
import type { OfferRecord } from '../state/cluster.ts';
import { countFor, countOffers, type FrameworkRecord } from '../state/framework.ts';
import type { Turn } from './turn.ts';

/** ACCEPT: the framework performs operations with what it was offered; what it leaves goes back, with filters. */
export function accept(turn: Turn, framework: FrameworkRecord, call: SchedulerCall_Accept): void {
  const operations = call.operations ?? [];
  countLaunches(turn, operations);
  const offerIds = (call.offer_ids ?? []).map((id) => id.value);
  const error = validateOffers(turn.cluster, framework.id, offerIds);
  if (error !== undefined) {
    refuseAccept(turn, framework, offerIds, operations, error);
    return;
  }
  turn.info(`Processing ACCEPT call for offers [ ${offerIds.join(', ')} ] of ${nameOf(framework)}`);
  const offers = offerIds.map((id) => turn.cluster.offers.get(id)).filter((offer) => offer !== undefined);
  const site = siteOf(turn, framework, offers);
  let { available } = site;
  const role = offers[0]?.role ?? '*';
  for (const offer of offers) forgetOffer(turn, offer, { type: 'ACCEPTED' });
  countOffers(framework, 'accepted', offers.length);
  for (const operation of operations) {
    available = perform(turn, { framework, agent: site.agent, available }, operation, role);
    if (isLaunch(operation)) countFor(framework, 'operations', operation.type ?? 'UNKNOWN');
  }
  turn.recover(framework.id, site.agent.id, available, call.filters ?? {});
}

function siteOf(turn: Turn, framework: FrameworkRecord, offers: readonly OfferRecord[]): LaunchSite {
  const agent = turn.cluster.agents.get(offers[0]?.agentId ?? '');
  // An agent's offers end with its stay, and offers that passed validation are there.
  if (agent === undefined) throw new MasterError('MASTER_INVARIANT', 'An offer outlived its agent');
  let available = Resources.empty;
  for (const offer of offers) available = available.add(offer.resources);
  return { framework, agent, available };
}

/** Performs an operation and answers what is left of the resources. */
function perform(turn: Turn, site: LaunchSite, operation: Offer_Operation, role: string): Resources {
  const { agent, framework } = site;
  if (operation.type === 'LAUNCH') {
    let { available } = site;
    const tasks = operation.launch?.task_infos ?? [];
    const error = validateResourcesOf(tasks, undefined) ?? refusedId(operation);
    if (error !== undefined) {
      refuseTasks(turn, framework, tasks, 'REASON_TASK_INVALID', error);
      return available;
    }
    for (const task of tasks) {
      available = launchTask(turn, { framework, agent, available }, normaliseTask(task, role, framework.id));
    }
    return available;
  }
  if (operation.type === 'LAUNCH_GROUP' && operation.launch_group !== undefined) {
    const { executor, task_group } = operation.launch_group;
    const tasks = task_group.tasks ?? [];
    const error = validateResourcesOf(tasks, executor) ?? refusedId(operation);
    if (error !== undefined) {
      refuseTasks(turn, framework, tasks, 'REASON_TASK_GROUP_INVALID', error);
      return site.available;
    }
    const normal = normaliseExecutor(executor, role, undefined);
    return launchGroup(
      turn,
      site,
      normal,
      // The master fills in the executor so that it can be found from each task.
      tasks.map((task) => normaliseTask({ ...task, executor: task.executor ?? executor }, role, undefined)),
    );
  }
  dropOperation(turn, framework, operation, `${operation.type ?? 'UNKNOWN'} operations are not supported yet`);
  return site.available;
}

/** Tasks tell of themselves: what launches them has no status of its own. */
function refusedId({ id, type }: Offer_Operation): string | undefined {
  return id === undefined ? undefined : `The \`id\` field cannot be set on ${type} operations`;
}

/** An operation that is not performed: frameworks that gave it an id hear of it. */
function dropOperation(turn: Turn, framework: FrameworkRecord, operation: Offer_Operation, message: string): void {
  turn.warn(`Dropping ${operation.type ?? 'UNKNOWN'} operation of ${nameOf(framework)}: ${message}`);
  turn.count('operations_dropped');
  if (operation.id === undefined) return;
  turn.event(framework, {
    type: 'UPDATE_OPERATION_STATUS',
    update_operation_status: { status: { operation_id: operation.id, state: 'OPERATION_ERROR', message } },
  });
}

/** Offers that cannot be accepted go back, and whatever was to be launched on them is lost. */
function refuseAccept(
  turn: Turn,
  framework: FrameworkRecord,
  offerIds: readonly string[],
  operations: readonly Offer_Operation[],
  error: string,
): void {
  turn.warn(`ACCEPT call of ${nameOf(framework)} used invalid offers [ ${offerIds.join(', ')} ]: ${error}`);
  for (const id of new Set(offerIds)) {
    const offer = turn.cluster.offers.get(id);
    // An offer of another framework is none of this one's business.
    if (offer?.frameworkId === framework.id)
      discardOffer(turn, offer, { type: 'WITHDRAWN', reason: `It was accepted wrongly: ${error}` });
  }
  for (const operation of operations) {
    if (isLaunch(operation)) {
      const message = `Task launched with invalid offers: ${error}`;
      refuseTasks(turn, framework, tasksOf(operation), 'REASON_INVALID_OFFERS', message);
    } else {
      dropOperation(turn, framework, operation, `Operation attempted with invalid offers: ${error}`);
    }
  }
}

function isLaunch({ type }: Offer_Operation): boolean {
  return type === 'LAUNCH' || type === 'LAUNCH_GROUP';
}

function tasksOf(operation: Offer_Operation): readonly TaskInfo[] {
  return operation.launch?.task_infos ?? operation.launch_group?.task_group.tasks ?? [];
}

function countLaunches(turn: Turn, operations: readonly Offer_Operation[]): void {
  for (const operation of operations) {
    if (operation.type !== 'LAUNCH') continue;
    const launches = (operation.launch?.task_infos ?? []).length > 0;
    turn.count(launches ? 'messages_launch_tasks' : 'messages_decline_offers');
  }
}
