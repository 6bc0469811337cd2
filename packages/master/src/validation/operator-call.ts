import { validateResources, type MasterCall, type MasterCall_Type } from '@mesos-ts/protocol';

/** The field that a call of each type must have, for the types that must have one. */
const requiredField = {
  GET_METRICS: 'get_metrics',
  SET_LOGGING_LEVEL: 'set_logging_level',
  LIST_FILES: 'list_files',
  READ_FILE: 'read_file',
  UPDATE_WEIGHTS: 'update_weights',
  RESERVE_RESOURCES: 'reserve_resources',
  UNRESERVE_RESOURCES: 'unreserve_resources',
  CREATE_VOLUMES: 'create_volumes',
  DESTROY_VOLUMES: 'destroy_volumes',
  GROW_VOLUME: 'grow_volume',
  SHRINK_VOLUME: 'shrink_volume',
  UPDATE_MAINTENANCE_SCHEDULE: 'update_maintenance_schedule',
  START_MAINTENANCE: 'start_maintenance',
  STOP_MAINTENANCE: 'stop_maintenance',
  DRAIN_AGENT: 'drain_agent',
  DEACTIVATE_AGENT: 'deactivate_agent',
  REACTIVATE_AGENT: 'reactivate_agent',
  UPDATE_QUOTA: 'update_quota',
  SET_QUOTA: 'set_quota',
  REMOVE_QUOTA: 'remove_quota',
  TEARDOWN: 'teardown',
  MARK_AGENT_GONE: 'mark_agent_gone',
  EXPLAIN: 'explain',
  CAN_PLACE: 'can_place',
} as const satisfies Partial<Record<MasterCall_Type, keyof MasterCall>>;

/** Says what is wrong with an operator's call, in Mesos's words and order (`src/master/validation.cpp`), or nothing. */
export function validateOperatorCall(call: MasterCall): string | undefined {
  const { type } = call;
  if (type === undefined) return "Expecting 'type' to be present";
  const fields: Partial<Record<MasterCall_Type, keyof MasterCall>> = requiredField;
  const field = fields[type];
  if (field !== undefined && call[field] === undefined) return `Expecting '${field}' to be present`;
  const resources = call.reserve_resources?.resources ?? call.unreserve_resources?.resources;
  if (resources !== undefined && (type === 'RESERVE_RESOURCES' || type === 'UNRESERVE_RESOURCES')) {
    return validateResources(resources);
  }
  const resized = type === 'GROW_VOLUME' ? call.grow_volume : type === 'SHRINK_VOLUME' ? call.shrink_volume : undefined;
  if (resized !== undefined && resized.agent_id === undefined) {
    return "Expecting 'agent_id' to be present; only agent default resources are supported right now";
  }
  return undefined;
}
