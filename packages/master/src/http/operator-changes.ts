import { accepted, ok, refuse, type Answer, type Approvers } from '@mesos-ts/daemon';
import { deactivate, drain, markAgentGone, reactivate } from '../decisions/operator/agents.ts';
import { startMaintenance, stopMaintenance, updateSchedule } from '../decisions/operator/maintenance.ts';
import { removeQuota, setQuota, updateQuota } from '../decisions/operator/quota.ts';
import {
  createVolumes,
  destroyVolumes,
  reserveResources,
  unreserveResources,
} from '../decisions/operator/reservations.ts';
import { resizeVolume } from '../decisions/operator/resize.ts';
import { teardownFramework } from '../decisions/operator/teardown.ts';
import { updateWeights } from '../decisions/operator/weights.ts';
import { on, type CallHandler } from './operator-call.ts';
import type { MasterCall, MasterCall_Type } from '@mesos-ts/protocol';
import type { LaterAnswer } from '../decisions/operator/answer.ts';
import type { Turn } from '../decisions/turn.ts';

/** The calls that change something. The same decisions serve the endpoints of version 0. */
export const changes = {
  TEARDOWN: change('teardown', (turn, approvers, { framework_id }) =>
    teardownFramework(turn, approvers, framework_id.value),
  ),
  MARK_AGENT_GONE: change('mark_agent_gone', (turn, approvers, { agent_id }) =>
    markAgentGone(turn, approvers, agent_id.value),
  ),
  DEACTIVATE_AGENT: change('deactivate_agent', (turn, approvers, { agent_id }) =>
    deactivate(turn, approvers, agent_id.value),
  ),
  REACTIVATE_AGENT: change('reactivate_agent', (turn, approvers, { agent_id }) =>
    reactivate(turn, approvers, agent_id.value),
  ),
  DRAIN_AGENT: change('drain_agent', (turn, approvers, { agent_id, mark_gone }) =>
    drain(turn, approvers, { agentId: agent_id.value, markGone: mark_gone ?? false }),
  ),
  UPDATE_WEIGHTS: change('update_weights', (turn, approvers, { weight_infos = [] }) =>
    updateWeights(turn, approvers, weight_infos),
  ),
  UPDATE_QUOTA: change('update_quota', (turn, approvers, { force = false, quota_configs = [] }) =>
    updateQuota(turn, approvers, { configs: quota_configs, force }),
  ),
  SET_QUOTA: change('set_quota', (turn, approvers, { quota_request }) => setQuota(turn, approvers, quota_request)),
  REMOVE_QUOTA: change('remove_quota', (turn, approvers, { role }) => removeQuota(turn, approvers, role, undefined)),
  UPDATE_MAINTENANCE_SCHEDULE: change('update_maintenance_schedule', (turn, approvers, { schedule }) =>
    updateSchedule(turn, approvers, schedule),
  ),
  START_MAINTENANCE: change('start_maintenance', (turn, approvers, { machines = [] }) =>
    startMaintenance(turn, approvers, machines),
  ),
  STOP_MAINTENANCE: change('stop_maintenance', (turn, approvers, { machines = [] }) =>
    stopMaintenance(turn, approvers, machines),
  ),
  RESERVE_RESOURCES: change('reserve_resources', (turn, approvers, { agent_id, resources = [] }, principal) =>
    reserveResources(turn, approvers, { agentId: agent_id.value, resources, principal }),
  ),
  UNRESERVE_RESOURCES: change('unreserve_resources', (turn, approvers, { agent_id, resources = [] }, principal) =>
    unreserveResources(turn, approvers, { agentId: agent_id.value, resources, principal }),
  ),
  CREATE_VOLUMES: change('create_volumes', (turn, approvers, { agent_id, volumes = [] }, principal) =>
    createVolumes(turn, approvers, { agentId: agent_id.value, resources: volumes, principal }),
  ),
  DESTROY_VOLUMES: change('destroy_volumes', (turn, approvers, { agent_id, volumes = [] }, principal) =>
    destroyVolumes(turn, approvers, { agentId: agent_id.value, resources: volumes, principal }),
  ),
  GROW_VOLUME: change('grow_volume', (turn, approvers, { addition, agent_id, volume }) =>
    resizeVolume(turn, approvers, { agentId: agent_id?.value ?? '', volume, addition }),
  ),
  SHRINK_VOLUME: change('shrink_volume', (turn, approvers, { agent_id, volume }) =>
    resizeVolume(turn, approvers, { agentId: agent_id?.value ?? '', volume }),
  ),
} as const satisfies Partial<Record<MasterCall_Type, CallHandler>>;

function change<F extends keyof MasterCall>(
  field: F,
  decide: (
    turn: Turn,
    approvers: Approvers,
    value: NonNullable<MasterCall[F]>,
    principal: string | undefined,
  ) => LaterAnswer,
): CallHandler {
  return on(field, ({ approvers, options, principal }, value) =>
    answerOf(options.decide((turn) => decide(turn, approvers, value, principal?.value))),
  );
}

async function answerOf(answer: LaterAnswer): Promise<Answer> {
  const { status, text = '' } = await answer;
  if (status === 200) return ok();
  return status === 202 ? accepted() : refuse(status, text);
}
