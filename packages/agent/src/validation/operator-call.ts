import { unreservedRole, validateId, validateResources } from '@mesos-ts/protocol';
import type { AgentCall, AgentCall_LaunchContainer, AgentCall_Type, ContainerID, Resource } from '@mesos-ts/protocol';

import { containerIdLengthMax } from '../constants.ts';

/** The field that a call of each type must have, for the types that must have one. */
const requiredFields: { readonly [T in AgentCall_Type]?: keyof AgentCall } = {
  GET_METRICS: 'get_metrics',
  SET_LOGGING_LEVEL: 'set_logging_level',
  LIST_FILES: 'list_files',
  READ_FILE: 'read_file',
  LAUNCH_NESTED_CONTAINER: 'launch_nested_container',
  WAIT_NESTED_CONTAINER: 'wait_nested_container',
  KILL_NESTED_CONTAINER: 'kill_nested_container',
  REMOVE_NESTED_CONTAINER: 'remove_nested_container',
  LAUNCH_NESTED_CONTAINER_SESSION: 'launch_nested_container_session',
  ATTACH_CONTAINER_INPUT: 'attach_container_input',
  ATTACH_CONTAINER_OUTPUT: 'attach_container_output',
  LAUNCH_CONTAINER: 'launch_container',
  WAIT_CONTAINER: 'wait_container',
  KILL_CONTAINER: 'kill_container',
  REMOVE_CONTAINER: 'remove_container',
  ADD_RESOURCE_PROVIDER_CONFIG: 'add_resource_provider_config',
  UPDATE_RESOURCE_PROVIDER_CONFIG: 'update_resource_provider_config',
  REMOVE_RESOURCE_PROVIDER_CONFIG: 'remove_resource_provider_config',
  MARK_RESOURCE_PROVIDER_GONE: 'mark_resource_provider_gone',
};

/** Fields that name a container; those of nested ones must name its parent, too. */
const containerFields = [
  'launch_nested_container',
  'wait_nested_container',
  'kill_nested_container',
  'remove_nested_container',
  'launch_nested_container_session',
  'attach_container_output',
  'launch_container',
  'wait_container',
  'kill_container',
  'remove_container',
] as const satisfies readonly (keyof AgentCall)[];

/** Says what is wrong with an operator's call, in Mesos's words and order (`src/slave/validation.cpp`), or nothing. */
export function validateOperatorCall(call: AgentCall): string | undefined {
  const { type } = call;
  if (type === undefined) return "Expecting 'type' to be present";
  const required = requiredFields[type];
  if (required === undefined) return undefined;
  if (call[required] === undefined) return `Expecting '${required}' to be present`;
  const field = containerFields.find((name) => name === required);
  if (field !== undefined) {
    const id = call[field]?.container_id;
    return (id === undefined ? undefined : validateContainer(field, id)) ?? validateLaunch(call.launch_container);
  }
  return required === 'attach_container_input' ? validateAttach(call.attach_container_input ?? {}) : undefined;
}

function validateContainer(field: string, id: ContainerID): string | undefined {
  const error = validateContainerId(id);
  if (error !== undefined) return `'${field}.container_id' is invalid: ${error}`;
  if (!field.includes('nested') || id.parent !== undefined) return undefined;
  return `Expecting '${field}.container_id.parent' to be present`;
}

function validateAttach({ container_id, type }: NonNullable<AgentCall['attach_container_input']>): string | undefined {
  if (type === undefined) return "Expecting 'attach_container_input.type' to be present";
  if (type === 'UNKNOWN') return "'attach_container_input.type' is unknown";
  if (type !== 'CONTAINER_ID') return undefined;
  const error = validateContainerId(container_id ?? { value: '' });
  return error === undefined ? undefined : `'attach_container_input.container_id' is invalid: ${error}`;
}

function validateLaunch(launch: AgentCall_LaunchContainer | undefined): string | undefined {
  const resources = launch?.resources ?? [];
  const error = validateResources(resources);
  if (error !== undefined) return `Invalid resources: ${error}`;
  // One without a parent stands outside the master's books, so that nothing may be taken out of these for it.
  if (launch?.container_id.parent !== undefined) return undefined;
  if (resources.some(isReserved)) return "'launch_container.resources' must be unreserved";
  if (resources.some(({ disk }) => disk?.persistence !== undefined)) {
    return "'launch_container.resources' may not use persistent volumes";
  }
  return resources.some(({ revocable }) => revocable !== undefined)
    ? "'launch_container.resources' must be non-revocable"
    : undefined;
}

function isReserved({ reservations = [], role = unreservedRole }: Resource): boolean {
  return reservations.length > 0 || role !== unreservedRole;
}

/** Says what is wrong with the id of a container, or of one above it. */
function validateContainerId({ parent, value }: ContainerID): string | undefined {
  const error = validateId(value);
  if (error !== undefined) return error;
  if (value.length > containerIdLengthMax) {
    return `'ContainerID.value' '${value}' exceeds the maximum length (${containerIdLengthMax})`;
  }
  if (/[. ]/.test(value)) return `'ContainerID.value' '${value}' contains invalid characters`;
  const parentError = parent === undefined ? undefined : validateContainerId(parent);
  return parentError === undefined ? undefined : `'ContainerID.parent' is invalid: ${parentError}`;
}
