import { agentsView } from './agents.ts';
import { frameworksView } from './frameworks.ts';
import { executorsView, tasksView } from './tasks.ts';
import type { Approvers } from '@mesos-ts/daemon';
import type { MasterResponse_GetState } from '@mesos-ts/protocol';
import type { ShownCluster } from '../shown.ts';

/** Everything that somebody may see. */
export function stateView(cluster: ShownCluster, approvers: Approvers): MasterResponse_GetState {
  return {
    get_tasks: tasksView(cluster, approvers),
    get_executors: executorsView(cluster, approvers),
    get_frameworks: frameworksView(cluster, approvers),
    get_agents: agentsView(cluster, approvers),
  };
}
