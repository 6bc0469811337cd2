import { frameworkUsed } from '../../state/framework.ts';
import { shownResource } from './resources.ts';
import { timeInfo } from './time.ts';
import type { Approvers } from '@mesos-ts/daemon';
import type {
  MasterResponse_GetFrameworks,
  MasterResponse_GetFrameworks_Framework,
  TimeInfo,
} from '@mesos-ts/protocol';
import type { ShownCluster, ShownFramework } from '../shown.ts';

/** The frameworks that somebody may see: those that are there, and those that were. */
export function frameworksView(cluster: ShownCluster, approvers: Approvers): MasterResponse_GetFrameworks {
  const list = (frameworks: Iterable<ShownFramework>): MasterResponse_GetFrameworks_Framework[] =>
    [...visible(frameworks, approvers)].map((framework) => frameworkView(framework, cluster));
  return {
    frameworks: list(cluster.frameworks.values()),
    completed_frameworks: list(cluster.completedFrameworks.values()),
  };
}

/** All frameworks that somebody may see, the ones that were behind the others. */
export function* visibleFrameworks(cluster: ShownCluster, approvers: Approvers): Generator<ShownFramework> {
  yield* visible(cluster.frameworks.values(), approvers);
  yield* visible(cluster.completedFrameworks.values(), approvers);
}

function* visible(frameworks: Iterable<ShownFramework>, approvers: Approvers): Generator<ShownFramework> {
  for (const framework of frameworks) {
    if (approvers.approves('VIEW_FRAMEWORK', { framework_info: framework.info })) yield framework;
  }
}

/** A framework with what it has and is offered. */
export function frameworkView(
  framework: ShownFramework,
  cluster: ShownCluster,
): MasterResponse_GetFrameworks_Framework {
  const { registered, reregistered, unregistered } = timesOf(framework);
  const offers = [...framework.offers].map((id) => cluster.offers.get(id)).filter((record) => record !== undefined);
  const { outstanding } = cluster.inverseOffers;
  const asked = [...framework.inverseOffers].map((id) => outstanding.get(id)).filter((record) => record !== undefined);
  return {
    ...stateOf(framework),
    ...optional('registered_time', registered),
    ...optional('reregistered_time', reregistered),
    ...optional('unregistered_time', unregistered),
    offers: offers.map(({ offer }) => offer),
    ...(asked.length === 0 ? {} : { inverse_offers: asked.map(({ offer }) => offer) }),
    allocated_resources: frameworkUsed(framework).toArray().map(shownResource),
    offered_resources: framework.offeredResources.toArray().map(shownResource),
    offer_constraints: framework.offerConstraints,
  };
}

/** A framework as events tell of it: without what it has, and with all times, of which 0 is one that has not come. */
export function frameworkInEvent(framework: ShownFramework): MasterResponse_GetFrameworks_Framework {
  const { registered, reregistered, unregistered } = timesOf(framework);
  return {
    ...stateOf(framework),
    registered_time: timeInfo(registered),
    reregistered_time: timeInfo(reregistered),
    unregistered_time: timeInfo(unregistered),
  };
}

function stateOf(
  framework: ShownFramework,
): Pick<MasterResponse_GetFrameworks_Framework, 'active' | 'connected' | 'framework_info' | 'recovered'> {
  return {
    framework_info: framework.info,
    active: framework.active,
    connected: framework.connected,
    recovered: framework.recovered,
  };
}

/** Milliseconds; 0 for what has not come. A framework counts as registered again from its first registration on, as in Mesos. */
function timesOf(framework: ShownFramework): { registered: number; reregistered: number; unregistered: number } {
  // One that is known from its tasks only has not registered with this master.
  const registered = framework.recovered ? 0 : framework.registeredTimeMs;
  return {
    registered,
    reregistered: framework.reregisteredTimeMs ?? registered,
    unregistered: framework.unregisteredTimeMs ?? 0,
  };
}

function optional<K extends string>(name: K, ms: number): Partial<Record<K, TimeInfo>> {
  if (ms === 0) return {};
  const times: Partial<Record<string, TimeInfo>> = { [name]: timeInfo(ms) };
  return times;
}
